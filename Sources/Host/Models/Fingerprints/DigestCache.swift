internal import Foundation
internal import LatentLensFormats

/// Digests of tensors in weight files, kept in the user's cache: never beside the files.
///
/// There is a small file for each weight file, found by its absolute path. What it holds counts as long
/// as the weight file has the same size, time of change and inode. It may be deleted at any time; where
/// it cannot be written, nothing is kept.
package struct DigestCache: Sendable {
  private let folder: String?

  /// - Parameter folder: nil is `latentlens/digests` in the user's folder of caches.
  package init(folder: String? = nil) {
    self.folder = folder ?? CacheFolder.path.map { "\($0)/latentlens/digests" }
  }

  /// The digests that are kept for a file in this state, by the tensors' names.
  package func digests(of file: String, as identity: FileIdentity) -> [String: String] {
    guard let path = path(for: file), PathKind(of: path) == .file,
      let root = try? JSONNode(contentsOf: path), let kept = try? root.decode(Entry.self),
      kept.size == identity.size, kept.modified == identity.modified,
      kept.inode == identity.inode
    else { return [:] }
    return kept.tensors
  }

  /// Keeps digests, if that is possible.
  package func keep(_ digests: [String: String], of file: String, as identity: FileIdentity) {
    guard let folder, let path = path(for: file) else { return }
    let tensors = digests.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
    let entry: JSONValue = [
      "file": .string(Self.absolute(file)), "size": .integer(Int64(identity.size)),
      "modified_ns": .integer(Int64(identity.modified)),
      "inode": .string(String(identity.inode)), "tensors": .object(JSONObject(tensors)),
    ]
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard let output = try? AtomicFile(path: path) else { return }
    // A cache that cannot be written is no reason to stop.
    try? output.write(entry.text(indented: true))
    try? output.commit()
  }

  private struct Entry: Decodable {
    let size: Int
    let modified: Int
    let inode: UInt64
    let tensors: [String: String]

    enum CodingKeys: String, CodingKey {
      case size, inode, tensors
      case modified = "modified_ns"
    }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      size = try keys.decode(Int.self, forKey: .size)
      modified = try keys.decode(Int.self, forKey: .modified)
      inode = UInt64(try keys.decode(String.self, forKey: .inode)) ?? 0
      tensors = try keys.decode([String: String].self, forKey: .tensors)
    }
  }

  private func path(for file: String) -> String? {
    folder.map { "\($0)/\(SHA256.digest(of: Self.absolute(file))).json" }
  }

  /// The path without links, so that all ways to a file find the same entry.
  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }
}
