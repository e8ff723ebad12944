internal import Foundation
internal import Glibc
internal import LatentLensFormats
internal import LatentLensSession

/// The parts of results that are being written: of none, as long as all readings fit into one file.
///
/// What is read of pictures is kept in memory until it would fill a file of `limit` bytes; what comes then is written
/// at once, so that a run needs no more memory for a thousand pictures than for some.
final class PartFolder {
  /// Results whose readings would take more bytes than this are written in parts.
  static let standardLimit = 64_000_000

  /// About what a neighbour takes in `results.json`.
  static let bytesPerNeighbor = 17

  /// How the names of such folders begin.
  static let stem = "parts"

  /// Whether this is the name of one that has its own.
  static func isName(_ name: String) -> Bool {
    name.wholeMatch(of: #/parts-[0-9a-f]{12}/#) != nil
  }

  private let output: String
  private let limit: Int
  private var heldBytes = 0
  private var folder: Partial?
  private var parts: [Part] = []

  /// - Parameter output: the folder of the results.
  init(in output: String, limit: Int) {
    self.output = output
    self.limit = limit
  }

  /// Whether results are more than one file holds.
  var isNeeded: Bool { heldBytes > limit }

  /// Takes note of readings that will have to be written, whether they are kept or not.
  func count(_ readings: [Reading]) {
    count(neighbors: readings.reduce(0) { $0 + $1.count })
  }

  func count(neighbors: Int) { heldBytes += neighbors * Self.bytesPerNeighbor }

  /// Takes note of attention that will have to be written with them, by what it takes in `results.json`.
  func count(attentionBytes: Int) { heldBytes += attentionBytes }

  /// Takes note of a part of other results.
  func count(_ part: Part) {
    // A neighbour takes 8 bytes there, and what it is takes about as much.
    heldBytes += part.byteCount
  }

  /// Writes what was read of one picture.
  ///
  /// - Parameters:
  ///   - tokens: the member `tokens` of the picture.
  ///   - table: what readings name, among more.
  ///   - attention: how its tokens attend; nil where nobody has asked.
  func write(
    _ readings: [Reading], of table: EntryTable, tokens: JSONValue, attention: AttentionMaps?
  ) throws -> Part {
    let own = try table.cut(to: readings)
    let part = try Part.write(
      own.readings, of: own.table, tokens: tokens, attention: attention,
      named: "\(parts.count).safetensors", in: path())
    parts.append(part)
    return part
  }

  /// Takes over a part of other results: the same file by another name, or a copy.
  func adopt(_ part: Part, from folder: String) throws -> Part {
    let own = try path()
    let taken = Part(part, named: "\(parts.count).safetensors")
    let (from, to) = (try part.path(in: folder), "\(own)/\(taken.name)")
    // The system takes paths as C strings, which live for the duration of the call. Parts are never written to
    // again, so that two folders may share one.
    if unsafe linkat(AT_FDCWD, from, AT_FDCWD, to, 0) != 0 {
      do {
        try FileManager.default.copyItem(atPath: from, toPath: to)
      } catch {
        throw FileError(path: from, reason: "cannot be copied to \(output); is it there?")
      }
    }
    parts.append(taken)
    return taken
  }

  /// Writes a picture under its digest.
  func write(picture: Data, digest: String) throws {
    let file = try AtomicFile(path: "\(path())/\(digest)")
    try file.write(picture)
    try file.commit()
  }

  /// Where parts are while they are written.
  func path() throws -> String {
    if let folder { return folder.path }
    let made = try Partial(.folder, for: "\(output)/\(Self.stem)")
    folder = made
    return made.path
  }

  /// Where the parts that were written are; nil where there are none.
  var writtenPath: String? { folder?.path }

  /// The name that the folder will have; nil where there is none.
  ///
  /// It is that of its content: results always name the parts that they were written with, whatever ends the
  /// program in between.
  var name: String? {
    guard folder != nil else { return nil }
    return "\(Self.stem)-" + SHA256.digest(of: parts.map(\.digest).joined()).prefix(12)
  }

  /// Gives the folder its name.
  func place() throws {
    guard let folder, let name else { return }
    let target = "\(output)/\(name)"
    try folder.place(at: target, exchanging: PathKind(of: target) == .folder)
  }
}
