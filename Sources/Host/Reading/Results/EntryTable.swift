internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensModels

/// A neighbour that is none of what neighbours can be.
struct StrayNeighbor: Error, CustomStringConvertible {
  let layer: Stage
  var description: String {
    "a neighbour at layer \(layer.layerName) is none of the model's entries"
  }
}

/// What neighbours can be, each once, and the sentences that they stand in: what readings name by numbers.
struct EntryTable: Sendable {
  typealias Entry = NeighborTable.Entry

  private(set) var entries: [Entry] = []
  private(set) var sentences: [String] = []

  init(_ table: NeighborTable) {
    entries = table.entries
    sentences = table.sentences
  }

  /// - Parameters:
  ///   - node: the member `entries` of results.
  ///   - sentences: the member beside it.
  /// - Throws: `JSONError` for what are none.
  init(_ node: JSONNode, sentences: JSONNode) throws(JSONError) {
    var texts: [String] = []
    for element in try sentences.elements() { texts.append(try element.string()) }
    self.sentences = texts
    let columns = try Columns(node)
    for number in columns.token.indices {
      entries.append(try columns.entry(number, sentenceCount: texts.count))
    }
  }

  /// Readings with numbers of a table of their own, which holds no more than what they name, in the order in which
  /// they name it.
  ///
  /// - Throws: `StrayNeighbor` for readings that name what is not in the table.
  func cut(to readings: [Reading]) throws(StrayNeighbor) -> (table: EntryTable, readings: [Reading])
  {
    var own = EntryTable()
    var numbers = [Int32](repeating: -1, count: entries.count)
    var sentenceNumbers: [Int: Int] = [:]
    for reading in readings {
      for entry in reading.entries where entry >= 0 {
        guard entries.indices.contains(Int(entry)) else {
          throw StrayNeighbor(layer: reading.layer)
        }
        guard numbers[Int(entry)] < 0 else { continue }
        numbers[Int(entry)] = Int32(own.entries.count)
        own.add(entries[Int(entry)], sentences, &sentenceNumbers)
      }
    }
    return (own, readings.map { $0.renumbered { numbers[Int($0)] } })
  }

  private init() {}

  /// Adds an entry of another table, with its sentence.
  private mutating func add(_ entry: Entry, _ texts: [String], _ known: inout [Int: Int]) {
    add(
      entry.moved { place in
        if let number = known[place] { return number }
        let number = add(sentence: texts[place])
        known[place] = number
        return number
      })
  }

  /// - Returns: its number.
  @discardableResult
  mutating func add(_ entry: Entry) -> Int {
    entries.append(entry)
    return entries.count - 1
  }

  mutating func add(sentence: String) -> Int {
    sentences.append(sentence)
    return sentences.count - 1
  }

  /// The member `entries` of results.
  var json: JSONValue {
    func column(_ value: (Entry) -> JSONValue) -> JSONValue {
      .array(entries.map(value))
    }
    return [
      "token": column { .string($0.token) },
      "token_id": column { .whole($0.tokenID) },
      "word": column { .string($0.word) },
      "contextual_layer": column { .whole($0.context?.layer) },
      "sentence": column { .whole($0.context?.sentence) },
      "position": column { .whole($0.context?.position) },
      "span": column { .pair($0.context?.span) },
    ]
  }

  var sentencesJSON: JSONValue { .array(sentences.map(JSONValue.string)) }

  /// The columns of a table, as they stand in a file.
  private struct Columns {
    let node: JSONNode
    let token: [JSONNode]
    let tokenID: [JSONNode]
    let word: [JSONNode]
    let layer: [JSONNode]
    let sentence: [JSONNode]
    let position: [JSONNode]
    let span: [JSONNode]

    init(_ node: JSONNode) throws(JSONError) {
      func column(_ name: String) throws(JSONError) -> [JSONNode] {
        try node.required(name).elements()
      }
      self.node = node
      token = try column("token")
      tokenID = try column("token_id")
      word = try column("word")
      layer = try column("contextual_layer")
      sentence = try column("sentence")
      position = try column("position")
      span = try column("span")
      guard
        [tokenID, word, layer, sentence, position, span].allSatisfy({ $0.count == token.count })
      else { throw node.error("has columns of different lengths") }
    }

    func entry(
      _ number: Int, sentenceCount: Int
    ) throws(JSONError) -> Entry {
      var context: NeighborTable.Context?
      if layer[number].value != .null {
        let place = try sentence[number].integer()
        guard (0..<sentenceCount).contains(place) else {
          throw sentence[number].error("is none of \(sentenceCount) sentences")
        }
        context = .init(
          layer: try layer[number].integer(), sentence: place,
          position: try position[number].integer(), span: try span[number].pair())
      }
      return .init(
        token: try token[number].string(), tokenID: try tokenID[number].integer(),
        word: try word[number].string(), context: context)
    }
  }
}

extension EntryTable.Entry {
  /// The same where sentences have other numbers.
  func moved(_ number: (Int) -> Int) -> Self {
    guard let context else { return self }
    return .init(
      token: token, tokenID: tokenID, word: word,
      context: .init(
        layer: context.layer, sentence: number(context.sentence), position: context.position,
        span: context.span))
  }
}

extension JSONNode {
  /// A range, as its first number and the one behind its last; nil for null.
  fileprivate func pair() throws(JSONError) -> Range<Int>? {
    guard value != .null else { return nil }
    let ends = try elements()
    guard ends.count == 2, try ends[0].integer() <= ends[1].integer() else {
      throw error("is no range")
    }
    return try ends[0].integer()..<ends[1].integer()
  }
}

extension JSONValue {
  /// A whole number, or null.
  static func whole(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }

  /// A range, as its first number and the one behind its last; or null.
  static func pair(_ span: Range<Int>?) -> JSONValue {
    span.map { [.whole($0.lowerBound), .whole($0.upperBound)] } ?? .null
  }
}
