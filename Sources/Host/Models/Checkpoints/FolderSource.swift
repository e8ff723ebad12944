internal import Foundation
package import LatentLensFormats
package import LatentLensTensors
internal import LatentLensTokenization

/// A folder in Hugging Face's layout: `config.json`, weights in one file or in shards, and the files
/// beside them.
package struct FolderSource: WeightSource {
  package let path: String

  package static func recognizes(_ path: String) -> Bool { PathKind(of: path) == .folder }

  package init(_ path: String) {
    self.path = path
  }

  /// `config.json`.
  ///
  /// - Throws: `HostError` where there is none.
  package func configuration() throws -> JSONNode? {
    guard let file = file("config.json") else {
      throw HostError(
        "\(path): is no Hugging Face checkpoint: it has no config.json; download it whole")
    }
    return try JSONNode(contentsOf: file)
  }

  package func tokenizer() throws -> StoredTokenizer? {
    guard let file = file("tokenizer.json") else { return nil }
    return StoredTokenizer(
      try Tokenizer(contentsOf: file), digest: "sha256:" + (try SHA256.digest(ofFile: file)))
  }

  package func file(_ name: String) -> String? {
    let file = "\(path)/\(name)"
    // Whoever opens something else that has the name can say what is wrong with it.
    return PathKind.isTaken(file) ? file : nil
  }

  package func tensors() throws -> NameTable<Weight> {
    var tensors: NameTable<Weight> = [:]
    for file in try weightFiles() {
      for (name, weight) in try WeightSources.open(file).tensors() {
        guard tensors.updateValue(weight, forKey: name) == nil else {
          throw HostError("\(file): tensor `\(name)` is in another shard too; download it again")
        }
      }
    }
    return tensors
  }

  /// What publishers ship, the safer and faster format first: one file, or shards that an index names.
  package func weightFiles() throws -> [String] {
    for name in ["model.safetensors", "pytorch_model.bin"] {
      if let index = file("\(name).index.json") { return try shards(of: index) }
      if let single = file(name) { return [single] }
    }
    throw HostError(
      "\(path): has neither model.safetensors nor pytorch_model.bin; download the weights")
  }

  private func shards(of index: String) throws -> [String] {
    let map = try JSONNode(contentsOf: index).required("weight_map")
    let names = Set(try map.members().map { try $0.node.string() }).sorted()
    return try names.map { name in
      guard !name.contains("/"), PathKind(of: "\(path)/\(name)") == .file,
        let shard = file(name)
      else {
        throw HostError("\(path)/\(name): is named by \(index) but missing; download it")
      }
      return shard
    }
  }
}
