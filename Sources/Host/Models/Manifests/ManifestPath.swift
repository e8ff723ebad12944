internal import Foundation
package import LatentLensFormats

/// Paths in manifests: relative to the manifest, with `${VAR}` expanded.
package enum ManifestPath {
  /// Resolves a path that stands at a place in a manifest.
  package static func resolve(_ node: JSONNode) throws -> String {
    let expanded = try expand(node)
    if expanded.hasPrefix("hf:") || expanded.hasPrefix("/") { return expanded }
    if expanded.hasPrefix("~/") { return NSHomeDirectory() + expanded.dropFirst() }
    let folder = (node.file as NSString).deletingLastPathComponent
    let joined = folder.isEmpty ? expanded : "\(folder)/\(expanded)"
    return (joined as NSString).standardizingPath
  }

  /// Replaces each `${VAR}` by the environment's value; an unset variable is an error.
  private static func expand(_ node: JSONNode) throws -> String {
    let text = try node.string()
    var result = ""
    var rest = text[...]
    while let start = rest.range(of: "${") {
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
        throw node.error("has a `${` without its `}`")
      }
      let name = String(rest[start.upperBound..<end])
      guard let value = ProcessInfo.processInfo.environment[name] else {
        throw node.error("uses ${\(name)}, which is not set; set it, or write the path out")
      }
      result += rest[..<start.lowerBound] + value
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
