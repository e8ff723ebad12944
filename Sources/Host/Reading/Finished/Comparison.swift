package import LatentLensFormats

/// Finished runs side by side: their models, over the pictures and the texts that all of them have read.
package struct Comparison {
  /// The names of the models that are shown, made unique.
  package let models: [String]
  package let imageCount: Int
  package let textCount: Int
  /// What speaks against comparing some of it, or was left out.
  package let warnings: [String]
  private let title: String
  /// What was compared, without its models.
  private let run: JSONValue
  /// All models that are laid side by side, and what is kept of their states.
  private let laid: [Laid]
  private let figures: Figures
  private let pictures: PictureShelf
  private let folders: [String]

  private struct Laid {
    let model: FinishedModel
    let sketch: StateSketch?
    /// Whether the report shows it.
    let isShown: Bool
  }

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
    let models = runs.flatMap(\.models)
    var pictures = try PictureShelf(named: files)
    for run in runs {
      for model in run.models { try pictures.add(model.images.map(\.node), of: run) }
    }
    let same = try SamePictures(models.map(\.images), &pictures)
    let sharedImages = try Self.shared(models.map { try $0.images.map(same.key) })
    let sharedTexts = try Self.shared(models.map { try $0.texts.map(Self.text) })
    guard !sharedImages.isEmpty || !sharedTexts.isEmpty else {
      throw HostError(
        "\(folders.joined(separator: ", ")): have no picture and no text in common; compare runs over "
          + "the same images or texts")
    }
    let kinds = controls.map { JSONValue.string($0.rawValue) }
    var names = ModelNames()
    var laid: [Laid] = []
    var shownPictures = try PictureShelf(named: files)
    var evaluations = JoinedEvaluations()
    var found: [JSONObject] = []
    var banks: [(name: String, index: String?, bank: Bank?)] = []
    for run in runs {
      names.beginRun()
      for (model, sketch) in zip(run.models, try run.sketches()) {
        let images = try Self.members(model.images, by: same.key, in: sharedImages)
        let texts = try Self.members(model.texts, by: Self.text, in: sharedTexts)
        try shownPictures.add(images.map(\.node), of: run)
        let named = model.with(try names.named(model.node), images: images, texts: texts)
        laid.append(
          Laid(
            model: named, sketch: same.moved(sketch),
            isShown: try model.node["control"].map {
              kinds.contains(try $0.required("kind").value)
            } ?? true))
        if model.node["control"] == nil {
          banks.append(
            (
              try named.node.required("name").string(),
              try model.node["provenance"]?["index"]?.string(), Bank(of: model, in: run)
            ))
        }
      }
      let numbers = try run.models.first.map { model in
        try model.images.map {
          sharedImages.firstIndex(of: try same.key($0))
        }
      }
      if let evaluation = try run.evaluation(in: run.folder) {
        evaluations.add(
          try names.named(evaluation: evaluation, pictures: numbers ?? []), of: run.folder)
      }
      if let own = try run.found(in: run.folder) {
        found += try names.named(found: own, pictures: numbers ?? [])
      }
    }
    warnings = Bank.warnings(banks) + evaluations.warnings
    let shown = laid.filter(\.isShown)
    self.models = try shown.map { try $0.model.node.required("name").string() }
    self.pictures = shownPictures
    self.folders = folders
    self.laid = laid
    imageCount = sharedImages.count
    textCount = sharedTexts.count
    title = Self.title(of: self.models)
    figures = try Figures(
      of: shown.map(\.model), sketches: shown.map(\.sketch),
      evaluation: evaluations.value.map(JSONValue.object), found: FoundWords(joining: found),
      warnings: warnings)
    run = [
      "name": .string(title), "runs": .array(folders.map(JSONValue.string)),
      "controls": .array(kinds),
    ]
  }

  /// Writes `results.json`, `comparison.json`, `report.html` and `sketch.safetensors`, and of many pictures a folder of
  /// parts; all or none.
  ///
  /// - Parameters:
  ///   - policy: whether results of other work may be replaced.
  ///   - partLimit: results whose readings would take more bytes are written in parts.
  /// - Returns: the path of the report.
  @discardableResult
  package func write(
    to folder: String, policy: OutputPolicy = OutputPolicy(), partLimit: Int? = nil
  ) throws -> String {
    let output = try RunOutput(
      to: folder, .comparison(named: title), policy: policy.reading(folders))
    return try output.whileWritten {
      let counted = PartFolder(in: folder, limit: partLimit ?? PartFolder.standardLimit)
      for sheet in laid.flatMap(\.model.images) { try sheet.count(in: counted) }
      let parts = counted.isNeeded ? counted : nil
      let written = try parts.map { parts in
        try laid.map { try $0.model.written(to: parts) }
      }
      func write(_ models: [Int], _ text: (String) throws -> Void) throws {
        let head = Results.head(run: run, parts: parts?.name).text()
        try text(String(head.dropLast(2)))
        for (number, model) in models.enumerated() {
          if number > 0 { try text(",") }
          try text((try written?[model] ?? laid[model].model.whole()).text())
        }
        try text("]}\n")
      }
      let page = RunOutput.Page(
        title: title, pictures: pictures, figures: figures,
        writeResults: { try write(laid.indices.filter { laid[$0].isShown }, $0) })
      try output.write(page, sketches: laid.map(\.sketch), parts: parts, isComparison: true) {
        try write(Array(laid.indices), $0)
      }
      return output.reportPath
    }
  }

  private static func title(of names: [String]) -> String {
    names.count > 3
      ? "\(names.count) models side by side" : names.joined(separator: " and ")
  }

  /// Every number that the report draws, as `comparison.json` has it.
  package func numbers() throws -> JSONNode {
    JSONNode(try figures.json(), file: RunOutput.comparison)
  }

  /// What identifies a text.
  private static func text(_ sheet: FinishedSheet) throws(JSONError) -> String {
    try sheet.node.required("text").string()
  }

  /// What every model has read, in the order of the first.
  private static func shared(_ read: [[String]]) -> [String] {
    let everywhere = read.dropFirst().map { Set($0) }
    return (read.first ?? []).filter { one in everywhere.allSatisfy { $0.contains(one) } }
  }

  private static func members(
    _ sheets: [FinishedSheet], by key: (FinishedSheet) throws -> String, in shared: [String]
  ) throws -> [FinishedSheet] {
    let known = Dictionary(
      try sheets.map { (try key($0), $0) }, uniquingKeysWith: { first, _ in first })
    return shared.compactMap { known[$0] }
  }
}
