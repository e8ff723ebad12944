package import LatentLensFormats

/// Finished runs side by side: their models, over the pictures and the texts that all of them have read.
package struct Comparison: Sendable {
  /// The names of the models that are shown, made unique.
  package let models: [String]
  package let imageCount: Int
  package let textCount: Int
  private let title: String
  private let results: JSONValue
  /// What of the results is shown.
  private let shown: JSONValue
  private let figures: Figures
  private let pictures: PictureShelf
  private let folders: [String]
  private let sketches: [StateSketch?]

  /// Reads the results of runs and keeps what they have in common.
  ///
  /// - Parameters:
  ///   - folders: each with a `results.json`, and an `evaluation.json` where the run was evaluated.
  ///   - controls: those that are shown as models of their own.
  ///   - files: files of pictures that the runs' own reports do not hold.
  /// - Throws: `JSONError` for what is no result, `HostError` for runs without a common picture or text.
  package init(
    of folders: [String], showing controls: [Control] = [], pictures files: [String] = []
  ) throws {
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
    var names = ModelNames()
    var pictures = try PictureShelf(named: files)
    var laid: [(model: JSONNode, sketch: StateSketch?)] = []
    var evaluations: [JSONValue] = []
    for (run, own) in zip(runs, perRun) {
      names.beginRun()
      for (model, sketch) in zip(own, try run.sketches()) {
        let images = try Self.members("images", by: "sha256", of: model, in: sharedImages)
        let texts = try Self.members("texts", by: "text", of: model, in: sharedTexts)
        try pictures.add(images, of: run)
        var object = try names.named(model)
        object["images"] = .array(images.map(\.value))
        object["texts"] = .array(texts.map(\.value))
        laid.append((JSONNode(.object(object), file: run.path), sketch))
      }
      if let evaluation = try run.evaluation(in: run.folder) {
        evaluations.append(try names.named(evaluation: evaluation))
      }
    }
    let kinds = controls.map { JSONValue.string($0.rawValue) }
    let shown = try laid.filter { model, _ in
      try model["control"].map { kinds.contains(try $0.required("kind").value) } ?? true
    }
    self.models = try shown.map { try $0.model.required("name").string() }
    self.pictures = pictures
    self.folders = folders
    imageCount = sharedImages.count
    textCount = sharedTexts.count
    title = Self.title(of: self.models)
    figures = try Figures(
      of: shown.map(\.model), sketches: shown.map(\.sketch), evaluation: Self.joined(evaluations))
    let run: JSONValue = [
      "name": .string(title), "runs": .array(folders.map(JSONValue.string)),
      "controls": .array(kinds),
    ]
    results = Results.document(run: run, models: laid.map(\.model.value))
    sketches = laid.map(\.sketch)
    self.shown = Results.document(run: run, models: shown.map(\.model.value))
  }

  /// Writes `results.json`, `comparison.json`, `report.html` and `sketch.safetensors`, all or none.
  ///
  /// - Parameter policy: whether results of other work may be replaced.
  /// - Returns: the path of the report.
  @discardableResult
  package func write(
    to folder: String, policy: OutputPolicy = OutputPolicy()
  ) throws -> String {
    let output = try RunOutput(
      to: folder, .comparison(named: title), policy: policy.reading(folders))
    return try output.whileWritten {
      let page = RunOutput.Page(
        title: title, pictures: pictures, figures: figures,
        writeResults: { try $0(shown.text() + "\n") })
      try output.write(page, sketches: sketches, isComparison: true) {
        try $0(results.text() + "\n")
      }
      return output.reportPath
    }
  }

  private static func title(of names: [String]) -> String {
    names.count > 3
      ? "\(names.count) models side by side" : names.joined(separator: " and ")
  }

  /// Evaluations by the same rules, as one; nil where there is none. One by other rules than the first's says
  /// nothing beside it, and is left out.
  private static func joined(_ evaluations: [JSONValue]) throws -> JSONValue? {
    guard case .object(var all)? = evaluations.first else { return nil }
    let own = evaluations.compactMap { value -> JSONValue? in
      guard case .object(let object) = value, object["rules"] == all["rules"] else { return nil }
      return object["models"]
    }
    all["models"] = .array(
      own.flatMap { models -> [JSONValue] in
        if case .array(let models) = models { models } else { [] }
      })
    all["results_sha256"] = nil
    return .object(all)
  }

  /// Every number that the report draws, as `comparison.json` has it.
  package func numbers() throws -> JSONNode {
    JSONNode(try figures.json(), file: RunOutput.comparison)
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
}
