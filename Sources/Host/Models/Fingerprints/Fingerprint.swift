internal import LatentLensFormats
package import LatentLensTensors
internal import Synchronization

/// A digest of tensors, whole: it changes with any bit of any of them.
///
/// It covers their names, types, shapes and bytes, and nothing of the files that they lie in. It is
/// computed when it is first asked for, since that reads all bytes; what was computed for a large file is
/// kept in the user's cache for as long as the file stays as it is.
package final class Fingerprint: Sendable {
  private let tensors: [Weight]
  private let digests: TensorDigests
  private let known = Mutex<String?>(nil)

  /// - Parameter tensors: in any order.
  package init(of tensors: [Weight], digests: TensorDigests) {
    self.tensors = tensors
    self.digests = digests
  }

  /// The digest, as `sha256-tree:…`.
  package func value() -> String {
    known.withLock { known in
      if let known { return known }
      let value = compute()
      known = value
      return value
    }
  }

  /// Whether another is of the same tensors in the same files, which is known without reading them.
  package func isOfTheSame(as other: Fingerprint) -> Bool {
    func places(_ tensors: [Weight]) -> [String] {
      tensors.map { "\($0.file.path) \($0.name)" }.sorted()
    }
    return places(tensors) == places(other.tensors)
  }

  private func compute() -> String {
    let lines = zip(tensors, digests.digests(of: tensors)).map { tensor, digest in
      "\(tensor.name) \(tensor.encoding.name) \(tensor.shape) \(digest)\n"
    }
    return "sha256-tree:" + SHA256.digest(of: lines.sorted().joined())
  }
}
