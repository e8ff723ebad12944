internal import Foundation
internal import LatentLensFormats

extension RunOutput {
  /// What is written to a folder, which tells what of an earlier time it may replace.
  enum Work {
    /// Results of a run; of the same name is the same run.
    case run(named: String)
    case comparison(named: String)
    case evaluation(ofRunIn: String)

    /// Makes sure that what stands in a folder may be replaced.
    func requireRoom(in folder: String, _ policy: OutputPolicy) throws(FileError) {
      let results = "\(folder)/\(RunOutput.results)"
      let node = FileNode(folder)
      if case .evaluation(let run) = self {
        guard node != FileNode(run) else { return }
        guard FileNode(results) == nil else {
          throw FileError(path: results, reason: "is of another run; choose another folder")
        }
      } else if policy.inputs.contains(where: { FileNode($0) == node }) {
        throw FileError(path: folder, reason: "is read itself; choose another folder to write to")
      }
      let names = FileNode(results) == nil ? RunOutput.besides : [RunOutput.results]
      for name in names {
        let path = "\(folder)/\(name)"
        try policy.admit(.file, at: path) { maker(ofFile: path) }
      }
      for name in RunOutput.besides
      where PathKind(of: "\(folder)/\(name)") == .folder {
        throw FileError(
          path: "\(folder)/\(name)",
          reason: "is a folder, where a file is to be written; remove it")
      }
    }

    /// Who made a file, by how it begins.
    private func maker(ofFile path: String) -> OutputPolicy.Maker {
      guard let handle = FileHandle(forReadingAtPath: path),
        let start = try? handle.read(upToCount: 1 << 16)
      else { return .somebodyElse }
      let text = String(decoding: start, as: UTF8.self)
      if text.hasPrefix("{\"schema\":\"\(Results.schema)\",") {
        return own.map { text.contains($0) } == true ? .thisWork : .program
      }
      let marks = [
        " · LatentLens</title>", "\"latentlens.evaluation\"", "\"latentlens.comparison\"",
        "\"latentlens.find\"",
      ]
      return marks.contains(where: text.contains) ? .thisWork : .somebodyElse
    }

    /// What results of this very work have in their first lines.
    private var own: String? {
      switch self {
      case .run(let name): "\"run\":{\"name\":\(JSONValue.string(name).text()),\"models\":"
      case .comparison(let name): "\"run\":{\"name\":\(JSONValue.string(name).text()),\"runs\":"
      case .evaluation: nil
      }
    }
  }
}
