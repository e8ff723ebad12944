internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
public import LatentLensLenses
internal import LatentLensTensors
internal import LatentLensTokenization

/// The main job for one model: images go in, and every visual token comes out in words.
public struct Interpreter: Sendable {
  private let model: Model
  private let index: ContextualIndex?
  private let request: Request

  /// What to find out.
  public struct Request: Sendable {
    public var lenses: [LensKind]
    public var layers: LayerSelection
    public var topK: Int
    public var prompt: String?
    public var captions: Bool
    public var tokens: RunManifest.TokenSelection

    public init(
      lenses: [LensKind], layers: LayerSelection = .all, topK: Int = 5, prompt: String? = nil,
      captions: Bool = true, tokens: RunManifest.TokenSelection = .visual
    ) {
      self.lenses = lenses
      self.layers = layers
      self.topK = topK
      self.prompt = prompt
      self.captions = captions
      self.tokens = tokens
    }
  }

  /// - Parameter index: the contextual index; LatentLens needs it.
  public init(_ model: Model, index: ContextualIndex?, request: Request) throws {
    let decoder = try model.requireDecoder()
    _ = try model.requireVision()
    if let index {
      guard index.description.hiddenSize == decoder.hiddenSize else {
        throw HostError(
          "\(index.path): has states of width \(index.description.hiddenSize), but \(model.name) "
            + "has \(decoder.hiddenSize); build an index with this model")
      }
      guard index.description.modelFingerprint == model.decoderFingerprint else {
        throw HostError(
          "\(index.path): was made by another decoder (\(index.description.modelName)); its "
            + "neighbours would mean nothing, build an index with this model")
      }
    }
    if request.lenses.contains(.latent), index == nil {
      throw HostError("LatentLens needs an index; give --index, or build one with `index build`")
    }
    self.model = model
    self.index = index
    self.request = request
  }

  /// Interprets the images, one after the other.
  ///
  /// - Parameter progress: is told how many images are done.
  public func run(
    images: [String], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> ModelResults {
    let decoder = try model.requireDecoder()
    let tokenizer = try model.requireTokenizer()
    // The connector has no output for text, so that it is no layer where text is read.
    let layers = try request.layers.layers(
      blockCount: decoder.blockCount, hasConnector: request.tokens == .visual)
    let lenses = try self.lenses(decoder)
    var table = NeighborTable(tokenizer: tokenizer, index: index?.entries)
    var results: [ImageResults] = []
    var promptIDs: [Int] = []
    for (number, path) in images.enumerated() {
      let input = try model.see(path)
      let pass = try ForwardPass(model, image: input, prompt: request.prompt)
      promptIDs = pass.layout.ids
      let readings = read(pass, layers, lenses, decoder, &table)
      results.append(
        ImageResults(
          path: path, name: URL(fileURLWithPath: path).lastPathComponent, width: input.imageWidth,
          height: input.imageHeight, digest: try SHA256.digest(ofFile: path),
          caption: request.captions ? caption(pass, tokenizer) : nil,
          orientation: model.orientation, tokens: tokens(pass, input, tokenizer),
          readings: readings))
      progress(number + 1, images.count)
    }
    return ModelResults(
      name: model.name,
      provenance: Provenance(
        weights: model.weightsFingerprint, tokenizer: model.tokenizerDigest,
        index: try index.map { "sha256:" + (try SHA256.digest(ofFile: $0.descriptionFile)) },
        prompt: request.prompt ?? model.prompt ?? "", promptIDs: promptIDs,
        adapters: model.adapters, compute: model.compute.precision.rawValue),
      blockCount: decoder.blockCount, hiddenSize: decoder.hiddenSize, layers: layers,
      lenses: request.lenses, contextualLayers: index?.layers ?? [],
      checks: try selfChecks(lenses, probe: promptIDs, tokenizer), vocabulary: table,
      images: results)
  }

  private func lenses(_ decoder: any LanguageDecoder) throws -> [any Lens] {
    request.lenses.map { kind in
      switch kind {
      case .latent:
        guard let index else { preconditionFailure("checked when the interpreter was made") }
        return LatentLens(index, compute: model.compute)
      case .logit:
        return LogitLens(head: decoder.head, softCap: decoder.logitSoftCap) {
          decoder.normalize($0)
        }
      case .embedding: return EmbeddingLens(embedding: decoder.embedding, compute: model.compute)
      }
    }
  }

  private func read(
    _ pass: ForwardPass, _ layers: [StateLayer], _ lenses: [any Lens],
    _ decoder: any LanguageDecoder, _ table: inout NeighborTable
  ) -> [Reading] {
    let recorder = StateRecorder(
      layers: layers, rows: rows(pass), hiddenSize: decoder.hiddenSize)
    recorder.record(pass)
    let norms = recorder.states.rowNorms()
    var readings: [Reading] = []
    for lens in lenses {
      let neighbors = lens.neighbors(of: recorder.states, topK: request.topK)
      for layer in layers {
        guard let range = recorder.range(of: layer) else { continue }
        readings.append(
          Reading(
            lens: lens.kind, layer: layer,
            neighbors: neighbors[range].map { found in
              found.map {
                .init(entry: table.intern($0), score: $0.score, probability: $0.probability)
              }
            },
            norms: Array(norms[range])))
      }
    }
    return readings
  }

  /// The rows of the sequence that are read.
  private func rows(_ pass: ForwardPass) -> [Int] {
    switch request.tokens {
    case .visual: pass.layout.visualPositions
    case .all: Array(pass.layout.ids.indices)
    }
  }

  /// Where each read token lies on the picture, or which text it is.
  private func tokens(
    _ pass: ForwardPass, _ input: VisualInput, _ tokenizer: Tokenizer
  ) -> [VisualToken] {
    let visual = Dictionary(
      uniqueKeysWithValues: zip(pass.layout.visualPositions, input.tokens))
    return rows(pass).map { row in
      visual[row] ?? VisualToken(text: tokenizer.decode([pass.layout.ids[row]]))
    }
  }

  private func caption(_ pass: ForwardPass, _ tokenizer: Tokenizer) -> String {
    let ids = pass.generate(limit: 48, endTokens: model.endTokens)
    return tokenizer.decode(ids, skippingSpecialTokens: true).trimmed
  }

  private func selfChecks(
    _ lenses: [any Lens], probe: [Int], _ tokenizer: Tokenizer
  ) throws -> [Check] {
    let placeholder = model.vision?.bridge?.placement.placeholder
    // Tokens of the image, which may lie behind the decoder's vocabulary, are no text to be tried with.
    let vocabulary = try model.requireDecoder().embedding.count
    let checks = try SelfChecks(
      model, probe: probe.filter { $0 != placeholder && $0 < vocabulary })
    return try lenses.map { lens in
      switch lens {
      case let lens as LatentLens:
        try checks.latentLensFindsItself(lens) { tokenizer.encode($0) }
      case let lens as LogitLens: try checks.logitLensAgrees(lens)
      default: checks.embeddingLensFindsItself(lens)
      }
    }
  }
}
