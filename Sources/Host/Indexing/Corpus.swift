internal import Foundation
internal import LatentLensFormats
internal import LatentLensModels

/// The sentences that an index is built from.
package struct Corpus: Sendable {
  package let path: String
  package let sentences: [String]
  /// The SHA-256 of the file.
  package let digest: String

  /// Reads a corpus by the reference's rules: the first column of a `.csv`, else a sentence per line.
  ///
  /// Lines are trimmed and empty ones dropped. In a `.csv`, the first row is a header if its first
  /// cell begins with one of `text`, `sentence`, `caption`, `id` or `index`.
  package init(contentsOf path: String) throws {
    self.path = path
    guard PathKind(of: path) == .file, let data = FileManager.default.contents(atPath: path) else {
      throw HostError("\(path): there is no such corpus file, or it may not be read")
    }
    if let offset = firstByteBesideUTF8([UInt8](data)) {
      throw HostError("\(path): is not UTF-8 at byte \(offset); convert it, for example with iconv")
    }
    let text = String(decoding: data, as: UTF8.self)
    let lines =
      path.hasSuffix(".csv")
      ? Self.firstColumn(CSV.rows(text))
      : text.split(whereSeparator: \.isNewline).map { String($0).trimmed }
    sentences = lines.filter { !$0.isEmpty }
    guard !sentences.isEmpty else { throw HostError("\(path): holds no sentence") }
    var hash = SHA256()
    hash.update([UInt8](data))
    digest = hash.finalize()
  }

  private static func firstColumn(_ rows: [[String]]) -> [String] {
    let cells = rows.compactMap { $0.first?.trimmed }
    guard let first = cells.first?.lowercased() else { return [] }
    let isHeader = ["text", "sentence", "caption", "id", "index"].contains { first.hasPrefix($0) }
    return isHeader ? Array(cells.dropFirst()) : cells
  }
}

/// Comma-separated values (RFC 4180): quoted cells may hold commas, line ends and doubled quotes.
enum CSV {
  static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell = ""
    var isQuoted = false
    var characters = text.makeIterator()
    var next = characters.next()
    func isEnd(_ character: Character) -> Bool { character.isNewline }
    while let character = next {
      next = characters.next()
      if isQuoted {
        if character != "\"" {
          cell.append(character)
        } else if next == "\"" {
          cell.append("\"")
          next = characters.next()
        } else {
          isQuoted = false
        }
      } else if character == "\"", cell.isEmpty {
        isQuoted = true
      } else if character == "," {
        row.append(cell)
        cell = ""
      } else if isEnd(character) {
        if !row.isEmpty || !cell.isEmpty { rows.append(row + [cell]) }
        (row, cell) = ([], "")
      } else {
        cell.append(character)
      }
    }
    if !row.isEmpty || !cell.isEmpty { rows.append(row + [cell]) }
    return rows
  }
}
