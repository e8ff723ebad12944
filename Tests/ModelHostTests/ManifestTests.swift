import Foundation
import LatentLensModelHost
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
    let run = try RunManifest(contentsOf: path)
    #expect(run.models == ["\(folder.path)/m.json", "/abs/m.json", "hf:a/b"])
    #expect(
      run.images.map { $0.dropFirst(folder.path.count) }
        == ["/images/a.jpg", "/images/b.png", "/images/c.PNG", "/images/b.png"])
    #expect(run.output == "\(folder.path)/results")
    #expect(run.topK == 5 && run.layers == .all && run.tokens == .visual)
  }

  @Test func theLatentLensNeedsAnIndex() throws {
    let path = try folder.write(
      "{\"name\": \"x\", \"models\": [\"m\"], \"images\": []}", to: "run.json")
    #expect(throws: (any Error).self) { try RunManifest(contentsOf: path) }
  }

  @Test(arguments: [
    ("all", "connector 0 1 2 3"), ("0,2", "0 2"), ("1-3", "1 2 3"), ("-1", "3"),
    ("norm,connector,0", "connector 0 norm"), (" 2 , 2 ", "2"),
  ])
  func layersAreChosenInOrderAndOnce(_ text: String, _ expected: String) throws {
    let layers = try LayerSelection(text).layers(blockCount: 3, hasConnector: true)
    #expect(layers.map(\.name).joined(separator: " ") == expected)
  }

  @Test(arguments: ["", "x", "4", "-5", "3-1", "1,,2"])
  func impossibleLayersAreErrors(_ text: String) {
    #expect(throws: HostError.self) {
      try LayerSelection(text).layers(blockCount: 3, hasConnector: true)
    }
  }

  @Test func theConnectorIsNoLayerWhereThereIsNone() {
    #expect(throws: HostError.self) {
      try LayerSelection("connector").layers(blockCount: 3, hasConnector: false)
    }
  }

  @Test(arguments: [
    (1, [Int]()), (2, [1]), (6, [1, 2, 4, 5]), (12, [1, 2, 4, 8, 10, 11]),
    (28, [1, 2, 4, 8, 16, 24, 26, 27]), (32, [1, 2, 4, 8, 16, 24, 30, 31]),
  ])
  func contextualLayersAreThoseOfThePaper(_ blocks: Int, _ expected: [Int]) {
    #expect(IndexBuild.defaultLayers(blockCount: blocks) == expected)
  }

  @Test func anImageThatIsNotThereIsNamed() {
    #expect(throws: HostError.self) { try ImageFiles.find("\(folder.path)/no.png") }
    #expect(throws: HostError.self) { try ImageFiles.find("\(folder.path)/*.png") }
    #expect(throws: HostError.self) { try ImageFiles.find(folder.path) }
  }
}
