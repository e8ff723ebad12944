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

  /// The evaluation of these results that stands in a folder; nil where there is none, or one of others.
  package func evaluation(in folder: String) throws -> JSONNode? {
    let path = "\(folder)/\(RunOutput.evaluation)"
    guard PathKind(of: path) == .file else { return nil }
    let root = try JSONNode(contentsOf: path)
    return try root["results_sha256"]?.string() == SHA256.digest(ofFile: self.path) ? root : nil
  }

  /// What stands in it of images, for all models.
  private var images: [JSONNode] {
    get throws {
      try results.required("models").elements().flatMap { try $0.required("images").elements() }
    }
  }

  /// Writes `evaluation.json`, and the report anew with the evaluation in it; both or neither.
  ///
  /// - Parameters:
  ///   - folder: where to, which may be the run's own.
  ///   - pictures: files of pictures that the run's own report does not hold.
  /// - Returns: the path of the report.
  package func write(
    evaluation: JSONValue, to folder: String, pictures: [String] = []
  ) throws -> String {
    let title = try results.required("run").required("name").string()
    let pictures = try RecordedPictures(images.map { ($0, self.folder) }, named: pictures)
    let output = try RunOutput(to: folder, .evaluation(ofRunIn: self.folder))
    let text = try withoutControls().text()
    return try output.whileWritten {
      try output.write(
        evaluation: evaluation, title: title, pictures: pictures, writeShown: { try $0(text) })
      return output.reportPath
    }
  }

  /// What a report shows of the results.
  private func withoutControls() throws -> JSONValue {
    guard case .object(var object) = results.value else { return results.value }
    let models = try results.required("models").elements()
    object["models"] = .array(
      models.filter { ($0["control"]?.value ?? .null) == .null }.map(\.value))
    return .object(object)
  }
}
