internal import LatentLensFormats

extension BPE {
  /// Reads the `model` of `tokenizer.json`.
  init(_ node: JSONNode) throws {
    _ = try node.required("type").choice(["BPE": ()])
    if let dropout = node["dropout"], try dropout.number() != 0 {
      throw dropout.unsupported("a dropout of \(try dropout.number())", supported: ["null"])
    }
    try node.requireAbsentOrEmpty("continuing_subword_prefix")
    try node.requireAbsentOrEmpty("end_of_word_suffix")

    let vocabulary = try Vocabulary(node.required("vocab"))
    self.vocabulary = vocabulary
    merges = try Self.merges(node.required("merges"), vocabulary: vocabulary)
    fallback = try Fallback(node, vocabulary: vocabulary)
    ignoresMerges = try node.flag("ignore_merges", default: false)
  }

  private static func merges(
    _ node: JSONNode, vocabulary: Vocabulary
  ) throws -> MergeTable {
    // Hundreds of thousands: read without a node, and its path, for each.
    guard case .array(let elements) = node.value else { throw node.error("is not an array") }
    var merges = MergeTable(capacity: elements.count)
    var rank: Int32 = 0
    for (index, element) in elements.enumerated() {
      // The first line of the older text files, which converters have let through.
      if case .string(let line) = element, line.hasPrefix("#version") { continue }
      func error(_ sentence: String) -> JSONError {
        JSONNode(element, file: node.file, path: "\(node.path)[\(index)]").error(sentence)
      }
      guard let (left, right) = halves(of: element) else { throw error("is not a pair of pieces") }
      func id(_ piece: String) throws -> Int32 {
        guard let id = vocabulary.id(of: piece.utf8.span) else {
          throw error("`\(piece)` is not in the vocabulary")
        }
        return id
      }
      let (leftID, rightID) = (try id(left), try id(right))
      let merge = MergeTable.Merge(rank: rank, result: try id(left + right))
      merges.insert(merge, of: leftID, rightID)
      rank += 1
    }
    return merges
  }

  /// The two of `"a b"` or `["a", "b"]`.
  private static func halves(of element: JSONValue) -> (String, String)? {
    switch element {
    case .string(let line):
      let halves = line.utf8.split(
        separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard halves.count == 2, let left = String(halves[0]), let right = String(halves[1]) else {
        return nil
      }
      return (left, right)
    case .array(let halves):
      guard halves.count == 2, case .string(let left) = halves[0],
        case .string(let right) = halves[1]
      else { return nil }
      return (left, right)
    default: return nil
    }
  }
}

extension BPE.Fallback {
  init(_ node: JSONNode, vocabulary: Vocabulary) throws {
    if try node.flag("byte_fallback", default: false) {
      bytes = (0..<256).map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return vocabulary.id(of: "<0x\(byte < 16 ? "0" : "")\(digits)>".utf8.span)
      }
    }
    if let token = node["unk_token"] {
      let piece = try token.string()
      unknown = vocabulary.id(of: piece.utf8.span)
      guard unknown != nil else { throw token.error("`\(piece)` is not in the vocabulary") }
    }
    fusesUnknown = try node.flag("fuse_unk", default: false)
  }
}

extension Vocabulary {
  init(_ node: JSONNode) throws {
    guard case .object(let object) = node.value else {
      throw node.error("is not an object of pieces and their ids")
    }
    self.init(minimumCapacity: object.count)
    for (piece, value) in object.members {
      guard case .integer(let integer) = value, integer >= 0, let id = Int32(exactly: integer)
      else { throw node.error("the id of `\(piece)` is not a whole number below 2^31") }
      insert(piece.utf8.span, id: id)
    }
  }
}
