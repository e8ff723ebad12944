internal import Foundation
internal import LatentLensFormats

/// The folder beside an index' final name in which it is built: what is done of it outlives whoever builds,
/// so that the next one goes on from there.
///
/// It holds the index to be, a note of how far it is, a lock, which the system takes away from a builder that
/// dies, and parts that several processes build at once. Nothing of it is left once the index has its name.
final class BuildFolder {
  /// Where the index is built.
  let index: String
  /// How many steps of the work are done, and on the disk.
  private(set) var done: Int

  private let path: String
  private let work: String
  private let folder: OutputFolder
  private let lock: FileLock
  private var isFinished = false

  private static let lockName = "lock"

  private static func path(for index: String) -> String { "\(index).building" }
  private var note: String { "\(path)/\(Note.name)" }

  /// Where parts are built that several processes build of an index at once.
  static func parts(of index: String) -> String { "\(path(for: index))/parts" }

  /// Whether there is something of a part.
  private var hasParts: Bool {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "\(path)/parts")
    return names?.isEmpty == false
  }

  /// Opens what an earlier build of the same has left, or begins a new one.
  ///
  /// - Parameters:
  ///   - target: the final name of the index.
  ///   - work: stands for all that decides what is built.
  /// - Throws: `IndexError` where somebody else builds it now, or something else was begun there; `FileError`
  ///   where there can be no such folder.
  init(for target: String, work: String) throws {
    path = Self.path(for: target)
    index = "\(path)/index"
    self.work = work
    do throws(FileError) {
      folder = try OutputFolder(path)
    } catch {
      throw FileError(path: target, reason: error.reason)
    }
    guard let lock = try FileLock("\(path)/\(Self.lockName)") else {
      throw IndexError(
        "\(target): is being built by another process; wait for it, or choose another folder")
    }
    self.lock = lock
    done = 0
    let before = try Note(in: path)
    if let before, before.work == work {
      done = before.done
    } else if let before, before.done > 0 || hasParts {
      throw IndexError(
        "\(target): something else was begun there; remove \(path), or choose another folder")
    } else {
      // Of what else was begun nothing was done.
      try? FileManager.default.removeItem(atPath: index)
      try record(0)
    }
    try FileManager.default.createDirectory(atPath: index, withIntermediateDirectories: true)
  }

  /// What is noted of a build: what it builds, and how far it is.
  private struct Note {
    static let name = "progress.json"
    let work: String
    let done: Int

    /// Nil where nothing was noted yet.
    init?(in folder: String) throws {
      let path = "\(folder)/\(Self.name)"
      guard PathKind(of: path) == .file else { return nil }
      let root = try JSONNode(contentsOf: path)
      work = try root.required("work").string()
      done = max(0, try root.required("done").integer())
    }
  }

  deinit {
    // A build that fails before anything of it is done leaves nothing to go on with.
    guard !isFinished, done == 0, !hasParts else { return }
    clear()
  }

  /// Notes that so many steps are done.
  func record(_ count: Int) throws(FileError) {
    let file = try AtomicFile(path: note)
    try file.write(
      (["work": .string(work), "done": .integer(Int64(count))] as JSONValue).text() + "\n")
    try file.commit()
    done = count
  }

  /// Gives the index its name, and leaves nothing beside it.
  ///
  /// - Parameter replacing: whether another index stands there that goes.
  /// - Throws: `IndexError` where something stands there by now.
  func finish(as target: String, replacing: Bool) throws(IndexError) {
    do {
      try Partial.rename(index, to: target, exchanging: replacing)
    } catch {
      throw .taken(target)
    }
    isFinished = true
    clear()
  }

  /// Removes what a build has left that died after it had given the index its name.
  static func sweep(after target: String, work: String) {
    let path = path(for: target)
    guard PathKind(of: path) == .folder, let lock = try? FileLock("\(path)/\(lockName)") else {
      return
    }
    withExtendedLifetime(lock) {
      let isOfThis = (try? Note(in: path)?.work) ?? work == work
      guard isOfThis || PathKind(of: "\(path)/index") == nil else { return }
      clear(path)
    }
  }

  /// Removes everything: all of it was written here.
  private func clear() {
    Self.clear(path)
    // The folders above are those of the finished index.
    if !isFinished { folder.discard() }
  }

  /// The lock goes last: with it, another builder may begin there.
  private static func clear(_ path: String) {
    let listed = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    // By name, too: where no more files may be open, a folder cannot be listed.
    for name in listed + [Note.name] where name != lockName {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
    try? FileManager.default.removeItem(atPath: "\(path)/\(lockName)")
    OutputFolder.removeIfEmpty(path)
  }
}

extension IndexError {
  package static func taken(_ path: String) -> IndexError {
    IndexError("\(path): exists already; choose another folder or remove it first")
  }
}
