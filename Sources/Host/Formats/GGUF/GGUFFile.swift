package import LatentLensTensors

/// A memory-mapped GGUF file, of version 2 or 3, little-endian: metadata and tensors by name, validated
/// once, tensors read only where they are used.
///
/// The format is a header of counts, keys with their values, and tensors' names, sizes, types and offsets;
/// then the tensors' bytes, each at a multiple of the alignment
/// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Sizes stand fastest first there; shapes
/// here are row-major like everywhere.
package struct GGUFFile: Sendable {
  package let path: String
  /// The metadata by key.
  package let values: NameTable<GGUFValue>
  package let tensors: NameTable<Weight>

  /// Maps a file and checks its header: counts, kinds, types, sizes, and that tensors lie in the file
  /// without sharing bytes.
  package init(contentsOf path: String) throws(GGUFError) {
    let file: MappedFile
    do {
      file = try MappedFile(path: path)
    } catch {
      throw GGUFError(path: path, problem: .unreadable(error.reason))
    }
    var cursor = GGUFCursor(file)
    let counts = try cursor.counts()
    var values: NameTable<GGUFValue> = [:]
    for index in 0..<counts.keys {
      cursor.place = "key \(index + 1) of \(counts.keys)"
      let key = try cursor.name(limit: 65535)
      cursor.place = "key `\(GGUFProblem.quotable(key))`"
      guard values.updateValue(try cursor.value(), forKey: key) == nil else {
        throw cursor.damage("is there twice")
      }
    }
    self.path = path
    self.values = values
    let alignment = try Self.alignment(values, path)
    try Self.requireArchitecture(values, path)

    var entries: [GGUFEntry] = []
    for index in 0..<counts.tensors {
      cursor.place = "tensor \(index + 1) of \(counts.tensors)"
      entries.append(try cursor.entry(alignment: alignment))
    }
    let start = (cursor.position + alignment - 1) / alignment * alignment
    tensors = try Self.place(entries, from: start, in: file)
  }

  private static func alignment(
    _ values: NameTable<GGUFValue>, _ path: String
  ) throws(GGUFError) -> Int {
    let key = "general.alignment"
    guard let value = values[key] else { return 32 }
    guard case .unsigned(let number) = value, 1...65536 ~= number, number & (number - 1) == 0
    else {
      throw GGUFError(
        path: path,
        problem: .key(key, reason: "is \(value.text) and has to be a power of 2 up to 65536"))
    }
    return Int(number)
  }

  /// Every file tells its architecture, but shards that follow the first.
  private static func requireArchitecture(
    _ values: NameTable<GGUFValue>, _ path: String
  ) throws(GGUFError) {
    if case .unsigned(1...) = values["split.no"] { return }
    let key = "general.architecture"
    guard case .string = values[key] else {
      let reason = values[key].map { "is \($0.text) and has to be a name" } ?? "is missing"
      throw GGUFError(
        path: path, problem: .key(key, reason: "\(reason); the file is damaged, download it again"))
    }
  }

  private static func place(
    _ entries: [GGUFEntry], from start: Int, in file: MappedFile
  ) throws(GGUFError) -> NameTable<Weight> {
    func fail(_ entry: GGUFEntry, _ reason: String) -> GGUFError {
      GGUFError(path: file.path, problem: .tensor(entry.name, reason: reason))
    }
    var tensors: NameTable<Weight> = [:]
    var previous: (name: String, end: Int)?
    for entry in entries.sorted(by: { $0.offset < $1.offset }) {
      guard start <= file.count, entry.offset <= file.count - start,
        entry.size <= file.count - start - entry.offset
      else {
        throw fail(
          entry,
          "has \(entry.size) bytes at \(entry.offset) of \(max(0, file.count - start)); the file is "
            + "truncated or damaged, download it again")
      }
      if let previous, entry.size > 0, entry.offset < previous.end {
        throw fail(entry, "shares bytes with `\(previous.name)`; the file is damaged")
      }
      if entry.size > 0 { previous = (GGUFProblem.quotable(entry.name), entry.offset + entry.size) }
      let weight = Weight(
        name: entry.name, shape: entry.shape, encoding: entry.encoding, file: file,
        offset: start + entry.offset)
      guard tensors.updateValue(weight, forKey: entry.name) == nil else {
        throw fail(entry, "is there twice; the file is damaged")
      }
    }
    return tensors
  }
}

/// What the header says of a tensor.
struct GGUFEntry {
  let name: String
  let shape: [Int]
  let encoding: Encoding
  /// Counted from where the data begin.
  let offset: Int
  let size: Int
}

extension GGUFCursor {
  /// The numbers of tensors and of keys, behind the magic and the version.
  fileprivate mutating func counts() throws(GGUFError) -> (tensors: Int, keys: Int) {
    guard remaining >= 4, try take(4).elementsEqual("GGUF".utf8) else { throw error(.foreign) }
    place = "its version"
    let version = try word()
    guard 2...3 ~= version else {
      throw error(2...3 ~= version.byteSwapped ? .bigEndian : .version(version))
    }
    place = "its header"
    // A tensor takes a name, a number of sizes, a type and an offset; a key a name, a kind and a value.
    let tensors = try count(of: "tensors", least: 24)
    return (tensors, try count(of: "keys", least: 13))
  }

  fileprivate mutating func name(limit: Int) throws(GGUFError) -> String {
    let name = try text()
    guard 1...limit ~= name.utf8.count, !name.utf8.contains(0) else {
      throw damage("has a name of \(name.utf8.count) bytes that is empty, too long or holds a zero")
    }
    return name
  }

  fileprivate mutating func entry(alignment: Int) throws(GGUFError) -> GGUFEntry {
    let name = try name(limit: 64)
    place = "tensor `\(GGUFProblem.quotable(name))`"
    let dimensions = try word()
    guard dimensions <= 4 else { throw damage("has \(dimensions) dimensions, and 4 are the most") }
    var shape: [Int] = []
    for _ in 0..<dimensions {
      let size = try number(8)
      guard let side = Int(exactly: size) else { throw damage("has a dimension of \(size)") }
      shape.insert(side, at: 0)
    }
    let type = try word()
    guard let encoding = GGUFEncodings.all[type] else {
      throw error(.tensor(name, reason: GGUFEncodings.refusal(of: type)))
    }
    guard let size = encoding.byteCount(of: shape) else {
      throw damage(
        "is \(shape) in \(encoding): more than can be counted, or rows that are no whole blocks of "
          + "\(encoding.elementsPerBlock)")
    }
    let offset = try number(8)
    guard let place = Int(exactly: offset), place % alignment == 0 else {
      throw damage("begins at \(offset), which is no multiple of \(alignment)")
    }
    return GGUFEntry(name: name, shape: shape, encoding: encoding, offset: place, size: size)
  }
}
