internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensSession
internal import LatentLensTensors

/// What was read of one picture, in a file of its own beside `results.json`: it can be read by itself.
///
/// A safetensors file. For each lens and layer it holds `LENS.LAYER.entry` I32 and `LENS.LAYER.similarity`, or
/// `.logit` and `.probability`, F32 `[tokens, neighbours]`, and `.elsewhere` and `.norm` F32 `[tokens]`. Its metadata
/// hold under `part`, as JSON, the members `tokens`, `sentences` and `entries` that whole results have, and of
/// `readings` the lens and the layer of each. Where attention was kept, `attention.LAYER.top`, `.first` and `.picture`
/// F32 `[tokens]` and `.weight` U8 stand behind them, and the rest of it in the metadata.
struct Part: Sendable, Equatable {
  /// Its name in the folder of parts.
  let name: String
  let byteCount: Int
  /// The SHA-256 of the file.
  let digest: String

  fileprivate static let member = "part"

  /// Writes a file.
  ///
  /// - Parameter tokens: the member `tokens` of the picture.
  static func write(
    _ readings: [Reading], of table: EntryTable, tokens: JSONValue, attention: AttentionMaps?,
    named name: String, in folder: String
  ) throws -> Part {
    let path = "\(folder)/\(name)"
    var head = JSONObject([
      ("tokens", tokens), ("sentences", table.sentencesJSON), ("entries", table.json),
      (
        "readings",
        .array(readings.map { ["lens": .string($0.lens), "layer": $0.layer.layerJSON] })
      ),
    ])
    head[attentionMember] = attention?.partJSON
    let writer = try SafetensorsWriter(
      path: path, tensors: readings.flatMap(declarations) + declarations(attention),
      metadata: [(member, JSONValue.object(head).text())])
    for reading in readings {
      try writer.write(reading.entries)
      try writer.write(reading.scores)
      if let probabilities = reading.probabilities { try writer.write(probabilities) }
      if let elsewhere = reading.elsewhere { try writer.write(elsewhere) }
      try writer.write(reading.norms)
    }
    for layer in attention?.layers ?? [] {
      for column in layer.columns { try writer.write(column.values) }
    }
    for layer in attention?.layers ?? [] { try writer.write(layer.weights) }
    try writer.finish()
    return Part(
      name: name, byteCount: writer.fileSize, digest: try SHA256.digest(ofFile: path))
  }

  private static func declarations(_ reading: Reading) -> [SafetensorsWriter.Declaration] {
    let prefix = prefix(reading.key)
    let table = [reading.tokenCount, reading.width]
    return [
      .init(prefix + "entry", .i32, table), .init(prefix + reading.score.rawValue, .f32, table),
    ]
      + (reading.probabilities.map { _ in [.init(prefix + "probability", .f32, table)] } ?? [])
      + (reading.elsewhere.map { _ in [.init(prefix + "elsewhere", .f32, [reading.tokenCount])] }
        ?? []) + [.init(prefix + "norm", .f32, [reading.tokenCount])]
  }

  /// Bytes stand behind all numbers of four, which begin where such numbers may.
  private static func declarations(
    _ attention: AttentionMaps?
  ) -> [SafetensorsWriter.Declaration] {
    guard let attention else { return [] }
    return attention.layers.flatMap { layer in
      layer.columns.map {
        .init(
          prefix(LensLayer(named: attentionMember, layer.layer)) + $0.name, .f32, [$0.values.count])
      }
    }
      + attention.layers.map {
        .init(
          prefix(LensLayer(named: attentionMember, $0.layer)) + AttentionMaps.Layer.weightName, .u8,
          [$0.weights.count])
      }
  }

  /// What attention is called, in results and in parts.
  static let attentionMember = "attention"

  fileprivate static func prefix(_ key: LensLayer) -> String {
    "\(key.lens).\(key.layer.layerName)."
  }

  /// As results name it.
  var json: JSONValue {
    ["file": .string(name), "bytes": .whole(byteCount), "sha256": .string(digest)]
  }

  /// - Parameter node: the member `part` of a picture.
  /// - Throws: `JSONError` for what is none, or leads out of the folder.
  init(_ node: JSONNode) throws(JSONError) {
    let file = try node.required("file")
    name = try file.string()
    guard Self.isName(name) else { throw file.error("is no name of a file beside the results") }
    let bytes = try node.required("bytes")
    byteCount = try bytes.integer()
    guard Self.sizes ~= byteCount else { throw bytes.error("is no size of a part") }
    digest = try node.required("sha256").string()
  }

  /// Where it is.
  ///
  /// - Throws: `FileError` where there is no such file; a link is none, since it may lead anywhere.
  func path(in folder: String) throws(FileError) -> String {
    let path = "\(folder)/\(name)"
    guard PathKind(of: path) == .file else {
      throw FileError(
        path: path,
        reason: "is not there; the results name it: copy the whole folder, or run it again")
    }
    guard !PathKind.isLink(path) else {
      throw FileError(path: path, reason: "is a link; put a copy in its place")
    }
    return path
  }

  /// The same under another name.
  init(_ part: Part, named name: String) {
    self.init(name: name, byteCount: part.byteCount, digest: part.digest)
  }

  private init(name: String, byteCount: Int, digest: String) {
    self.name = name
    self.byteCount = byteCount
    self.digest = digest
  }

  /// No part is larger: the sizes of all of them can be added.
  private static let sizes = 0...1 << 40

  /// Whether a text is the name of a file or a folder, and leads nowhere else.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && !text.hasPrefix(".")
      && text.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      }
  }
}

/// A part that was opened: its file stays mapped, and readings are made when they are asked for.
struct OpenPart: Sendable {
  /// The members `tokens`, `sentences` and `entries`.
  let head: JSONNode
  private let file: SafetensorsFile

  /// - Throws: `FileError` for a file that is not the one that was named, `SafetensorsError` and `JSONError` for
  ///   what is no part.
  init(_ part: Part, in folder: String) throws {
    let path = try part.path(in: folder)
    guard try SHA256.digest(ofFile: path) == part.digest else {
      throw FileError(path: path, reason: "is not the file that the results name; run it again")
    }
    file = try SafetensorsFile(contentsOf: path)
    head = try JSONNode(parsing: Array((file.metadata[Part.member] ?? "").utf8), file: path)
  }

  /// All that was read, in the order of the file.
  ///
  /// - Throws: `FileError` for tensors that do not fit each other.
  func readings() throws -> [Reading] {
    try head.required("readings").elements().map { node in
      let key = LensLayer(
        named: try node.required("lens").string(), try Stage(node.required("layer")))
      return try reading(key)
    }
  }

  /// How its tokens attend; nil where nobody has asked.
  ///
  /// - Throws: `JSONError` and `FileError` for what does not fit its tokens.
  func attention() throws -> AttentionMaps? {
    guard let node = head[Part.attentionMember] else { return nil }
    let count = try head.required("tokens").required("text").elements().count
    let own = try AttentionMaps.Head(node, tokenCount: count)
    let layers = try node.required("layers").elements().map { layer in
      let stage = try Stage(layer)
      let prefix = Part.prefix(LensLayer(named: Part.attentionMember, stage))
      guard let weights = file.tensors[prefix + AttentionMaps.Layer.weightName],
        weights.encoding == .u8,
        let made = AttentionMaps.Layer(
          stage, { file.tensors[prefix + $0]?.floats() },
          weights.integers().map { UInt8(truncatingIfNeeded: $0) }, fitting: own.reach)
      else { throw damaged }
      return made
    }
    return AttentionMaps(reach: own.reach, start: own.start, layers: layers)
  }

  private func reading(_ key: LensLayer) throws(FileError) -> Reading {
    func tensor(_ name: String) -> Weight? { file.tensors[Part.prefix(key) + name] }
    guard let kind = ScoreKind.allCases.first(where: { tensor($0.rawValue) != nil }),
      let entry = tensor("entry"), let scores = tensor(kind.rawValue), let norm = tensor("norm"),
      entry.encoding == .i32, entry.shape.count == 2, scores.shape == entry.shape,
      norm.shape == [entry.shape[0]]
    else { throw damaged }
    let (probability, elsewhere) = (tensor("probability"), tensor("elsewhere"))
    guard probability.map({ $0.shape == entry.shape }) ?? true,
      elsewhere.map({ $0.shape == norm.shape }) ?? true
    else { throw damaged }
    return Reading(
      lens: key.lens, score: kind, layer: key.layer, width: entry.shape[1],
      // Whatever is no number of an entry is none.
      entries: entry.integers().map { max(Int32(truncatingIfNeeded: $0), -1) },
      scores: scores.floats(),
      probabilities: probability?.floats(), elsewhere: elsewhere?.floats(), norms: norm.floats())
  }

  private var damaged: FileError {
    FileError(
      path: file.path, reason: "has readings whose columns do not fit each other; run it again")
  }
}
