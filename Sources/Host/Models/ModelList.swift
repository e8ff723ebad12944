internal import Foundation
package import LatentLensComponents
package import LatentLensFormats

/// The adapters that are compiled in, what each accepts, and the model manifests of a folder.
package struct ModelList: Sendable {
  private let registry: Registry
  private let manifests: [(path: String, summary: String)]

  package init(registry: Registry, manifestsIn folder: String) {
    self.registry = registry
    let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    manifests = files.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
      let path = "\(folder)/\(name)"
      guard let manifest = try? ModelManifest(contentsOf: path) else { return nil }
      return (path, manifest.name)
    }
  }

  private var rows: [(family: String, kind: String, architectures: [String])] {
    registry.families.flatMap { family in
      family.adapters.map { (family.name, $0.kind, $0.architectures) }
    }
  }

  /// The list for people.
  package var table: String {
    var table = TextTable(["family", "kind", "accepts"])
    for row in rows {
      table.add([row.family, row.kind, row.architectures.joined(separator: ", ")])
    }
    var text = table.text
    if !manifests.isEmpty {
      var found = TextTable(["manifest", "model"])
      for manifest in manifests { found.add([manifest.path, manifest.summary]) }
      text += "\n\n" + found.text
    }
    return text
  }

  package var json: JSONValue {
    [
      "adapters": .array(
        rows.map { row in
          [
            "family": .string(row.family), "kind": .string(row.kind),
            "accepts": .array(row.architectures.map(JSONValue.string)),
          ]
        }),
      "manifests": .array(
        manifests.map { ["path": .string($0.path), "name": .string($0.summary)] }),
    ]
  }
}
