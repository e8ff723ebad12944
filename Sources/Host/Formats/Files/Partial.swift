internal import CLatentLensFiles
internal import Foundation
internal import Glibc

/// A file or a folder that is not whole yet, beside the name that it will have.
///
/// Its own name is random, so that no two writers meet, and it is locked as long as its writer lives: what is
/// found without a lock was left by one that has died, and the next writer to the same name removes it.
package final class Partial {
  package let path: String
  let descriptor: Int32
  private var isPlaced = false

  private static let infix = ".partial-"

  /// Makes a file or a folder; removes what writers to the same name have left that have died.
  ///
  /// - Throws: `FileError` where nothing can be made beside the final name.
  package init(_ kind: PathKind, for target: String) throws(FileError) {
    var target = target
    while target.count > 1, target.hasSuffix("/") { target.removeLast() }
    Self.sweep(target)
    while true {
      let digits = String(UInt64.random(in: .min ... .max), radix: 16)
      let path = target + Self.infix + String(repeating: "0", count: 16 - digits.count) + digits
      // The system takes paths as C strings, which live for the duration of each call.
      let descriptor =
        switch kind {
        case .file: unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        case .folder:
          unsafe mkdir(path, 0o755) == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1
        case .other: preconditionFailure("\(target): only files and folders are written")
        }
      guard descriptor >= 0 else {
        let failure = errno
        if failure == EEXIST { continue }
        if kind == .folder { OutputFolder.removeIfEmpty(path) }
        throw FileError(path: target, reason: "cannot be written: \(systemReason(failure))")
      }
      // Whoever sweeps may have come between.
      if FileLock.isHeld(descriptor), FileNode(descriptor: descriptor) == FileNode(path) {
        self.path = path
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit {
    if !isPlaced { Self.remove(path) }
    close(descriptor)
  }

  /// Gives it its final name.
  ///
  /// - Parameter exchanging: whether a folder that is there takes the partial one's place, and goes with it.
  /// - Throws: `FileError` where it cannot have the name; it is still partial then.
  package func place(at target: String, exchanging: Bool = false) throws(FileError) {
    try Self.rename(path, to: target, exchanging: exchanging)
    if exchanging { Self.remove(path) }
    isPlaced = true
  }

  /// Renames a file or folder in one step; a folder that is there changes places with it if that is wanted.
  package static func rename(
    _ path: String, to target: String, exchanging: Bool = false
  ) throws(FileError) {
    let done =
      exchanging
      ? unsafe renameat2(AT_FDCWD, path, AT_FDCWD, target, UInt32(LL_RENAME_EXCHANGE))
      : unsafe Glibc.rename(path, target)
    guard done == 0 else {
      throw FileError(path: target, reason: "cannot be written: \(systemReason())")
    }
  }

  /// Removes what writers to a name have left that have died.
  package static func sweep(_ target: String) {
    let folder = target.parent
    let start = Array((String(target.dropFirst(target.nameOffset)) + infix).utf8)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let bytes = Array(name.utf8)
      guard bytes.starts(with: start), bytes.count == start.count + 16 else { continue }
      let path = "\(folder)/\(name)"
      let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0,
        FileNode(descriptor: descriptor) == FileNode(path)
      {
        remove(path)
      }
      close(descriptor)
    }
  }

  private static func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
  }
}

extension String {
  /// Where the last part of a path begins.
  fileprivate var nameOffset: Int {
    lastIndex(of: "/").map { distance(from: startIndex, to: $0) + 1 } ?? 0
  }

  /// The folder that the last part of a path stands in.
  fileprivate var parent: String { nameOffset == 0 ? "." : String(prefix(nameOffset)) }
}
