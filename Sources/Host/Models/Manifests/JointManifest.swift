package import LatentLensComponents

/// How a manifest joins its parts: what stands beside an encoder and a connector.
package struct JointManifest: Sendable, Equatable {
  /// Which encoder layers feed the connector, as in `vision_feature_layer`, and whether CLS and register
  /// tokens go along.
  package let features: FeatureSelection
  /// The token that visual tokens meet in the sequence; nil is the tokenizer's `<image>`.
  package let placeholder: Int?
  /// How visual tokens enter the sequence.
  package let combination: Placement.Combination

  /// The keys of an encoder.
  struct EncoderKeys: Decodable {
    let layers: [Int]?
    let keepsPrefix: Bool?
    let isNormed: Bool?

    enum CodingKeys: String, CodingKey {
      case layers
      case keepsPrefix = "keeps_prefix"
      case isNormed = "final_norm"
    }
  }

  /// The keys of a connector.
  struct ConnectorKeys: Decodable {
    let placeholder: Int?
    let combination: Placement.Combination?
  }

  init(_ encoder: EncoderKeys?, _ connector: ConnectorKeys?) {
    features = FeatureSelection(
      layers: encoder?.layers ?? [-2], keepsPrefix: encoder?.keepsPrefix ?? false,
      isNormed: encoder?.isNormed ?? false)
    placeholder = connector?.placeholder
    combination = connector?.combination ?? .replace
  }
}
