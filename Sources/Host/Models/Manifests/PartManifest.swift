internal import LatentLensComponents
package import LatentLensFormats

/// One part of a model that is put together from several checkpoints.
package struct PartManifest: Sendable, Decodable {
  /// The adapter's name; nil takes the `model_type` of the checkpoint.
  package let adapter: String?
  /// A checkpoint folder, a weights file, or either in a cached repository (`hf:OWNER/NAME`).
  package let weights: String
  /// Keys that override those of the checkpoint's `config.json`; null takes one away.
  package let configuration: JSONNode?
  /// The prefix of this part's tensors in the file; all others belong to somebody else.
  package let prefix: String?

  private enum CodingKeys: String, CodingKey {
    case adapter, weights, configuration, prefix
  }

  package init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    adapter = try keys.decodeIfPresent(String.self, forKey: .adapter)
    weights = try ManifestPath.resolve(keys.decode(JSONNode.self, forKey: .weights))
    configuration = try keys.decodeIfPresent(JSONNode.self, forKey: .configuration)
    prefix = try keys.decodeIfPresent(String.self, forKey: .prefix)
  }

  /// What the part calls its tensors.
  var names: TensorNames {
    prefix.map { TensorNames([.init($0)], isExclusive: true) } ?? TensorNames()
  }
}
