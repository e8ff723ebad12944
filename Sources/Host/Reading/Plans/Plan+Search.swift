internal import LatentLensComponents
internal import LatentLensFormats
package import LatentLensIndexing
package import LatentLensKernels
package import LatentLensModels
internal import LatentLensTokenization

extension Plan {
  /// What a search will take.
  package init(of forecast: SearchForecast, compute: Compute) {
    let (queries, rows) = (Double(forecast.queries), Double(forecast.rows))
    self.init(
      rows: forecast.rows,
      // Queries as they are, made unit and packed; and what is found of some at once.
      memoryBytes: 12 * forecast.queries * forecast.width + 48 * forecast.heldNeighbors,
      operations: 2 * queries * rows * Double(forecast.width),
      rate: Self.measuredRate(compute))
    rescans = forecast.rescans
  }
}

extension ModelLoader {
  /// How many states all tokens of some texts have at some layers of a model, of which no weight is read.
  package func countStates(
    ofTexts texts: [String], at selection: LayerSelection, model source: String
  ) throws -> Int {
    let survey = try survey(source)
    try survey.requireSoundness()
    let text = try survey.model.text()
    let stages = try HostError.naming(survey.model.identity.source) { () throws(HostError) in
      try selection.stages(blockCount: text.decoder.blockCount, hasConnector: false)
    }
    let tokenizer = try text.tokenizer.get()
    return texts.reduce(0) { $0 + TokenizedText($1, tokenizer: tokenizer).ids.count }
      * stages.count
  }
}
