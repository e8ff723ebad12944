public import LatentLensComponents
public import LatentLensFormats
public import LatentLensTokenization

/// A loaded model: what its checkpoint holds decides which case it is, and after that nothing is missing.
public enum Model: Sendable {
  case decoder(DecoderModel)
  case encoder(EncoderModel)
  case whole(VisionLanguage)

  public var identity: ModelIdentity {
    switch self {
    case .decoder(let model): model.identity
    case .encoder(let model): model.identity
    case .whole(let model): model.identity
    }
  }
}

/// Which model this is, for errors and provenance.
public struct ModelIdentity: Sendable {
  public let name: String
  /// The manifest, folder or file that it came from.
  public let source: String
  public let compute: Compute
  /// The architecture names of the parts.
  public let adapters: [Role: String]
  /// A digest of all weights that are read, computed when it is asked for.
  public let weightsFingerprint: Fingerprint
}

/// A language model alone.
public struct DecoderModel: Sendable {
  public let identity: ModelIdentity
  public let text: TextHalf
}

/// A vision encoder alone.
public struct EncoderModel: Sendable {
  public let identity: ModelIdentity
  public let sight: SightHalf
}

/// A whole vision-language model.
public struct VisionLanguage: Sendable {
  public let identity: ModelIdentity
  public let sight: SightHalf
  public let bridge: Bridge
  public let text: TextHalf
  /// The prompt with `<image>` in it; nil where the manifest gives none.
  public let prompt: String?
  /// A user's turn in the model's chat template, with `<image>` and `{prompt}` in it; nil where neither
  /// manifest nor checkpoint has one.
  public let turn: String?
}

/// The half of a model that reads and writes.
public struct TextHalf: Sendable {
  public let decoder: any LanguageDecoder
  /// A failure where the checkpoint has none: states of given tokens need no text.
  public let tokenizer: Result<Tokenizer, HostError>
  /// A digest of the tokenizer's file; nil where there is none.
  public let tokenizerDigest: String?
  /// The tokens that end a generated text.
  public let endTokens: Set<Int>
  /// A digest of the decoder's weights, which is what an index depends on, computed when it is asked for.
  public let fingerprint: Fingerprint
  /// A digest of the adapter's name and of the keys of the configuration that it has read: with other
  /// ones the same weights give other states.
  public let configurationDigest: String
  /// The number of the decoder's weights.
  public let parameterCount: Int
}

/// The half of a model that sees.
public struct SightHalf: Sendable {
  public let encoder: any VisionEncoder
  /// A failure where the checkpoint has none: captured pixels need no processor.
  public let processor: Result<any ImageProcessor, HostError>
  public let orientation: ModelManifest.ImageOrientation
}

/// What joins an encoder to a decoder.
public struct Bridge: Sendable {
  public let connector: any Connector
  public let joint: Joint
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

extension Model {
  /// The half that reads and writes.
  ///
  /// - Throws: `HostError` for an encoder alone.
  public func text() throws(HostError) -> TextHalf {
    switch self {
    case .decoder(let model): return model.text
    case .whole(let model): return model.text
    case .encoder:
      throw HostError("\(identity.source): is an encoder alone; this needs a model with a decoder")
    }
  }

  /// The half that sees.
  ///
  /// - Throws: `HostError` for a decoder alone.
  public func sight() throws(HostError) -> SightHalf {
    switch self {
    case .encoder(let model): return model.sight
    case .whole(let model): return model.sight
    case .decoder:
      throw HostError("\(identity.source): is a decoder alone; this needs a model that sees")
    }
  }

  /// The whole VLM.
  ///
  /// - Throws: `HostError` for a part alone.
  public func whole() throws(HostError) -> VisionLanguage {
    guard case .whole(let model) = self else {
      throw HostError("\(identity.source): is no whole vision-language model, which this needs")
    }
    return model
  }
}
