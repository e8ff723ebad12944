package import Foundation
package import LatentLensFormats

/// The report: one self-contained page that holds the results, the pictures, and everything to look at
/// them with.
package struct Report {
  private let title: String
  private let pictures: [String]
  private let picture: (String) throws -> Data
  private let figures: JSONValue
  private let writeResults: ((String) throws -> Void) throws -> Void

  /// - Parameters:
  ///   - pictures: the SHA-256 of the pictures that the results speak of.
  ///   - picture: the bytes of the file of one.
  ///   - figures: every number that is drawn, as `comparison.json` has it; of these results.
  ///   - writeResults: writes `results.json`, in pieces.
  package init(
    title: String, pictures: Set<String>, picture: @escaping (String) throws -> Data,
    figures: JSONValue, writeResults: @escaping ((String) throws -> Void) throws -> Void
  ) {
    self.title = title
    self.pictures = pictures.sorted()
    self.picture = picture
    self.figures = figures
    self.writeResults = writeResults
  }

  /// Writes the page into a file, which is not committed here; nothing in it asks for the network.
  ///
  /// - Throws: what `picture` throws, `FileError` where nothing can be written.
  package func write(to file: AtomicFile) throws {
    for piece in Self.pieces {
      switch piece {
      case .text(let text): try file.write(text)
      case .style: try file.write(ReportPage.style)
      case .script: try file.write(ReportPage.script)
      case .title: try file.write(Self.escaped(title))
      case .results:
        try writeResults { try file.write(Self.withoutTags($0)) }
      case .pictures: try writePictures(to: file)
      case .figures: try file.write(Self.withoutTags(figures.text()))
      }
    }
  }

  private enum Piece: Sendable {
    case text(String)
    case style, script, title, results, pictures, figures
  }

  private static let marks: [(mark: String, piece: Piece)] = [
    ("/*{{style}}*/", .style), ("/*{{script}}*/", .script), ("{{title}}", .title),
    ("{{results}}", .results), ("{{pictures}}", .pictures), ("{{figures}}", .figures),
  ]

  /// The page's skeleton, cut at its marks.
  private static var pieces: [Piece] {
    var pieces: [Piece] = []
    var rest = ReportPage.skeleton[...]
    while let (range, piece) =
      marks
      .compactMap({ mark in rest.range(of: mark.mark).map { ($0, mark.piece) } })
      .min(by: { $0.0.lowerBound < $1.0.lowerBound })
    {
      pieces.append(.text(String(rest[..<range.lowerBound])))
      pieces.append(piece)
      rest = rest[range.upperBound...]
    }
    return pieces + [.text(String(rest))]
  }

  /// Each picture once, by its digest, as the bytes of its file.
  private func writePictures(to file: AtomicFile) throws {
    try file.write("{")
    for (number, digest) in pictures.enumerated() {
      let data = try picture(digest)
      let key = Self.withoutTags(JSONValue.string(digest).text())
      try file.write("\(number == 0 ? "" : ",\n")\(key):\"data:\(Self.mediaType(data));base64,")
      try file.write(data.base64EncodedString() + "\"")
    }
    try file.write("}")
  }

  /// The pictures that travel with a report, by their digests; none where there is no report that holds any.
  package static func pictures(inFile path: String) -> [String: Data] {
    guard let page = FileManager.default.contents(atPath: path),
      let start = page.range(of: Data(picturesStart.utf8))?.upperBound,
      let end = page.range(of: Data("</script>".utf8), in: start..<page.endIndex)?.lowerBound,
      let members = try? JSONNode(parsing: [UInt8](page[start..<end]), file: path).members()
    else { return [:] }
    let found = members.compactMap { digest, node -> (String, Data)? in
      guard let address = try? node.string(), let comma = address.firstIndex(of: ","),
        let data = Data(base64Encoded: String(address[address.index(after: comma)...]))
      else { return nil }
      return (digest, data)
    }
    return Dictionary(found, uniquingKeysWith: { first, _ in first })
  }

  /// What stands before the pictures in a page.
  private static let picturesStart = "<script type=\"application/json\" id=\"pictures\">"

  private static func mediaType(_ data: Data) -> String {
    switch data.first {
    case 0x89: "image/png"
    case 0xFF: "image/jpeg"
    default: "image/webp"
    }
  }

  private static func escaped(_ text: String) -> String {
    replacing(["&": "&amp;", "<": "&lt;"], in: text)
  }

  /// JSON in which no text can close the element that holds it.
  private static func withoutTags(_ json: String) -> String {
    replacing(["<": "\\u003c"], in: json)
  }

  /// Replaces code points: as a `Character`, `<` would hide in a cluster with what stands before it.
  private static func replacing(_ table: [Unicode.Scalar: String], in text: String) -> String {
    guard text.unicodeScalars.contains(where: { table[$0] != nil }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if let substitute = table[scalar] {
        result.append(contentsOf: substitute.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
