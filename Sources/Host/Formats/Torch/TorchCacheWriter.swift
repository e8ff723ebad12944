package import LatentLensTensors

/// Writes `{"embeddings": tensor, "metadata": [record, …]}` as torch.save does: what the method's own package
/// keeps of each layer of an index.
package struct TorchCacheWriter {
  /// A row's token and where it stands.
  package struct Record {
    package let token: String
    package let tokenID: Int
    /// An index into the sentences.
    package let sentence: Int
    package let position: Int

    package init(token: String, tokenID: Int, sentence: Int, position: Int) {
      self.token = token
      self.tokenID = tokenID
      self.sentence = sentence
      self.position = position
    }
  }

  private let type: String
  private let shape: [Int]
  private let records: any Sequence<Record>
  private let sentences: [String]

  private static let stored: [Encoding: String] = [
    .f32: "FloatStorage", .f16: "HalfStorage", .bf16: "BFloat16Storage",
  ]
  /// How many bytes of the metadata are held in memory, about.
  private static let piece = 1 << 20

  /// - Parameters:
  ///   - encoding: of the embeddings: f32, f16 or bf16.
  ///   - shape: of the embeddings, `[number of records, width]`.
  ///   - records: gone through once for each file that is written.
  package init(
    _ encoding: Encoding, shape: [Int], records: some Sequence<Record>, sentences: [String]
  ) {
    guard let type = Self.stored[encoding], shape.count == 2 else {
      preconditionFailure("embeddings \(shape) of \(encoding)")
    }
    self.type = type
    self.shape = shape
    self.records = records
    self.sentences = sentences
  }

  /// Writes a file with the embeddings of one layer.
  ///
  /// - Parameter pieces: calls its argument with one piece of their bytes after the other.
  package func write(
    to path: String,
    embeddings pieces: (_ write: ([UInt8]) throws(FileError) -> Void) throws -> Void
  ) throws {
    let archive = try StoredArchive(path: path)
    try archive.add("embeddings_cache/data.pkl", pieces: writeMetadata)
    try archive.add("embeddings_cache/byteorder", Array("little".utf8))
    try archive.add("embeddings_cache/data/0", pieces: pieces)
    try archive.add("embeddings_cache/version", Array("3\n".utf8))
    try archive.finish()
  }

  /// Writes the pickle, a piece at a time.
  private func writeMetadata(_ write: ([UInt8]) throws(FileError) -> Void) throws {
    var pickle = PickleWriter()
    try pickle.dictionary { pickle in
      pickle.text("embeddings")
      pickle.tensor(type: type, shape: shape)
      pickle.text("metadata")
      try pickle.list { pickle in
        for record in records {
          pickle.dictionary { pickle in
            pickle.remembered("token_str")
            pickle.text(record.token)
            pickle.remembered("token_id")
            pickle.integer(record.tokenID)
            pickle.remembered("caption")
            pickle.remembered(sentences[record.sentence], as: record.sentence)
            pickle.remembered("position")
            pickle.integer(record.position)
          }
          if pickle.bytes.count >= Self.piece { try write(pickle.taken()) }
        }
      }
    }
    pickle.stop()
    try write(pickle.taken())
  }
}

/// Writes a pickle of protocol 2: the instructions that a list of records beside a tensor needs.
private struct PickleWriter {
  /// What was written and not yet taken.
  private(set) var bytes: [UInt8] = [0x80, 2]
  private var names: [String: UInt64] = [:]
  private var texts: [Int: UInt64] = [:]
  private var memories: UInt64 = 0

  /// Takes what was written so far away.
  mutating func taken() -> [UInt8] {
    defer { bytes.removeAll() }
    return bytes
  }

  mutating func dictionary(_ items: (inout PickleWriter) throws -> Void) rethrows {
    bytes += [0x7D, 0x28]  // EMPTY_DICT, MARK
    try items(&self)
    bytes.append(0x75)  // SETITEMS
  }

  mutating func list(_ items: (inout PickleWriter) throws -> Void) rethrows {
    bytes += [0x5D, 0x28]  // EMPTY_LIST, MARK
    try items(&self)
    bytes.append(0x65)  // APPENDS
  }

  mutating func text(_ text: String) {
    bytes.append(0x58)  // BINUNICODE
    bytes.append(UInt64(text.utf8.count), 4)
    bytes += text.utf8
  }

  /// A key: said once, remembered after that.
  mutating func remembered(_ name: String) { say(name, known: names[name]) { $0.names[name] = $1 } }

  /// One of many texts that come again.
  mutating func remembered(_ text: String, as number: Int) {
    say(text, known: texts[number]) { $0.texts[number] = $1 }
  }

  private mutating func say(
    _ text: String, known: UInt64?, remember: (inout PickleWriter, UInt64) -> Void
  ) {
    if let known {
      bytes.append(0x6A)  // LONG_BINGET
      bytes.append(known, 4)
      return
    }
    self.text(text)
    bytes.append(0x72)  // LONG_BINPUT
    bytes.append(memories, 4)
    remember(&self, memories)
    memories += 1
  }

  mutating func integer(_ number: Int) {
    if let small = Int32(exactly: number) {
      bytes.append(0x4A)  // BININT
      bytes.append(UInt64(UInt32(bitPattern: small)), 4)
    } else {
      bytes += [0x8A, 8]  // LONG1
      bytes.append(UInt64(bitPattern: Int64(number)), 8)
    }
  }

  private mutating func global(_ module: String, _ name: String) {
    bytes.append(0x63)  // GLOBAL
    bytes += Array("\(module)\n\(name)\n".utf8)
  }

  /// A tensor, row by row, of the storage `data/0`.
  mutating func tensor(type: String, shape: [Int]) {
    global("torch._utils", "_rebuild_tensor_v2")
    bytes.append(0x28)  // MARK
    bytes.append(0x28)
    text("storage")
    global("torch", type)
    text("0")
    text("cpu")
    integer(shape[0] * shape[1])
    bytes += [0x74, 0x51]  // TUPLE, BINPERSID
    integer(0)
    for pair in [shape, [shape[1], 1]] {
      integer(pair[0])
      integer(pair[1])
      bytes.append(0x86)  // TUPLE2
    }
    bytes.append(0x89)  // NEWFALSE
    global("collections", "OrderedDict")
    bytes += [0x29, 0x52, 0x74, 0x52]  // EMPTY_TUPLE, REDUCE, TUPLE, REDUCE
  }

  mutating func stop() { bytes.append(0x2E) }
}
