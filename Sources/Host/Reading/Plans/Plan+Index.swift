internal import LatentLensComponents
package import LatentLensIndexing
internal import LatentLensKernels
package import LatentLensModels

extension Plan {
  /// What building an index will take.
  ///
  /// - Throws: what is wrong with the model's files, as far as it is seen without reading weights; and what
  ///   `IndexDraft` throws.
  package init(
    ofIndexFor source: String, corpus: Corpus, options: IndexOptions, loader: ModelLoader
  ) throws {
    let survey = try loader.survey(source)
    try survey.requireSoundness()
    let text = try survey.model.text()
    self.init(
      try IndexDraft(
        corpus, for: text, named: survey.model.identity.source, options: options),
      for: text, with: survey.model.identity.compute,
      rate: Self.measuredRate(survey.model.identity.compute))
  }

  init(_ draft: IndexDraft, for text: TextHalf, with compute: Compute, rate: Double) {
    let width = text.decoder.hiddenSize
    let widest = 4 * width
    let depth = Double(draft.layers.last ?? 0) / Double(max(text.decoder.blockCount, 1))
    let tokens = draft.tokens(for: text.decoder)
    let together = min(tokens, IndexBuild.tokensTogether(compute))
    self.init(
      rows: draft.rows, diskBytes: draft.bytes(hiddenSize: width),
      memoryBytes: together * 4 * (4 * width + 2 * widest) + draft.tableBytes,
      operations: 2 * Double(tokens) * Double(text.parameterCount) * depth,
      rate: rate)
  }
}
