import LatentLensFormats
import LatentLensLenses
import LatentLensModelHost
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Finished runs side by side.
@Suite struct ComparisonTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ name: String, images: [String]) throws -> String {
    let out = "\(folder.path)/\(name)"
    let manifest = RunManifest(
      name: name, models: ["\(Fixtures.demo)/model.json"],
      images: images.map { "\(Fixtures.demo)/images/\($0).jpg" }, prompt: nil, lenses: [.logit],
      layers: try LayerSelection("4"), topK: 1, index: nil, tokens: .visual, output: out)
    _ = try RunJob(manifest, output: nil, loader: Bench.loader).run()
    return out
  }

  @Test func modelsAreLaidOverTheSamePictures() throws {
    let runs = [
      try run("a", images: ["night", "coast", "winter"]),
      try run("b", images: ["winter", "night"]),
    ]
    let comparison = try Comparison(of: runs)
    #expect(comparison.models == ["demo", "demo 2"])
    #expect(comparison.imageCount == 2)
    try comparison.write(to: "\(folder.path)/both")
    let root = try JSONNode(contentsOf: "\(folder.path)/both/results.json")
    let names = try root.required("models").elements().map { model in
      try model.required("images").elements().map { try $0.required("name").string() }
    }
    #expect(names == [["night.jpg", "winter.jpg"], ["night.jpg", "winter.jpg"]])
  }

  @Test func runsWithoutACommonPictureAreRefused() throws {
    let runs = [try run("a", images: ["night"]), try run("b", images: ["winter"])]
    #expect(throws: HostError.self) { try Comparison(of: runs) }
  }

  @Test func whatIsNoRunIsNamed() throws {
    _ = try folder.write("{\"schema\": \"other\", \"version\": 1}", to: "results.json")
    #expect(throws: JSONError.self) { try Comparison(of: [folder.path, folder.path]) }
    #expect(throws: JSONError.self) { try Comparison(of: ["\(folder.path)/no"]) }
  }
}
