import Foundation
import LatentLensFormats
import LatentLensTestSupport
import Testing

/// The flag that asks for attention, and the key of manifests.
@Suite struct AttentionCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func results(_ arguments: [String]) throws -> JSONNode {
    let out = "\(folder.path)/\(UUID().uuidString)"
    let outcome = try Tool.run(arguments + ["--out", out, "--quiet"])
    #expect(outcome.status == 0, "\(outcome.complaint)")
    return try JSONNode(contentsOf: "\(out)/results.json")
  }

  private func manifest(_ attention: String) throws -> String {
    try folder.write(
      """
      {"name": "x", "models": ["\(Fixtures.demo)/model.json"], "texts": ["a red boat"],
       "lenses": ["logit"], "layers": "0,2"\(attention)}
      """, to: "run.json")
  }

  @Test func whoAsksIsTold() throws {
    let asked: [[String]] = [
      ["run", try manifest(""), "--attention"],
      [
        "interpret", "--model", "\(Fixtures.demo)/model.json", "--text", "a red boat", "--lens",
        "logit", "--layers", "0,2", "--attention",
      ],
    ]
    for arguments in asked {
      let model = try #require(results(arguments).required("models").elements().first)
      #expect(model["attention"]?.value == [2])
    }
    for (key, told) in [("", nil), (", \"attention\": true", [2])] as [(String, JSONValue?)] {
      let model = try #require(
        results(["run", manifest(key)]).required("models").elements().first)
      #expect(model["attention"]?.value == told)
    }
  }

  @Test func layersWithoutABlockAreRefusedInOneLine() throws {
    let outcome = try Tool.run([
      "interpret", "--model", "\(Fixtures.demo)/model.json", "--text", "a red boat", "--lens",
      "logit", "--layers", "0,norm", "--attention", "--out", "\(folder.path)/none",
    ])
    #expect(outcome.status == 1 && outcome.complaint.contains("choose a layer from 1 on"))
    #expect(PathKind(of: "\(folder.path)/none") == nil)
  }
}
