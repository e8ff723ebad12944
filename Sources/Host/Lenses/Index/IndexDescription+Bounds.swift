internal import LatentLensFormats

extension IndexDescription {
  /// The quantities of an `index.json`, each of which some index could have.
  struct Bounds {
    let layers: [Int]
    let hiddenSize: Int
    let rows: Int
    let rules: IndexIdentity.BuildRules
    let files: [FileRecord]

    private static let most = Int(Int32.max)

    init(_ root: JSONNode) throws(JSONError) {
      let layersNode = try root.required("layers")
      let layers: [Int] = try layersNode.decode()
      guard !layers.isEmpty, layers.allSatisfy({ 0...1024 ~= $0 }),
        zip(layers, layers.dropFirst()).allSatisfy(<)
      else {
        throw layersNode.error(
          "has to name layers from 0 to 1024, each once and ascending; build the index again")
      }
      self.layers = layers
      hiddenSize = try Self.number(root.required("hidden_size"), 1...1 << 20)
      rows = try Self.number(root.required("rows"), 0...1 << 40)
      let rulesNode = try root.required("rules")
      rules = try rulesNode.decode()
      _ = try Self.number(rulesNode.required("first_position"), 0...Self.most)
      for key in ["max_contexts", "max_tokens"] {
        _ = try Self.number(rulesNode.required(key), 1...Self.most)
      }
      let filesNode = try root.required("files")
      files = try filesNode.decode()
      let missing = IndexDescription.fileNames(ofLayers: layers).first { name in
        files.count(where: { $0.name == name }) != 1
      }
      if let missing {
        throw filesNode.error("does not list `\(missing)` once; build the index again")
      }
    }

    private static func number(
      _ node: JSONNode, _ range: ClosedRange<Int>
    ) throws(JSONError) -> Int {
      let number = try node.integer()
      guard range ~= number else {
        throw node.error(
          "is \(number), but has to be between \(range.lowerBound) and \(range.upperBound)")
      }
      return number
    }
  }
}
