package import LatentLensFormats

/// Finished runs side by side: their models, over the pictures and the texts that all of them have read.
package struct Comparison: Sendable {
  /// The models' names, made unique.
  package let models: [String]
  package let imageCount: Int
  package let textCount: Int
  private let results: JSONValue
  private let pictures: RecordedPictures
  private let folders: [String]
  private let title: String

  /// Reads the results of runs and keeps what they have in common.
  ///
  /// - Parameters:
  ///   - folders: each with a `results.json`.
  ///   - files: files of pictures that the runs' own reports do not hold.
  /// - Throws: `JSONError` for what is no result, `HostError` for runs without a common picture or text.
  package init(of folders: [String], pictures files: [String] = []) throws {
    let runs = try folders.map { try FinishedRun(in: $0) }
    let perRun = try runs.map { try $0.results.required("models").elements() }
    let models = perRun.flatMap(\.self)
    let sharedImages = try Self.shared("images", by: "sha256", among: models)
    let sharedTexts = try Self.shared("texts", by: "text", among: models)
    guard !sharedImages.isEmpty || !sharedTexts.isEmpty else {
      throw HostError(
        "\(folders.joined(separator: ", ")): have no picture and no text in common; compare runs over "
          + "the same images or texts")
    }
    var names: [String] = []
    var renamed = Array(repeating: [String: String](), count: runs.count)
    var pictures: [(node: JSONNode, folder: String)] = []
    var values: [JSONValue] = []
    for (run, model) in perRun.enumerated().flatMap({ run, models in models.map { (run, $0) } }) {
      guard case .object(var object) = model.value else { throw model.error("is no object") }
      let own = try model.required("name").string()
      let name = Self.unique(own, among: names)
      names.append(name)
      renamed[run][own] = name
      // A control stands behind its model, and follows it to its new name.
      if let of = try Self.controlled(model), let name = renamed[run][of],
        case .object(var control)? = object["control"]
      {
        control["of"] = .string(name)
        object["control"] = .object(control)
      }
      let images = try Self.members("images", by: "sha256", of: model, in: sharedImages)
      let texts = try Self.members("texts", by: "text", of: model, in: sharedTexts)
      pictures += images.map { ($0, folders[run]) }
      object["name"] = .string(name)
      object["images"] = .array(images.map(\.value))
      object["texts"] = .array(texts.map(\.value))
      values.append(.object(object))
    }
    self.models = names
    self.pictures = try RecordedPictures(pictures, named: files)
    self.folders = folders
    imageCount = sharedImages.count
    textCount = sharedTexts.count
    title = names.joined(separator: " and ")
    results = Results.document(
      run: ["name": .string(title), "runs": .array(folders.map(JSONValue.string))],
      models: values)
  }

  /// Writes `results.json` and `report.html`, both or neither.
  ///
  /// - Parameter policy: whether results of other work may be replaced.
  /// - Returns: the path of the report.
  @discardableResult
  package func write(
    to folder: String, policy: OutputPolicy = OutputPolicy()
  ) throws -> String {
    let output = try RunOutput(
      to: folder, .comparison(named: title), policy: policy.reading(folders))
    let text = results.text() + "\n"
    return try output.whileWritten {
      try output.write(
        title: title, pictures: pictures.paths, readPicture: pictures.bytes,
        writeResults: { try $0(text) })
      return output.reportPath
    }
  }

  /// What every model has read, by what identifies it, in the order of the first.
  private static func shared(
    _ kind: String, by key: String, among models: [JSONNode]
  ) throws -> [String] {
    let read = try models.map { model in
      try model.required(kind).elements().map { try $0.required(key).string() }
    }
    return (read.first ?? []).filter { one in read.allSatisfy { $0.contains(one) } }
  }

  private static func members(
    _ kind: String, by key: String, of model: JSONNode, in shared: [String]
  ) throws -> [JSONNode] {
    let read = try model.required(kind).elements()
    return try shared.compactMap { one in
      try read.first { try $0.required(key).string() == one }
    }
  }

  /// The name of the model that one is a control of; nil for a model that was asked for.
  private static func controlled(_ model: JSONNode) throws(JSONError) -> String? {
    guard let control = model["control"], control.value != .null else { return nil }
    return try control.required("of").string()
  }

  private static func unique(_ name: String, among names: [String]) -> String {
    guard names.contains(name) else { return name }
    return (2...).lazy.map { "\(name) \($0)" }.first { !names.contains($0) } ?? name
  }
}
