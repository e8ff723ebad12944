public import Components
public import Kernels

/// One forward pass of a model over an image and a prompt, or over tokens alone.
public struct ForwardPass: Sendable {
  let model: Model
  public let layout: PromptLayout
  let pixels: PixelValues?

  /// A pass over an image with a prompt around it; nil takes the model's own prompt.
  public init(_ model: Model, image: VisualInput, prompt: String? = nil) throws {
    let (_, bridge, _) = try model.requireVision()
    _ = try model.requireDecoder()
    guard let prompt = prompt ?? model.prompt else {
      throw HostError(
        "\(model.source): has no prompt; give one that holds `\(PromptLayout.marker)`")
    }
    self.model = model
    pixels = image.pixels
    layout = try PromptLayout(
      prompt: prompt, visualTokenCount: image.tokens.count,
      placeholder: bridge.placement.placeholder, tokenizer: model.requireTokenizer())
  }

  /// A pass over tokens, and over pixels where the tokens hold placeholders for them.
  public init(_ model: Model, ids: [Int], pixels: PixelValues? = nil) throws {
    let decoder = try model.requireDecoder()
    for id in ids where !(0..<decoder.embedding.count).contains(id) {
      throw HostError(
        "token \(id) is not in the vocabulary of \(decoder.embedding.count) tokens of "
          + model.source)
    }
    self.model = model
    self.pixels = pixels
    layout = PromptLayout(
      ids: ids, placeholder: pixels == nil ? nil : model.vision?.bridge?.placement.placeholder)
  }

  /// What the pass shows of itself, each part while it is there.
  public struct Observer {
    /// The encoder's residual stream, CLS and register tokens included.
    public var vision: HiddenStateObserver = { _, _ in }
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
    var input = decoder.embed(layout.ids)
    if let pixels, let bridge = model.vision?.bridge {
      let visual = model.visualTokens(of: pixels, observing: observer.vision)
      precondition(
        visual.rows == layout.visualPositions.count,
        "the prompt has another number of places than there are visual tokens")
      observer.connector(visual)
      switch bridge.placement.combination {
      case .replace: input.replaceRows(at: layout.visualPositions, with: visual)
      case .add: input.addRows(at: layout.visualPositions, visual)
      }
    }
    return decoder.decode(
      input, segments: Segments(count: layout.ids.count), through: depth ?? decoder.blockCount,
      cache: cache, observing: observer.decoder)
  }
}
