internal import LatentLensComponents
package import LatentLensFormats

/// What somebody's run has left: a folder with `results.json`.
package struct FinishedRun: Sendable {
  package let folder: String
  /// The path of `results.json`.
  package let path: String
  /// What stands in it.
  package let results: JSONNode
  /// The folder that pictures' readings stand in; nil where they stand in the results.
  let partFolder: String?
  package let models: [FinishedModel]

  /// - Throws: `JSONError` for what is no result, or that of another version.
  package init(in folder: String) throws(JSONError) {
    self.folder = folder
    path = "\(folder)/\(RunOutput.results)"
    results = try JSONNode(contentsOf: path)
    guard try results.required("schema").string() == Results.schema else {
      throw results.error("is no result of LatentLens")
    }
    let version = try results.required("version")
    guard [Results.version, Results.partedVersion].contains(try version.integer()) else {
      throw version.error(
        "is \(try version.integer()), but this program writes and reads versions "
          + "\(Results.version) and \(Results.partedVersion); run it again")
    }
    let parts = results["parts"]
    guard Part.isName(try parts?.string() ?? PartFolder.stem) else {
      throw results.error("names a folder of parts that leads elsewhere")
    }
    partFolder =
      if let parts { "\(folder)/\(try parts.string())" } else { nil }
    var models: [FinishedModel] = []
    let nodes = try results.required("models")
    for node in try nodes.elements() {
      models.append(try FinishedModel(node, parts: partFolder))
    }
    guard !models.isEmpty else { throw nodes.error("names none; nothing was read") }
    self.models = models
  }

  /// The evaluation of these results that stands in a folder; nil where there is none, or one of others.
  ///
  /// - Throws: `JSONError` for an `evaluation.json` that is none.
  package func evaluation(in folder: String) throws -> JSONNode? {
    let path = "\(folder)/\(RunOutput.evaluation)"
    guard PathKind(of: path) == .file else { return nil }
    let root = try JSONNode(contentsOf: path)
    return try root["results_sha256"]?.string() == SHA256.digest(ofFile: self.path) ? root : nil
  }

  /// What was found of words in these results, as it stands in a folder; nil where there is nothing, or it is of
  /// others.
  ///
  /// - Throws: `JSONError` for a `found.json` that is none.
  func found(in folder: String) throws -> JSONNode? {
    let path = "\(folder)/\(RunOutput.found)"
    guard PathKind(of: path) == .file else { return nil }
    let root = try JSONNode(contentsOf: path)
    return try root["results_sha256"]?.string() == SHA256.digest(ofFile: self.path) ? root : nil
  }

  /// What speaks against comparing the models of these results, where they are laid side by side.
  private func warnings() throws -> [String] {
    let path = "\(folder)/\(RunOutput.comparison)"
    guard results["run"]?["runs"] != nil, PathKind(of: path) == .file else { return [] }
    return try JSONNode(contentsOf: path)["warnings"]?.elements().map { try $0.string() } ?? []
  }

  /// What is kept of the states of each of the results' models; nil for one of which nothing was.
  ///
  /// - Throws: `SafetensorsError` and `FileError` for a `sketch.safetensors` that is none.
  func sketches() throws -> [StateSketch?] {
    let file = "\(folder)/\(RunOutput.sketch)"
    guard PathKind(of: file) == .file else { return models.map { _ in nil } }
    return try SketchFile.read(
      file, layers: models.map { try $0.node.required("layers").elements().map { try Stage($0) } })
  }

  /// Every number that its report draws, as `comparison.json` has it.
  ///
  /// - Throws: `JSONError` for results or an evaluation that are none.
  package func figures() throws -> JSONNode {
    let shown = try shownModels()
    let figures = try Figures(
      of: shown.map(\.model), sketches: shown.map(\.sketch),
      evaluation: evaluation(in: folder)?.value,
      found: FoundWords(found(in: folder)?.value ?? .null), warnings: warnings())
    return JSONNode(try figures.json(), file: path)
  }

  /// Writes `evaluation.json`, and the report anew with the evaluation in it; both or neither.
  ///
  /// - Parameters:
  ///   - folder: where to, which may be the run's own.
  ///   - files: files of pictures that the run's own report does not hold.
  /// - Returns: the path of the report.
  package func write(
    evaluation: JSONValue, to folder: String, pictures files: [String] = []
  ) throws -> String {
    try write(RunOutput.evaluation, to: folder, pictures: files) {
      (evaluation, evaluation, try found(in: folder)?.value)
    }
  }

  /// Writes `found.json`, with what stands there already of other words, and the report anew with it in it; both
  /// or neither.
  ///
  /// - Parameter found: as `latentlens find --json` tells it.
  /// - Returns: the path of the report.
  package func write(found: JSONValue) throws -> String {
    try write(RunOutput.found, to: folder, pictures: []) {
      let all = FoundWords.adding(try self.found(in: folder), to: found)
      return (all, try evaluation(in: folder)?.value, all)
    }
  }

  /// - Parameter contents: the document of that name, and what the report shows of evaluations and words. Asked for when
  ///   nobody else can write there any more: nothing is lost of what another command has added just before.
  private func write(
    _ name: String, to folder: String, pictures files: [String],
    _ contents: () throws -> (document: JSONValue, evaluation: JSONValue?, found: JSONValue?)
  ) throws -> String {
    let run = try results.required("run")
    guard partFolder == nil || FileNode(folder) == FileNode(self.folder) else {
      throw FileError(
        path: self.folder,
        reason:
          "has its readings in parts, which a report elsewhere would not find; leave --out away")
    }
    let output = try RunOutput(to: folder, .evaluation(ofRunIn: self.folder))
    return try output.whileWritten {
      let (document, evaluation, found) = try contents()
      let shown = try shownModels()
      let models = shown.map(\.model)
      var pictures = try PictureShelf(named: files)
      if partFolder == nil {
        for model in models { try pictures.add(model.images.map(\.node), of: self) }
      }
      let page = RunOutput.Page(
        title: try run.required("name").string(), pictures: pictures,
        figures: try Figures(
          of: models, sketches: shown.map(\.sketch), evaluation: evaluation,
          found: FoundWords(found ?? .null), warnings: warnings()),
        writeResults: { try $0(self.document(of: models.map(\.node)).text()) })
      try output.write(document, named: name, page, isComparison: run["runs"] != nil)
      return output.reportPath
    }
  }

  /// The models that a report shows: those that were asked for, and of runs side by side the controls that are
  /// shown as models.
  private func shownModels() throws -> [(model: FinishedModel, sketch: StateSketch?)] {
    let run = try results.required("run")
    let shown = run["runs"] == nil ? [] : try run["controls"]?.elements().map(\.value) ?? []
    return try zip(models, sketches()).filter { model, _ in
      guard let control = model.node["control"] else { return true }
      return shown.contains(try control.required("kind").value)
    }.map { (model: $0, sketch: $1) }
  }

  /// These results, of some of the models.
  private func document(of models: [JSONNode]) -> JSONValue {
    guard case .object(var object) = results.value else { return results.value }
    object["models"] = .array(models.map(\.value))
    return .object(object)
  }
}
