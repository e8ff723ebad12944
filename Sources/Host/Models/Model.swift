package import LatentLensComponents
package import LatentLensFormats
package import LatentLensTokenization

/// A loaded model: what its checkpoint holds decides which case it is, and after that nothing is missing.
package enum Model: Sendable {
  case decoder(DecoderModel)
  case encoder(EncoderModel)
  case whole(VisionLanguage)

  package var identity: ModelIdentity {
    switch self {
    case .decoder(let model): model.identity
    case .encoder(let model): model.identity
    case .whole(let model): model.identity
    }
  }
}

/// Which model this is, for errors and provenance.
package struct ModelIdentity: Sendable {
  package let name: String
  /// The manifest, folder or file that it came from.
  package let source: String
  package let compute: Compute
  /// The architecture names of the parts.
  package let adapters: [Role: String]
  /// A digest of all weights that are read, computed when it is asked for.
  package let weightsFingerprint: Fingerprint
}

/// A language model alone.
package struct DecoderModel: Sendable {
  package let identity: ModelIdentity
  package let text: TextHalf
}

/// A vision encoder alone.
package struct EncoderModel: Sendable {
  package let identity: ModelIdentity
  package let sight: SightHalf
}

/// A whole vision-language model.
package struct VisionLanguage: Sendable {
  package let identity: ModelIdentity
  package let sight: SightHalf
  package let bridge: Bridge
  package let text: TextHalf
  /// The prompt with `<image>` in it; nil where the manifest gives none.
  package let prompt: String?
  /// A user's turn in the model's chat template, with `<image>` and `{prompt}` in it; nil where neither
  /// manifest nor checkpoint has one.
  package let turn: String?
}

/// The half of a model that reads and writes.
package struct TextHalf: Sendable {
  package let decoder: any LanguageDecoder
  /// A failure where the checkpoint has none: states of given tokens need no text.
  package let tokenizer: Result<Tokenizer, HostError>
  /// A digest of the tokenizer's file; nil where there is none.
  package let tokenizerDigest: String?
  /// The tokens that end a generated text.
  package let endTokens: Set<Int>
  /// A digest of the decoder's weights, which is what an index depends on, computed when it is asked for.
  package let fingerprint: Fingerprint
  /// A digest of the adapter's name and of the keys of the configuration that it has read: with other
  /// ones the same weights give other states.
  package let configurationDigest: String
  /// The number of the decoder's weights.
  package let parameterCount: Int
}

/// The half of a model that sees.
package struct SightHalf: Sendable {
  package let encoder: any VisionEncoder
  /// A failure where the checkpoint has none: captured pixels need no processor.
  package let processor: Result<any ImageProcessor, HostError>
  package let orientation: ModelManifest.ImageOrientation
}

/// What joins an encoder to a decoder.
package struct Bridge: Sendable {
  package let connector: any Connector
  package let joint: Joint
  package let positions: Positions
  /// Whether a layer's state is shown with what the connector adds after that block, as transformers
  /// before 5 had it, or without, as since then.
  package let showsInjections: Bool

  /// How visual tokens are counted by a rotary embedding of three axes.
  package enum Positions: String, Sendable, Decodable {
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
  package func text() throws(HostError) -> TextHalf {
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
  package func sight() throws(HostError) -> SightHalf {
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
  package func whole() throws(HostError) -> VisionLanguage {
    guard case .whole(let model) = self else {
      throw HostError("\(identity.source): is no whole vision-language model, which this needs")
    }
    return model
  }
}

extension Model {
  /// The number of tokens that can be read: the decoder's own, and those that a connector brings.
  ///
  /// - Throws: `HostError` for an encoder alone.
  package func vocabularySize() throws(HostError) -> Int {
    let own = try text().decoder.embedding.count
    guard case .whole(let model) = self else { return own }
    return own + (model.bridge.connector.extraEmbedding?.count ?? 0)
  }
}
