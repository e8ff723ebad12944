public import LatentLensFormats
public import LatentLensTensors

/// What `index.json` says of an index.
public struct IndexDescription: Sendable, Equatable {
  /// The rules by which rows were chosen.
  public struct BuildRules: Sendable, Equatable, Decodable {
    /// Positions of each sentence that are skipped from its start.
    public let firstPosition: Int
    /// The most rows that share one token text.
    public let maxContexts: Int
    /// Sentences are cut after this many tokens.
    public let maxTokens: Int

    public init(firstPosition: Int = 2, maxContexts: Int = 50, maxTokens: Int = 512) {
      self.firstPosition = firstPosition
      self.maxContexts = maxContexts
      self.maxTokens = maxTokens
    }

    enum CodingKeys: String, CodingKey {
      case firstPosition = "first_position"
      case maxContexts = "max_contexts"
      case maxTokens = "max_tokens"
    }
  }

  public let modelName: String
  /// The fingerprint of the decoder that made the states.
  public let modelFingerprint: String
  public let hiddenSize: Int
  /// Contextual layers, ascending.
  public let layers: [Int]
  public let elementType: ElementType
  public let rows: Int
  public let rules: BuildRules
  /// The SHA-256 of the corpus file.
  public let corpusDigest: String
  /// Every other file, with its size and checksum.
  public let files: [FileRecord]

  /// A file of the index.
  public struct FileRecord: Sendable, Equatable, Decodable {
    public let name: String
    public let bytes: Int
    public let sha256: String

    public init(name: String, bytes: Int, sha256: String) {
      self.name = name
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  static let format = "latentlens.index"
  static let version = 1
  public static let fileName = "index.json"

  public static func fileName(ofLayer layer: Int) -> String {
    "layer-\(layer < 10 ? "0" : "")\(layer).safetensors"
  }

  public init(
    modelName: String, modelFingerprint: String, hiddenSize: Int, layers: [Int],
    elementType: ElementType, rows: Int, rules: BuildRules, corpusDigest: String,
    files: [FileRecord] = []
  ) {
    self.modelName = modelName
    self.modelFingerprint = modelFingerprint
    self.hiddenSize = hiddenSize
    self.layers = layers.sorted()
    self.elementType = elementType
    self.rows = rows
    self.rules = rules
    self.corpusDigest = corpusDigest
    self.files = files
  }

  /// Reads `index.json`.
  public init(contentsOf path: String) throws(JSONError) {
    let root = try JSONNode(contentsOf: path)
    guard try root.required("format").string() == Self.format else {
      throw try root.required("format").error("is not the format of a LatentLens index")
    }
    guard try root.required("version").integer() == Self.version else {
      throw try root.required("version").error(
        "is a version that this program does not know; build the index again")
    }
    let model = try root.required("model")
    modelName = try model.required("name").string()
    modelFingerprint = try model.required("fingerprint").string()
    hiddenSize = try root.required("hidden_size").decode()
    layers = try root.required("layers").decode([Int].self)
    let type = try root.required("dtype")
    guard let elementType = ElementType(indexName: try type.string()) else {
      throw type.error("is not one of f32, f16, bf16, i8")
    }
    self.elementType = elementType
    rows = try root.required("rows").decode()
    rules = try root.required("rules").decode()
    corpusDigest = try root.required("corpus").required("sha256").string()
    files = try root.required("files").decode()
  }

  /// The description as it is written to `index.json`.
  public var json: JSONValue {
    [
      "format": .string(Self.format),
      "version": .integer(Int64(Self.version)),
      "model": ["name": .string(modelName), "fingerprint": .string(modelFingerprint)],
      "hidden_size": .integer(Int64(hiddenSize)),
      "layers": .array(layers.map { .integer(Int64($0)) }),
      "dtype": .string(elementType.indexName),
      "rows": .integer(Int64(rows)),
      "rules": [
        "first_position": .integer(Int64(rules.firstPosition)),
        "max_contexts": .integer(Int64(rules.maxContexts)),
        "max_tokens": .integer(Int64(rules.maxTokens)),
      ],
      "corpus": ["sha256": .string(corpusDigest)],
      "files": .array(
        files.map { file in
          [
            "name": .string(file.name), "bytes": .integer(Int64(file.bytes)),
            "sha256": .string(file.sha256),
          ]
        }),
    ]
  }

  func with(files: [FileRecord]) -> IndexDescription {
    IndexDescription(
      modelName: modelName, modelFingerprint: modelFingerprint, hiddenSize: hiddenSize,
      layers: layers, elementType: elementType, rows: rows, rules: rules,
      corpusDigest: corpusDigest, files: files)
  }
}

extension ElementType {
  /// The name by which commands and `index.json` call the types that an index can store.
  public var indexName: String { rawValue.lowercased() }

  public init?(indexName: String) {
    guard ["f32", "f16", "bf16", "i8"].contains(indexName) else { return nil }
    self.init(rawValue: indexName.uppercased())
  }
}
