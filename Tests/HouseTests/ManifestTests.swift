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

  @Test func anImageThatIsNotThereIsNamed() {
    #expect(throws: HostError.self) { try ImageFiles.find("\(folder.path)/no.png") }
    #expect(throws: HostError.self) { try ImageFiles.find("\(folder.path)/*.png") }
    #expect(throws: HostError.self) { try ImageFiles.find(folder.path) }
  }
}
