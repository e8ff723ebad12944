internal import LatentLensFormats

/// Finished runs side by side: their models, over the pictures that all of them have seen.
package struct Comparison: Sendable {
  /// The models' names, made unique.
  package let models: [String]
  package let imageCount: Int
  private let results: JSONValue
  private let pictures: Set<String>
  private let title: String

  /// Reads the results of runs and keeps what they have in common.
  ///
  /// - Parameter folders: each with a `results.json`.
  /// - Throws: `JSONError` for what is no result, `HostError` for runs without a common picture.
  package init(of folders: [String]) throws {
    let runs = try folders.map { try FinishedRun(in: $0) }
    let models = try runs.flatMap { try $0.results.required("models").elements() }
    let shared = try Self.sharedDigests(models)
    guard !shared.isEmpty else {
      throw HostError(
        "\(folders.joined(separator: ", ")): have no picture in common; compare runs over the same "
          + "images")
    }
    var names: [String] = []
    var pictures: Set<String> = []
    var values: [JSONValue] = []
    for model in models {
      guard case .object(var object) = model.value else { throw model.error("is no object") }
      let name = try Self.unique(model.required("name").string(), among: names)
      names.append(name)
      let images = try Self.images(of: model, in: shared)
      pictures.formUnion(try images.map { try $0.required("path").string() })
      object["name"] = .string(name)
      object["images"] = .array(images.map(\.value))
      values.append(.object(object))
    }
    self.models = names
    self.pictures = pictures
    imageCount = shared.count
    title = names.joined(separator: " and ")
    results = Results.document(
      run: ["name": .string(title), "runs": .array(folders.map(JSONValue.string))],
      models: values)
  }

  /// Writes `results.json` and `report.html`, both or neither.
  ///
  /// - Returns: the path of the report.
  @discardableResult
  package func write(to folder: String) throws -> String {
    let output = try RunOutput(to: folder)
    let text = results.text() + "\n"
    return try output.whileWritten {
      try output.write(title: title, pictures: pictures, writeResults: { try $0(text) })
      return output.reportPath
    }
  }

  /// The digests of the pictures that every model has seen, in the order of the first.
  private static func sharedDigests(_ models: [JSONNode]) throws -> [String] {
    let seen = try models.map { model in
      try model.required("images").elements().map { try $0.required("sha256").string() }
    }
    return (seen.first ?? []).filter { digest in seen.allSatisfy { $0.contains(digest) } }
  }

  private static func images(of model: JSONNode, in digests: [String]) throws -> [JSONNode] {
    let images = try model.required("images").elements()
    return try digests.compactMap { digest in
      try images.first { try $0.required("sha256").string() == digest }
    }
  }

  private static func unique(_ name: String, among names: [String]) -> String {
    guard names.contains(name) else { return name }
    return (2...).lazy.map { "\(name) \($0)" }.first { !names.contains($0) } ?? name
  }
}
