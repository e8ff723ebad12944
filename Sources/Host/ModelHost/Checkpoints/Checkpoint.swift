internal import Foundation
public import LatentLensFormats
public import LatentLensTensors

/// A Hugging Face checkpoint: its configuration, its mapped tensors, and the files beside them.
public struct Checkpoint: Sendable {
  /// The folder, or the single file, that it was opened from.
  public let path: String
  /// `config.json`; nil for a bare weights file.
  public let configuration: JSONNode?
  /// Tensors by stored name, each mapped from its file.
  public let tensors: [String: Weight]
  /// The weight files, in order.
  public let weightFiles: [String]

  /// Opens a folder in Hugging Face layout, a single weights file, or either in a cached repository
  /// (`hf:OWNER/NAME`, `hf:OWNER/NAME/FILE`).
  public init(_ source: String) throws {
    path = try HubCache.path(of: source)
    guard let kind = PathKind(of: path) else {
      throw HostError("\(path): there is no such checkpoint folder or file")
    }
    if kind == .folder {
      let file = "\(path)/config.json"
      guard FileManager.default.fileExists(atPath: file) else {
        throw HostError(
          "\(path): is no Hugging Face checkpoint: it has no config.json; download it whole")
      }
      configuration = try JSONNode(contentsOf: file)
      weightFiles = try Self.weightFiles(inFolder: path)
    } else {
      configuration = nil
      weightFiles = [path]
    }
    var tensors: [String: Weight] = [:]
    for file in weightFiles {
      for (name, weight) in try Self.tensors(inFile: file) {
        guard tensors.updateValue(weight, forKey: name) == nil else {
          throw HostError("\(file): tensor `\(name)` is in another shard too; download it again")
        }
      }
    }
    self.tensors = tensors
  }

  /// A file's tensors; the name's ending tells torch.save's files from safetensors.
  private static func tensors(inFile file: String) throws -> [String: Weight] {
    [".bin", ".pt", ".pth"].contains(where: file.hasSuffix)
      ? try TorchFile(contentsOf: file).tensors : try SafetensorsFile(contentsOf: file).tensors
  }

  /// The path of a file beside the weights, if it is there.
  public func file(_ name: String) -> String? {
    let candidate = "\(path)/\(name)"
    return FileManager.default.fileExists(atPath: candidate) ? candidate : nil
  }

  /// What publishers ship, the safer and faster format first: one file, or shards that an index names.
  private static func weightFiles(inFolder folder: String) throws -> [String] {
    for name in ["model.safetensors", "pytorch_model.bin"] {
      let index = "\(folder)/\(name).index.json"
      if FileManager.default.fileExists(atPath: index) {
        return try shards(of: index, inFolder: folder)
      }
      let single = "\(folder)/\(name)"
      if FileManager.default.fileExists(atPath: single) { return [single] }
    }
    throw HostError(
      "\(folder): has neither model.safetensors nor pytorch_model.bin; download the weights")
  }

  private static func shards(of index: String, inFolder folder: String) throws -> [String] {
    let map = try JSONNode(contentsOf: index).required("weight_map")
    let shards = Set(try map.members().map { try $0.node.string() }).sorted()
    for shard in shards {
      guard !shard.contains("/"), FileManager.default.fileExists(atPath: "\(folder)/\(shard)")
      else {
        throw HostError("\(folder)/\(shard): is named by \(index) but missing; download it")
      }
    }
    return shards.map { "\(folder)/\($0)" }
  }
}

extension Checkpoint {
  /// A digest that tells this checkpoint's weights from any other's.
  ///
  /// Small checkpoints are hashed whole. Of larger ones, every header and 4 KiB from the start, middle
  /// and end of each tensor are, so that 16 GB need not be read to open them; the prefix says which.
  public static func fingerprint(of tensors: [Weight]) -> String {
    let total = tensors.reduce(0) { $0 + $1.byteCount }
    let isWhole = total <= 256 << 20
    var hash = SHA256()
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
      hash.update("\(tensor.name) \(tensor.type.rawValue) \(tensor.shape)\n")
      if isWhole {
        hash.update(tensor.bytes(0..<tensor.byteCount))
      } else {
        let piece = min(4096, tensor.byteCount)
        for start in [0, (tensor.byteCount - piece) / 2, tensor.byteCount - piece] {
          hash.update(tensor.bytes(start..<start + piece))
        }
      }
    }
    return (isWhole ? "sha256:" : "sampled-sha256:") + hash.finalize()
  }
}
