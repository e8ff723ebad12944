package import LatentLensFormats
internal import LatentLensTensors

/// What `index.json` says of an index.
package struct IndexDescription: Sendable, Equatable {
  package let modelName: String
  package let identity: IndexIdentity
  /// What part of the index this is; nil for a whole one.
  package let part: IndexPart?
  package let hiddenSize: Int
  package let rows: Int
  /// Every other file, with its size and checksum.
  package let files: [FileRecord]

  /// A file of the index.
  package struct FileRecord: Sendable, Equatable, Decodable {
    package let name: String
    package let bytes: Int
    package let sha256: String

    package init(name: String, bytes: Int, sha256: String) {
      self.name = name
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  static let format = "latentlens.index"
  static let version = 4
  package static let fileName = "index.json"

  package static func fileName(ofLayer layer: Int) -> String {
    "layer-\(layer < 10 ? "0" : "")\(layer).safetensors"
  }

  package init(
    modelName: String, identity: IndexIdentity, part: IndexPart? = nil, hiddenSize: Int, rows: Int,
    files: [FileRecord] = []
  ) {
    self.modelName = modelName
    self.identity = identity
    self.part = part
    self.hiddenSize = hiddenSize
    self.rows = rows
    self.files = files
  }

  /// Reads `index.json`.
  package init(contentsOf path: String) throws(JSONError) {
    let root = try JSONNode(contentsOf: path)
    guard try root.required("format").string() == Self.format else {
      throw try root.required("format").error("is not the format of a LatentLens index")
    }
    let version = try root.required("version")
    guard try version.integer() == Self.version else {
      throw version.error(
        "is \(try version.integer()), but this program reads version \(Self.version), which also "
          + "holds what the rows of each layer have in common; build it again")
    }
    let model = try root.required("model")
    modelName = try model.required("name").string()
    let bounds = try Bounds(root)
    let type = try root.required("dtype")
    guard let elementType = Encoding(indexName: try type.string()) else {
      throw type.error("is not one of \(Encoding.indexNames.joined(separator: ", "))")
    }
    identity = IndexIdentity(
      maker: .init(
        weights: try model.required("fingerprint").string(),
        configuration: try model.required("configuration").string(),
        tokenizer: try model.required("tokenizer").string(),
        arithmetic: try model.required("arithmetic").string()),
      corpus: try root.required("corpus").required("sha256").string(),
      layers: bounds.layers, elementType: elementType, rules: bounds.rules)
    part = try root["part"].map(Self.part)
    (hiddenSize, rows, files) = (bounds.hiddenSize, bounds.rows, bounds.files)
  }

  private static func part(_ node: JSONNode) throws(JSONError) -> IndexPart {
    let (number, count) = (
      try node.required("number").integer(), try node.required("count").integer()
    )
    guard let part = IndexPart(number, of: count) else {
      throw node.error("is part \(number) of \(count)")
    }
    return part
  }

  /// The names of the other files of an index of some layers.
  static func fileNames(ofLayers layers: [Int]) -> [String] {
    layers.map(fileName(ofLayer:)) + [IndexEntries.fileName, CommonPartsFile.fileName]
  }

  /// The description as it is written to `index.json`.
  package var json: JSONValue {
    let (maker, rules) = (identity.maker, identity.rules)
    var members: [(String, JSONValue)] = [
      ("format", .string(Self.format)),
      ("version", .integer(Int64(Self.version))),
      (
        "model",
        [
          "name": .string(modelName), "fingerprint": .string(maker.weights),
          "configuration": .string(maker.configuration), "tokenizer": .string(maker.tokenizer),
          "arithmetic": .string(maker.arithmetic),
        ]
      ),
      ("hidden_size", .integer(Int64(hiddenSize))),
      ("layers", .array(identity.layers.map { .integer(Int64($0)) })),
      ("dtype", .string(identity.elementType.indexName)),
      ("rows", .integer(Int64(rows))),
      (
        "rules",
        [
          "keep": .string(rules.keep.rawValue),
          "first_position": .integer(Int64(rules.firstPosition)),
          "max_contexts": .integer(Int64(rules.maxContexts)),
          "max_tokens": .integer(Int64(rules.maxTokens)),
        ]
      ),
      ("corpus", ["sha256": .string(identity.corpus)]),
    ]
    if let part {
      members.append(
        (
          "part",
          ["number": .integer(Int64(part.number)), "count": .integer(Int64(part.count))]
        ))
    }
    members.append(
      (
        "files",
        .array(
          files.map { file in
            [
              "name": .string(file.name), "bytes": .integer(Int64(file.bytes)),
              "sha256": .string(file.sha256),
            ]
          })
      ))
    return .object(JSONObject(members))
  }

  /// The same with other files.
  package func with(files: [FileRecord]) -> IndexDescription {
    IndexDescription(
      modelName: modelName, identity: identity, part: part, hiddenSize: hiddenSize, rows: rows,
      files: files)
  }
}
