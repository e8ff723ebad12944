internal import LatentLensFormats
package import LatentLensKernels
internal import LatentLensTensors
internal import Synchronization

/// The digests of tensors' bytes, each computed once: SHA-256 of the SHA-256 of pieces of 16 MiB, which
/// are hashed on all threads.
package final class TensorDigests: Sendable {
  /// Digests of fewer bytes are not kept in files: they take no time.
  private let leastKept: Int
  private let compute: Compute
  private let cache: DigestCache
  /// The state of each weight file before it was mapped.
  private let files: [String: FileIdentity]
  private let known = Mutex<[Place: String]>([:])

  private static let pieceSize = 16 << 20

  private struct Place: Hashable {
    let file: String
    let name: String
  }

  private struct Piece {
    let tensor: Int
    let bytes: Range<Int>
  }

  package init(
    files: [String: FileIdentity], compute: Compute, cache: DigestCache = DigestCache(),
    leastKept: Int = 64 << 20
  ) {
    self.files = files
    self.compute = compute
    self.cache = cache
    self.leastKept = leastKept
  }

  /// The digest of each tensor, in hexadecimal.
  func digests(of tensors: [Weight]) -> [String] {
    let places = tensors.map { Place(file: $0.file.path, name: $0.name) }
    var digests = known.withLock { known in places.map { known[$0] } }
    for (file, members) in Dictionary(grouping: tensors.indices, by: { places[$0].file }) {
      let kept = files[file].map { cache.digests(of: file, as: $0) } ?? [:]
      for index in members where digests[index] == nil {
        digests[index] = kept[tensors[index].name]
      }
      let missing = members.filter { digests[$0] == nil }
      for (index, digest) in zip(missing, hash(missing.map { tensors[$0] })) {
        digests[index] = digest
      }
      let size = missing.reduce(0) { $0 + tensors[$1].byteCount }
      if size >= leastKept, let identity = files[file] {
        let found = missing.map { (tensors[$0].name, digests[$0] ?? "") }
        cache.keep(kept.merging(found) { $1 }, of: file, as: identity)
      }
    }
    let all = digests.map { $0 ?? "" }
    known.withLock { known in
      for (place, digest) in zip(places, all) where !place.file.isEmpty { known[place] = digest }
    }
    return all
  }

  private func hash(_ tensors: [Weight]) -> [String] {
    let pieces = tensors.indices.flatMap { index in
      stride(from: 0, to: tensors[index].byteCount, by: Self.pieceSize).map { first in
        let last = min(first + Self.pieceSize, tensors[index].byteCount)
        return Piece(tensor: index, bytes: first..<last)
      }
    }
    // Each worker gathers the digests of its pieces; their order is restored afterwards.
    let found = unsafe compute.parallel(pieces.count, scratch: 0, from: [(Int, String)]()) {
      index, _, own in
      own.append((index, Self.digest(pieces[index].bytes, of: tensors[pieces[index].tensor])))
    }
    var parts = Array(repeating: "", count: tensors.count)
    for (index, digest) in found.joined().sorted(by: { $0.0 < $1.0 }) {
      parts[pieces[index].tensor] += digest
    }
    return parts.map { SHA256.digest(of: $0) }
  }

  /// The digest of some bytes, which are read where they are mapped.
  private static func digest(_ range: Range<Int>, of tensor: Weight) -> String {
    unsafe tensor.file.withBytes { bytes in
      var hash = SHA256()
      let range = tensor.offset + range.lowerBound..<tensor.offset + range.upperBound
      unsafe hash.update(UnsafeRawBufferPointer(rebasing: bytes[range]))
      return hash.finalize()
    }
  }
}
