package import LatentLensFormats
internal import LatentLensModels
internal import LatentLensSession

/// A model of finished results: what they say of it, and its pictures and texts.
package struct FinishedModel: Sendable {
  /// What stands of it in `results.json`.
  package let node: JSONNode
  package let images: [FinishedSheet]
  package let texts: [FinishedSheet]

  /// - Parameter parts: the folder of the parts; nil where the results are whole.
  init(_ node: JSONNode, parts: String?) throws(JSONError) {
    self.node = node
    let table = try FinishedTable(
      entries: node.required("entries"), sentences: node["sentences"])
    func sheets(_ kind: String) throws(JSONError) -> [FinishedSheet] {
      var sheets: [FinishedSheet] = []
      for sheet in try node[kind]?.elements() ?? [] {
        sheets.append(try FinishedSheet(sheet, table, parts: parts))
      }
      return sheets
    }
    images = try sheets("images")
    texts = try sheets("texts")
  }

  private init(_ node: JSONNode, images: [FinishedSheet], texts: [FinishedSheet]) {
    self.node = node
    self.images = images
    self.texts = texts
  }

  /// The same with other members, and some of its pictures and texts.
  func with(
    _ members: JSONObject, images: [FinishedSheet], texts: [FinishedSheet]
  ) -> FinishedModel {
    FinishedModel(
      JSONNode(.object(members), file: node.file, path: node.path), images: images, texts: texts)
  }
}

/// What the neighbours of readings can be, as results have it.
package struct FinishedTable: Sendable {
  package let entries: JSONNode
  /// The sentences that they stand in; nil where nobody has told any.
  package let sentences: JSONNode?
}

/// A picture or a text of finished results. What was read of it stands with it, or in a part that is read when it is
/// looked at, and only as long.
package struct FinishedSheet: Sendable {
  /// What stands of it in `results.json`.
  package let node: JSONNode
  let source: Source

  enum Source: Sendable {
    case whole(FinishedTable)
    case part(Part, folder: String)
  }

  /// The size in pixels of the picture that it is; nil of a text.
  package let size: (width: Int, height: Int)?

  /// No picture that can be decoded is larger.
  private static let sides = 1...1 << 24

  private static func side(_ key: String, of node: JSONNode) throws(JSONError) -> Int {
    let side = try node.required(key)
    guard sides ~= (try side.integer()) else { throw side.error("is no side of a picture") }
    return try side.integer()
  }

  init(_ node: JSONNode, _ table: FinishedTable, parts: String?) throws(JSONError) {
    self.node = node
    size =
      node["sha256"] == nil && node["width"] == nil
      ? nil : (try Self.side("width", of: node), try Self.side("height", of: node))
    guard let part = node["part"] else {
      source = .whole(table)
      return
    }
    guard let parts else { throw part.error("has no folder; the results name none") }
    source = .part(try Part(part), folder: parts)
  }

  /// Whether its neighbours are entries of its model; else they are entries of its own.
  package var sharesTable: Bool { if case .whole = source { true } else { false } }

  /// Reads what was read of it.
  ///
  /// - Throws: `FileError` for a part that is not there, or another; what a damaged one throws.
  package func open() throws -> OpenSheet {
    switch source {
    case .whole(let table):
      return OpenSheet(tokens: try node.required("tokens"), table: table, content: .node(node))
    case .part(let part, let folder):
      let opened = try OpenPart(part, in: folder)
      return OpenSheet(
        tokens: try opened.head.required("tokens"),
        table: FinishedTable(
          entries: try opened.head.required("entries"),
          sentences: try opened.head.required("sentences")),
        content: .part(opened))
    }
  }
}

/// A picture or a text that is looked at, with what was read of it.
package struct OpenSheet: Sendable {
  package let tokens: JSONNode
  package let table: FinishedTable
  fileprivate let content: Content

  fileprivate enum Content: Sendable {
    case node(JSONNode)
    case part(OpenPart)
  }

  /// All that was read of it, in its order.
  ///
  /// - Throws: `JSONError` and `FileError` for readings that are none.
  func readings() throws -> [Reading] {
    switch content {
    case .node(let node): try node.required("readings").elements().map { try Reading($0) }
    case .part(let part): try part.readings()
    }
  }

  /// How its tokens attend; nil where nobody has asked.
  ///
  /// - Throws: `JSONError` and `FileError` for what does not fit its tokens.
  func attention() throws -> AttentionMaps? {
    switch content {
    case .node(let node):
      let count = try tokens.required("text").elements().count
      return try node[Part.attentionMember].map { try AttentionMaps($0, tokenCount: count) }
    case .part(let part): return try part.attention()
    }
  }

  /// The numbers of the neighbours' entries of each token, nearest first, by lens and layer.
  ///
  /// - Throws: `JSONError` and `FileError` for readings that are none.
  package func neighbors() throws -> [NeighborLists] {
    switch content {
    case .node(let node):
      try node.required("readings").elements().map { try NeighborLists($0) }
    case .part(let part): try part.readings().map { NeighborLists($0, at: tokens) }
    }
  }
}

/// The neighbours that one lens has found at one layer.
package struct NeighborLists: Sendable {
  package let lens: String
  /// As it stands in results.
  package let layer: JSONValue
  private let content: Content

  private enum Content: Sendable {
    case node(JSONNode)
    case reading(Reading, at: JSONNode)
  }

  fileprivate init(_ node: JSONNode) throws(JSONError) {
    lens = try node.required("lens").string()
    layer = try node.required("layer").value
    content = .node(try node.required("entry"))
  }

  fileprivate init(_ reading: Reading, at place: JSONNode) {
    lens = reading.lens
    layer = reading.layer.layerJSON
    content = .reading(reading, at: place)
  }

  /// Those of some tokens: numbers of entries, the nearest first.
  ///
  /// - Throws: `JSONError` for a token that was not read, and a neighbour that is no entry.
  package func lists(of tokens: [Int], entryCount: Int) throws(JSONError) -> [[Int]] {
    switch content {
    case .node(let node): return try Self.lists(node, tokens, entryCount)
    case .reading(let reading, let place):
      var lists: [[Int]] = []
      for token in tokens {
        guard (0..<reading.tokenCount).contains(token) else {
          throw place.error("has a token \(token) that was not read")
        }
        let list = reading.neighbors(of: token).map(Int.init)
        guard list.allSatisfy((0..<entryCount).contains) else {
          throw place.error("has a neighbour of token \(token) that is none of the entries")
        }
        lists.append(list)
      }
      return lists
    }
  }

  /// Results are large: no place is made for each of their numbers, but for the first that is wrong.
  private static func lists(
    _ node: JSONNode, _ tokens: [Int], _ entryCount: Int
  ) throws(JSONError) -> [[Int]] {
    guard case .array(let all) = node.value else { throw node.error("has to be a list") }
    var lists: [[Int]] = []
    for token in tokens {
      guard all.indices.contains(token), case .array(let numbers) = all[token] else {
        throw node.error("holds no list for token \(token)")
      }
      var list: [Int] = []
      for number in numbers {
        guard case .integer(let entry) = number, (0..<Int64(entryCount)).contains(entry) else {
          throw node.error("has a neighbour of token \(token) that is none of the model's entries")
        }
        list.append(Int(entry))
      }
      lists.append(list)
    }
    return lists
  }
}
