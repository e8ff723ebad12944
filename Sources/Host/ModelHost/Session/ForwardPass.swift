public import LatentLensComponents
public import LatentLensKernels
public import LatentLensTensors

/// One forward pass of a model over an image and a prompt, or over tokens alone.
public struct ForwardPass: Sendable {
  let model: Model
  public let layout: PromptLayout
  let pixels: PixelValues?
  private let arrangement: VisualArrangement?

  /// A pass over an image with a prompt around it; nil takes the model's own prompt.
  public init(_ model: Model, image: VisualInput, prompt: String? = nil) throws {
    let (_, bridge, _) = try model.requireVision()
    _ = try model.requireDecoder()
    self.model = model
    pixels = image.pixels
    arrangement = image.arrangement
    layout = try PromptLayout(
      prompt: model.prompt(for: prompt), arrangement: image.arrangement, bridge: bridge,
      tokenizer: model.requireTokenizer())
    try checkVocabulary()
  }

  /// A pass over tokens, and over pixels where the tokens hold placeholders for them.
  ///
  /// - Parameter source: what errors about the pixels call them.
  public init(
    _ model: Model, ids: [Int], pixels: PixelValues? = nil, source: String = "pixel_values"
  ) throws {
    _ = try model.requireDecoder()
    let bridge = model.vision?.bridge
    self.model = model
    self.pixels = bridge == nil ? nil : pixels
    arrangement = try self.pixels.map { try model.arrange($0, path: source) }
    layout = PromptLayout(ids: ids, bridge: bridge, arrangement: arrangement)
    if let arrangement, let bridge {
      guard layout.visualPositions.count == arrangement.tokens.count else {
        throw HostError(
          "\(source): `token_ids` has \(layout.visualPositions.count) placeholders "
            + "(\(bridge.placement.placeholder)), but the image gives \(arrangement.tokens.count) "
            + "visual tokens")
      }
    }
    try checkVocabulary()
  }

  private func checkVocabulary() throws(HostError) {
    let decoder = try model.requireDecoder()
    let extra = model.vision?.bridge?.connector.extraEmbedding?.count ?? 0
    let count = decoder.embedding.count + extra
    for id in layout.ids where !(0..<count).contains(id) {
      throw HostError(
        "token \(id) is not in the vocabulary of \(count) tokens of \(model.source)")
    }
  }

  /// What the pass shows of itself, each part while it is there.
  public struct Observer {
    /// The encoder's residual stream, CLS and register tokens included; nil lets the encoder stop where
    /// the connector needs no more of it.
    public var vision: HiddenStateObserver?
    /// The connector's output.
    public var connector: (borrowing Matrix) -> Void = { _ in }
    /// The decoder's residual stream.
    public var decoder: HiddenStateObserver = { _, _ in }

    public init() {}
  }

  /// Runs encoder, connector and decoder, the latter up to block `depth`.
  ///
  /// - Parameter cache: keeps keys and values, so that tokens can be appended later.
  /// - Returns: the residual stream after block `depth`, `[tokens, hiddenSize]`.
  @discardableResult
  public func run(
    through depth: Int? = nil, cache: KeyValueCache? = nil, observing observer: Observer
  ) -> Matrix {
    guard let decoder = model.decoder else { preconditionFailure("checked when the pass was made") }
    var input = embedded(decoder)
    let features = visualFeatures(observing: observer.vision)
    if let features, let bridge = model.vision?.bridge {
      let visual = features.tokens()
      observer.connector(visual)
      switch bridge.placement.combination {
      case .replace: input.replaceRows(at: layout.visualPositions, with: visual)
      case .add: input.addRows(at: layout.visualPositions, visual)
      }
    }
    let showsInjections = model.vision?.bridge?.showsInjections ?? false
    return decoder.decode(
      input, segments: layout.segments, through: depth ?? decoder.blockCount, cache: cache
    ) { layer, state in
      if !showsInjections { observer.decoder(layer, &state) }
      features?.inject(after: layer, into: &state, at: layout.visualPositions)
      if showsInjections { observer.decoder(layer, &state) }
    }
  }

  private func visualFeatures(observing observe: HiddenStateObserver?) -> VisualFeatures? {
    guard let pixels, let arrangement, let vision = model.vision, let bridge = vision.bridge else {
      return nil
    }
    return VisualFeatures(
      vision, bridge, pixels: pixels, arrangement: arrangement, observing: observe)
  }

  /// What the tokens alone bring to the first block; ids behind the decoder's table are the connector's.
  private func embedded(_ decoder: any LanguageDecoder) -> Matrix {
    let own = decoder.embedding.count
    guard let extra = model.vision?.bridge?.connector.extraEmbedding else {
      return decoder.embed(layout.ids)
    }
    var input = decoder.embed(layout.ids.map { $0 < own ? $0 : 0 })
    let foreign = layout.ids.indices.filter { layout.ids[$0] >= own }
    input.replaceRows(at: foreign, with: extra(foreign.map { layout.ids[$0] - own }))
    return input
  }
}
