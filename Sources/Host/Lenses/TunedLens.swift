package import LatentLensComponents
internal import LatentLensFormats
package import LatentLensKernels
internal import LatentLensTensors

extension Lens {
  /// LogitLens behind an affine map that was trained for each layer (Belrose et al., arXiv 2303.08112), as
  /// the package `tuned-lens` publishes it.
  package static let tuned = Lens(
    "tuned", title: "TunedLens", score: .logit,
    from: .path("a folder with config.json, and params.pt or params.safetensors") {
      try TunedLens(contentsOf: $0, $1)
    })
}

/// Adds to states what the translators of their layers make of them, `h + W h + b`, and reads the sum as
/// LogitLens does.
///
/// Translator `i` reads what enters block `i + 1`, so that there are as many as blocks. A connector's output
/// is what visual tokens are at layer 0, and has that layer's. What leaves the last block has none, nor has
/// `norm`: these are read as LogitLens reads them.
package struct TunedLens: LensReader {
  private let decoder: any LanguageDecoder
  private let translators: [Linear]

  /// - Parameter translators: one for each block, `[hiddenSize, hiddenSize]`.
  package init(_ decoder: any LanguageDecoder, translators: [Linear]) {
    precondition(
      translators.count == decoder.blockCount
        && translators.allSatisfy { $0.weight.shape == [decoder.hiddenSize, decoder.hiddenSize] },
      "\(translators.count) translators for \(decoder.blockCount) blocks of \(decoder.hiddenSize)")
    self.decoder = decoder
    self.translators = translators
  }

  /// Reads a folder of the package. Names and hashes of the model that a lens was trained for are not
  /// compared: neither survives a copy, or another release of numpy.
  ///
  /// - Throws: `JSONError` where the configuration is of another model or another kind of lens; `FileError`
  ///   where the tensors are not those that it calls for.
  init(contentsOf path: String, _ resources: LensResources) throws {
    let decoder = resources.decoder
    let hasBias = try Self.hasBias(JSONNode(contentsOf: "\(path)/config.json"), decoder)
    let (file, tensors) = try Self.parameters(path)
    let ledger = WeightLedger(tensors, source: file, compute: resources.compute)
    let width = decoder.hiddenSize
    let translators = (0..<decoder.blockCount).map {
      Linear(ledger.root / $0, from: width, to: width, bias: hasBias)
    }
    // A tensor too many is a translator, or part of one, that would be left out without a word.
    if let problem = ledger.problems.first {
      throw FileError(path: file, reason: problem.description)
    }
    self.init(decoder, translators: translators)
  }

  /// Makes sure that a configuration is of this decoder.
  ///
  /// - Returns: whether translators have biases.
  private static func hasBias(
    _ root: JSONNode, _ decoder: any LanguageDecoder
  ) throws -> Bool {
    if let type = root["lens_type"], try type.string() != "linear_tuned_lens" {
      throw type.error("`\(try type.string())` cannot be read; only `linear_tuned_lens` can")
    }
    let width = try root.required("d_model")
    guard try width.integer() == decoder.hiddenSize else {
      throw width.error("is no lens for this decoder, whose states are \(decoder.hiddenSize) wide")
    }
    let count = try root.required("num_hidden_layers")
    guard try count.integer() == decoder.blockCount else {
      throw count.error("is no lens for this decoder, which has \(decoder.blockCount) blocks")
    }
    return try root["bias"]?.bool() ?? true
  }

  /// The file that holds the translators, and its tensors.
  private static func parameters(_ folder: String) throws -> (file: String, NameTable<Weight>) {
    let (torch, safe) = ("\(folder)/params.pt", "\(folder)/params.safetensors")
    switch (PathKind(of: torch), PathKind(of: safe)) {
    case (_?, nil): return (torch, try TorchFile(contentsOf: torch).tensors)
    case (nil, _?): return (safe, try SafetensorsFile(contentsOf: safe).tensors)
    case (nil, nil):
      throw FileError(path: folder, reason: "holds neither params.pt nor params.safetensors")
    case (_?, _?):
      throw FileError(
        path: folder, reason: "holds both params.pt and params.safetensors; take one of them away")
    }
  }

  package func neighbors(of batch: borrowing StateBatch, topK: Int) -> [[Neighbor]] {
    LogitLens(decoder).neighbors(of: translated(batch), topK: topK)
  }

  package func scores(of batch: borrowing StateBatch, with neighbors: [Neighbor]) -> [Float] {
    LogitLens(decoder).scores(of: translated(batch), with: neighbors)
  }

  private func translated(_ batch: borrowing StateBatch) -> StateBatch {
    var states = batch.states.copy()
    for stage in batch.stages {
      guard let translator = translator(of: stage), let rows = batch.range(of: stage) else {
        continue
      }
      states.addRows(at: Array(rows), translator(batch.states.rows(rows)))
    }
    return StateBatch(stages: batch.stages, tokenCount: batch.tokenCount, states: states)
  }

  private func translator(of stage: Stage) -> Linear? {
    switch stage {
    case .connector: translators.first
    case .hidden(let layer) where translators.indices.contains(layer): translators[layer]
    default: nil
    }
  }

  /// Each translator has to give numbers, and the last block's output the logits that the model itself
  /// gives, whatever else is read beside it.
  package func check(_ probe: any LensProbe) throws -> Check {
    let count = decoder.blockCount
    let states = try probe.states(of: probe.ids, at: (0...count).map(Stage.hidden))
    let translated = translated(states)
    var figure = Float.infinity
    if let last = translated.range(of: .hidden(count)),
      translated.states.rowNorms().allSatisfy(\.isFinite)
    {
      let found = LogitLens(decoder).neighbors(
        of: StateBatch(
          stages: [.hidden(count)], tokenCount: last.count, states: translated.states.rows(last)),
        topK: 1)
      figure = try LogitLens.deviation(found, from: probe.logits(of: probe.ids))
    }
    return Check(
      name: "TunedLens of the last layer gives the model's own logits, and each translator numbers",
      figure: Double(figure), bound: 1e-4)
  }
}
