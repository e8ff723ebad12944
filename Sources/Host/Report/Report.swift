internal import Foundation
package import LatentLensFormats

/// The report: one self-contained page that holds the results, the pictures, and everything to look at
/// them with.
package struct Report {
  private let title: String
  private let pictures: Set<String>
  private let readPicture: (String) throws -> [UInt8]
  private let evaluation: JSONValue?
  private let writeResults: ((String) throws -> Void) throws -> Void

  /// - Parameters:
  ///   - pictures: the paths of the pictures that the results speak of.
  ///   - readPicture: gives the bytes of a picture's file, by its path.
  ///   - evaluation: how often the readings are right, as `evaluation.json` has it; of these results.
  ///   - writeResults: writes `results.json`, in pieces.
  package init(
    title: String, pictures: Set<String>, readPicture: @escaping (String) throws -> [UInt8],
    evaluation: JSONValue? = nil,
    writeResults: @escaping ((String) throws -> Void) throws -> Void
  ) {
    self.title = title
    self.pictures = pictures
    self.readPicture = readPicture
    self.evaluation = evaluation
    self.writeResults = writeResults
  }

  /// Writes the page into a file, which is not committed here; nothing in it asks for the network.
  ///
  /// - Throws: what `readPicture` throws, `FileError` where nothing can be written.
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
      case .evaluation: try file.write(Self.withoutTags((evaluation ?? .null).text()))
      }
    }
  }

  private enum Piece: Sendable {
    case text(String)
    case style, script, title, results, pictures, evaluation
  }

  private static let marks: [(mark: String, piece: Piece)] = [
    ("/*{{style}}*/", .style), ("/*{{script}}*/", .script), ("{{title}}", .title),
    ("{{results}}", .results), ("{{pictures}}", .pictures), ("{{evaluation}}", .evaluation),
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

  /// Each picture once, by its path, as the bytes of its file.
  private func writePictures(to file: AtomicFile) throws {
    let paths = pictures.sorted()
    try file.write("{")
    for (number, path) in paths.enumerated() {
      let data = Data(try readPicture(path))
      let key = Self.withoutTags(JSONValue.string(path).text())
      let type = Self.mediaType(data)
      try file.write("\(number == 0 ? "" : ",\n")\(key):\"data:\(type);base64,")
      try file.write(data.base64EncodedString() + "\"")
    }
    try file.write("}")
  }

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
