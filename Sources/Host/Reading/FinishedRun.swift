package import LatentLensFormats

/// What somebody's run has left: a folder with `results.json`.
package struct FinishedRun: Sendable {
  package let folder: String
  /// The path of `results.json`.
  package let path: String
  /// What stands in it.
  package let results: JSONNode

  /// - Throws: `JSONError` for what is no result, or that of another version.
  package init(in folder: String) throws(JSONError) {
    self.folder = folder
    path = "\(folder)/\(RunOutput.results)"
    results = try JSONNode(contentsOf: path)
    guard try results.required("schema").string() == Results.schema else {
      throw results.error("is no result of LatentLens")
    }
    let version = try results.required("version")
    guard try version.integer() == Results.version else {
      throw version.error(
        "is \(try version.integer()), but this program writes and reads version "
          + "\(Results.version); run it again")
    }
  }

  /// How often the readings are right, where they were evaluated since they were made.
  ///
  /// - Throws: `JSONError` for an `evaluation.json` that is none.
  func evaluation() throws -> JSONNode? {
    let file = "\(folder)/\(RunOutput.evaluation)"
    guard PathKind(of: file) == .file else { return nil }
    let evaluation = try JSONNode(contentsOf: file)
    let digest = try evaluation.required("results_sha256").string()
    return digest == (try SHA256.digest(ofFile: path)) ? evaluation : nil
  }

  /// Writes `evaluation.json`, and the report anew with the evaluation in it; both or neither.
  ///
  /// - Parameter folder: where to, which may be the run's own.
  /// - Returns: the path of the report.
  package func write(evaluation: JSONValue, to folder: String) throws -> String {
    let run = try results.required("run")
    let models = try shownModels()
    var pictures = PictureShelf()
    for model in models { try pictures.add(model.required("images").elements(), of: self) }
    let page = RunOutput.Page(
      title: try run.required("name").string(), pictures: pictures,
      figures: try Figures(of: models, evaluation: evaluation),
      writeResults: { try $0(document(of: models).text()) })
    let output = try RunOutput(to: folder)
    return try output.whileWritten {
      try output.write(evaluation: evaluation, page, isComparison: run["runs"] != nil)
      return output.reportPath
    }
  }

  /// The models that a report shows: those that were asked for, and of runs side by side the controls that are
  /// shown as models.
  private func shownModels() throws -> [JSONNode] {
    let run = try results.required("run")
    let shown = run["runs"] == nil ? [] : try run["controls"]?.elements().map(\.value) ?? []
    return try results.required("models").elements().filter { model in
      guard let control = model["control"] else { return true }
      return shown.contains(try control.required("kind").value)
    }
  }

  /// These results, of some of the models.
  private func document(of models: [JSONNode]) -> JSONValue {
    guard case .object(var object) = results.value else { return results.value }
    object["models"] = .array(models.map(\.value))
    return .object(object)
  }
}
