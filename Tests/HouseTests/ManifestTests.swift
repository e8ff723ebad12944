import Foundation
import LatentLensFormats
import LatentLensIndexing
import LatentLensModels
import LatentLensReading
import LatentLensTestSupport
import Testing

@Suite struct ManifestTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func pathsAreRelativeToTheManifest() throws {
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/images", withIntermediateDirectories: true)
    for name in ["b.png", "a.jpg", "note.txt", "c.PNG"] {
      try Data().write(to: URL(fileURLWithPath: "\(folder.path)/images/\(name)"))
    }
    let path = try folder.write(
      """
      {"name": "x", "models": ["m.json", "/abs/m.json", "hf:a/b"],
       "images": ["images", "images/*.png"], "lenses": ["logit"], "out": "results"}
      """, to: "run.json")
    let run = try Request(contentsOf: path)
    #expect(run.models == ["\(folder.path)/m.json", "/abs/m.json", "hf:a/b"])
    #expect(
      run.images.map { $0.dropFirst(folder.path.count) }
        == ["/images/a.jpg", "/images/b.png", "/images/c.PNG", "/images/b.png"])
    #expect(run.output == "\(folder.path)/results")
    #expect(run.topK == 5 && run.layers == .all && run.tokens == .visual)
  }

  @Test func theLatentLensNeedsAnIndex() throws {
    let path = try folder.write(
      "{\"name\": \"x\", \"models\": [\"m\"], \"images\": [\"\(Fixtures.demo)/images\"]}",
      to: "run.json")
    #expect(throws: JSONError.self) { try Request(contentsOf: path) }
  }

  @Test(arguments: [
    (1, [Int]()), (2, [1]), (6, [1, 2, 4, 5]), (12, [1, 2, 4, 8, 10, 11]),
    (28, [1, 2, 4, 8, 16, 24, 26, 27]), (32, [1, 2, 4, 8, 16, 24, 30, 31]),
  ])
  func contextualLayersAreThoseOfThePaper(_ blocks: Int, _ expected: [Int]) throws {
    #expect(try IndexOptions().contextualLayers(blockCount: blocks) == expected)
  }

  @Test(arguments: [
    ("[-2]", "`layers` does not name the last block"), ("[2]", "`layers` does not name"),
    ("[9]", "feature layer 9 is not there"),
  ])
  func aFinalNormNeedsTheLastBlock(_ layers: String, _ words: String) throws {
    let path = try folder.write(
      """
      {"name": "x", "decoder": {"weights": "\(Fixtures.path("parity/llama-gqa"))"},
       "encoder": {"weights": "\(Fixtures.path("parity/clip-published"))",
         "layers": \(layers), "final_norm": true},
       "connector": {"adapter": "pixel-shuffle", "configuration": {"scale_factor": 2},
         "weights": "\(Fixtures.path("parity/pixel-shuffle-normed"))/connector.safetensors",
         "combination": "replace", "placeholder": 150}}
      """, to: "model.json")
    let error = #expect(throws: (any Error).self) { try Bench.loader.load(path) }
    #expect(error.map { "\($0)" }?.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func anImageThatIsNotThereIsNamed() {
    #expect(throws: HostError.self) { try ImageFiles.find("\(folder.path)/no.png") }
    #expect(throws: HostError.self) { try ImageFiles.find("\(folder.path)/*.png") }
    #expect(throws: HostError.self) { try ImageFiles.find(folder.path) }
  }
}
