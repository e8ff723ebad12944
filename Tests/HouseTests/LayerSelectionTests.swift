import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import Testing

@Suite struct LayerSelectionTests {
  @Test(arguments: [
    ("all", "connector 0 1 2 3"), ("0,2", "0 2"), ("1-3", "1 2 3"), ("-1", "3"),
    ("norm,connector,0", "connector 0 norm"), (" 2 , 2 ", "2"), ("-2,0", "0 2"),
    ("0--2", "0 1 2"), ("-3--1", "1 2 3"), ("-1--1", "3"),
  ])
  func layersAreChosenInOrderAndOnce(_ text: String, _ expected: String) throws {
    let stages = try LayerSelection(text).stages(blockCount: 3, hasConnector: true)
    #expect(stages.map(\.layerName).joined(separator: " ") == expected)
  }

  @Test(arguments: ["", "x", "4", "-5", "3-1", "1,,2", "-1-0", "0-", "-", "0--5", "1-2-3"])
  func impossibleLayersAreErrors(_ text: String) {
    #expect(throws: HostError.self) {
      try LayerSelection(text).stages(blockCount: 3, hasConnector: true)
    }
  }

  @Test func theConnectorIsNoLayerWhereThereIsNone() {
    #expect(throws: HostError.self) {
      try LayerSelection("connector").stages(blockCount: 3, hasConnector: false)
    }
  }

  @Test(arguments: [("[0, -1]", "0 3"), ("[\"1-2\", \"norm\"]", "1 2 norm"), ("2", "2")])
  func manifestsMayListThem(_ json: String, _ expected: String) throws {
    let node = try JSONNode(parsing: Array(json.utf8), file: "test")
    let stages = try node.decode(LayerSelection.self).stages(blockCount: 3, hasConnector: true)
    #expect(stages.map(\.layerName).joined(separator: " ") == expected)
  }
}
