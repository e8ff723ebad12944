package import LatentLensComponents
package import LatentLensFormats
package import LatentLensKernels
package import LatentLensModels
package import LatentLensTensors
package import LatentLensTokenization

/// One forward pass of a model over images and a prompt, or over tokens alone.
package struct ForwardPass: Sendable {
  /// The sequence that the decoder reads.
  package let layout: PromptLayout
  let decoder: any LanguageDecoder
  /// The model, for errors.
  let source: String
  /// Nil where the pass sees nothing.
  private let visual: VisualHalf?
  /// Embeddings of tokens that follow the decoder's own.
  private let extraEmbedding: Embedding?

  /// A pass over images with a prompt around them.
  ///
  /// - Parameters:
  ///   - images: what the model sees, in the order of the prompt's markers.
  ///   - prompt: a text with as many `<image>` markers as images; or words without one, which go into the
  ///     model's chat template; nil takes the model's own prompt.
  ///   - continuation: tokens that follow the prompt, as those that the model has said.
  ///   - isNoise: whether the decoder gets random vectors of the same norms in the place of visual tokens:
  ///     a sequence that shows nothing, to hold others against.
  /// - Throws: `HostError` where the prompt has more or fewer markers, or the model has no tokenizer or no
  ///   prompt.
  package init(
    model: VisionLanguage, images: [SeenImage], prompt: String? = nil, continuation: [Int] = [],
    isNoise: Bool = false
  ) throws(HostError) {
    let inputs = images.map(\.input)
    let (text, tokenizer) = (
      try model.prompt(for: prompt, images: images.count), try model.text.tokenizer.get()
    )
    let layout = try HostError.naming(model.identity.source) { () throws(HostError) in
      try PromptLayout(
        prompt: text, arrangements: inputs.map(\.arrangement), bridge: model.bridge,
        tokenizer: tokenizer, continuation: continuation)
    }
    try self.init(model, layout, inputs, isNoise: isNoise)
  }

  /// A pass over tokens, and over images where the tokens hold placeholders for them.
  ///
  /// - Parameter source: what errors about the images call them.
  init(
    _ model: VisionLanguage, ids: [Int], images: [VisualInput], source: String
  ) throws(HostError) {
    let layout =
      images.isEmpty
      ? PromptLayout(ids: ids)
      : try PromptLayout(
        ids: ids, arrangements: images.map(\.arrangement), bridge: model.bridge, source: source)
    try self.init(model, layout, images, isNoise: false)
  }

  /// A pass over tokens by the half of a model that reads.
  ///
  /// - Throws: `HostError` where a token is not in the decoder's vocabulary.
  package init(text: TextHalf, identity: ModelIdentity, ids: [Int]) throws(HostError) {
    try self.init(text, identity, PromptLayout(ids: ids), nil, nil)
  }

  /// A pass over tokens by any model that has a decoder; a vision-language model reads the tokens that its
  /// connector adds to the vocabulary, too.
  ///
  /// - Throws: `HostError` for an encoder alone, and where a token is not in the vocabulary.
  package init(_ model: Model, ids: [Int]) throws(HostError) {
    if case .whole(let model) = model {
      try self.init(model, ids: ids, images: [], source: model.identity.source)
    } else {
      try self.init(text: model.text(), identity: model.identity, ids: ids)
    }
  }

  /// A pass over a text alone, with the tokens that an index would have of it.
  ///
  /// - Throws: `HostError` for an encoder alone, for a text of nothing, and for one that is longer than what
  ///   the decoder was made for.
  package init(_ model: Model, text: TokenizedText) throws(HostError) {
    guard !text.text.trimmed.isEmpty, !text.ids.isEmpty else {
      throw HostError(
        "\(model.identity.source): a text has nothing to read in it; give one with words")
    }
    if let limit = try model.text().decoder.maximumPositions, text.ids.count > limit {
      throw HostError(
        "the text \(String(text.text.prefix(24)).debugDescription)… has \(text.ids.count) tokens, but "
          + "\(model.identity.source) reads at most \(limit); cut it into shorter ones")
    }
    try self.init(model, ids: text.ids)
  }

  private init(
    _ model: VisionLanguage, _ layout: PromptLayout, _ images: [VisualInput], isNoise: Bool
  ) throws(HostError) {
    try self.init(
      model.text, model.identity, layout,
      images.isEmpty
        ? nil
        : VisualHalf(
          encoder: model.sight.encoder, bridge: model.bridge, images: images, isNoise: isNoise),
      model.bridge.connector.extraEmbedding)
  }

  private init(
    _ text: TextHalf, _ identity: ModelIdentity, _ layout: PromptLayout, _ visual: VisualHalf?,
    _ extraEmbedding: Embedding?
  ) throws(HostError) {
    self.layout = layout
    decoder = text.decoder
    source = identity.source
    self.visual = visual
    self.extraEmbedding = extraEmbedding
    let count = decoder.embedding.count + (extraEmbedding?.count ?? 0)
    for id in layout.ids where !(0..<count).contains(id) {
      throw HostError(
        "token \(id) is not in the vocabulary of \(count) tokens of \(identity.source)")
    }
  }

  /// Runs encoder, connector and decoder, each as deep as somebody looks.
  ///
  /// With several images the stages before the decoder are shown once, over the rows of all images, one
  /// image after the other.
  /// - Parameters:
  ///   - observer: sees `pixels`, `vision(i)`, `visionNorm`, `connector`, `hidden(i)`, `norm` and `logits`,
  ///     in this order, those that it wants and the pass has.
  ///   - attention: sees how tokens attend, in the blocks that it wants.
  ///   - cache: keeps keys and values, so that tokens can be appended later.
  /// - Returns: the residual stream behind the last block that somebody looks at, `[tokens, hiddenSize]`;
  ///   no rows where nobody looks at the decoder.
  @discardableResult
  package func run(
    observer: StageObserver, attention: AttentionObserver = .none, cache: KeyValueCache? = nil
  ) -> Matrix {
    let needsNorm = observer.wants(.norm) || observer.wants(.logits)
    let deepest = (0...decoder.blockCount).last {
      observer.wants(.hidden($0)) || ($0 > 0 && attention.wants($0))
    }
    let depth = needsNorm ? decoder.blockCount : deepest
    let features = visual?.run(observer: observer, isRead: depth != nil)
    guard let depth else {
      if let features { observer(.connector, features.tokens()) }
      return Matrix(rows: 0, columns: decoder.hiddenSize)
    }
    var input = embedded()
    if let features {
      let tokens = features.tokens()
      observer(.connector, tokens)
      features.place(tokens, in: &input, at: layout.visualPositions)
    }
    let pass = DecoderPass(
      layout.segments, through: depth, cache: cache,
      adding: features?.additions(at: layout.visualPositions) ?? .none, observer: observer,
      attention: attention)
    let last = decoder.decode(input, pass)
    if needsNorm {
      let normed = decoder.normalize(last)
      observer(.norm, normed)
      if observer.wants(.logits) { observer(.logits, decoder.head(normed)) }
    }
    return last
  }

  /// The part of the pass that encodes images; nil where it sees nothing.
  var encoding: EncoderPass? { visual?.encoding }

  /// The shape in which a stage is shown; nil where the pass has no such stage.
  func shape(of stage: Stage) -> [Int]? {
    let tokens = layout.ids.count
    switch stage {
    case .pixels, .vision, .visionNorm: return encoding?.shape(of: stage)
    case .connector:
      return visual == nil ? nil : [layout.visualPositions.count, decoder.hiddenSize]
    case .hidden(0...decoder.blockCount), .norm: return [tokens, decoder.hiddenSize]
    case .logits: return [tokens, decoder.vocabularySize]
    case .hidden: return nil
    }
  }

  /// What the tokens alone bring to the first block; ids behind the decoder's table are the connector's.
  private func embedded() -> Matrix {
    guard let extraEmbedding else { return decoder.embed(layout.ids) }
    let own = decoder.embedding.count
    var input = decoder.embed(layout.ids.map { $0 < own ? $0 : 0 })
    let foreign = layout.ids.indices.filter { layout.ids[$0] >= own }
    input.replaceRows(at: foreign, with: extraEmbedding(foreign.map { layout.ids[$0] - own }))
    return input
  }
}
