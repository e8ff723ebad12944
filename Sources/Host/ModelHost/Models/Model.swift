public import LatentLensComponents
internal import LatentLensFormats
public import LatentLensImaging
public import LatentLensKernels
public import LatentLensTokenization

/// A loaded model: a decoder, an encoder, or a whole VLM, with what turns text and images into input.
public struct Model: Sendable {
  public let name: String
  /// The folder or manifest that it came from.
  public let source: String
  public let compute: Compute
  public let tokenizer: Tokenizer?
  public let imageProcessor: ImageProcessor?
  public let orientation: ModelManifest.ImageOrientation
  public let vision: Vision?
  public let decoder: (any LanguageDecoder)?
  /// The prompt with `<image>` in it, if the manifest or the checkpoint has one.
  public let prompt: String?
  /// A user's turn in the model's chat template, with `<image>` and `{prompt}` in it.
  public let turn: String?
  /// The tokens that end a generated text.
  public let endTokens: Set<Int>
  /// The number of the decoder's weights.
  public let decoderParameters: Int
  /// The architecture names of the parts, for provenance.
  public let adapters: [String: String]
  public let weightsFingerprint: String
  /// The fingerprint of the decoder alone, which is what an index depends on.
  public let decoderFingerprint: String?
  public let tokenizerDigest: String?

  /// The seeing half: an encoder, and what joins it to the decoder.
  public struct Vision: Sendable {
    public let encoder: any VisionEncoder
    /// Nil for an encoder alone.
    public let bridge: Bridge?
  }

  /// What joins an encoder to a decoder.
  public struct Bridge: Sendable {
    public let connector: any Connector
    public let features: FeatureSelection
    public let placement: Placement
    public let positions: Positions
    /// Whether a layer's state is shown with what the connector adds after that block, as transformers
    /// before 5 had it, or without, as since then.
    public let showsInjections: Bool

    /// How visual tokens are counted by a rotary embedding of three axes.
    public enum Positions: String, Sendable, Decodable {
      /// By their rows and columns, as transformers 5 does wherever an image stands.
      case raster
      /// One after the other like text, as transformers before 5 did without a token that starts an image.
      case sequential
    }
  }
}

extension Model {
  /// The decoder, where a command cannot do without.
  public func requireDecoder() throws(HostError) -> any LanguageDecoder {
    guard let decoder else {
      throw HostError("\(source): is an encoder alone; this needs a model with a decoder")
    }
    return decoder
  }

  /// The tokenizer, where a command cannot do without.
  public func requireTokenizer() throws(HostError) -> Tokenizer {
    guard let tokenizer else {
      throw HostError("\(source): has no tokenizer.json; put it beside the weights")
    }
    return tokenizer
  }

  /// Encoder, connector and image processor, where a command cannot do without.
  public func requireVision() throws(HostError) -> (Vision, Bridge, ImageProcessor) {
    guard let vision, let bridge = vision.bridge else {
      throw HostError("\(source): does not see; this needs a vision-language model")
    }
    guard let imageProcessor else {
      throw HostError("\(source): has no preprocessor_config.json; put it beside the weights")
    }
    return (vision, bridge, imageProcessor)
  }
}

extension FeatureSelection {
  /// The encoder layers as numbers from 0, joined in this order.
  func absoluteLayers(blockCount: Int) -> [Int] {
    layers.map { $0 < 0 ? blockCount + 1 + $0 : $0 }
  }
}
