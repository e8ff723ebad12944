internal import Foundation
internal import LatentLensFormats

/// The pictures that a report holds, by the paths that its results know them by.
package struct ReportPictures: Sendable {
  private let stored: [String: JSONNode]

  /// Takes them out of a page; none of a file that is no report.
  package init(contentsOf path: String) {
    stored = (try? Self.pictures(in: path)) ?? [:]
  }

  private static func pictures(in path: String) throws -> [String: JSONNode]? {
    guard let page = FileManager.default.contents(atPath: path),
      let opening = page.range(of: Data("<script type=\"application/json\" id=\"pictures\">".utf8)),
      let closing = page.range(
        of: Data("</script>".utf8), in: opening.upperBound..<page.endIndex)
    else { return nil }
    let root = try JSONNode(
      parsing: [UInt8](page[opening.upperBound..<closing.lowerBound]), file: path)
    return Dictionary(try root.members().map { ($0.key, $0.node) }) { first, _ in first }
  }

  /// The bytes of a picture's file; nil where it is not in the report.
  package func bytes(of path: String) -> [UInt8]? {
    guard let text = try? stored[path]?.string(), let comma = text.firstIndex(of: ","),
      let data = Data(base64Encoded: String(text[text.index(after: comma)...]))
    else { return nil }
    return [UInt8](data)
  }
}
