internal import LatentLensFormats
internal import LatentLensReading

/// What a run has read from a model, as far as it is scored.
struct ReadModel: Sendable {
  let name: String
  /// The model that this one is a control of; nil for one that is looked at for its own sake.
  let control: Controlled?
  let lenses: [(name: String, title: String)]
  /// The layers as they stand in the results: numbers, or names.
  let layers: [JSONValue]
  let pictures: [ReadPicture]

  struct Controlled: Sendable {
    let of: String
    let kind: Control
    /// Where the results say so.
    let node: JSONNode
  }

  init(_ model: FinishedModel) throws {
    let node = model.node
    name = try node.required("name").string()
    control = try node["control"].map { node in
      let kind = try node.required("kind")
      guard let known = Control(rawValue: try kind.string()) else {
        throw kind.error(
          "is not one of \(Control.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return Controlled(of: try node.required("of").string(), kind: known, node: node)
    }
    lenses = try node.required("lenses").elements().map {
      (name: try $0.required("name").string(), title: try $0.required("title").string())
    }
    layers = try node.required("layers").elements().map(\.value)
    // What neighbours can be is read once for all pictures that have no part of their own.
    let shared = try model.images.first { $0.sharesTable }.map { try ReadEntries($0.open().table) }
    pictures = try model.images.map { try ReadPicture($0, $0.sharesTable ? shared : nil) }
  }
}

/// What neighbours can be, one element per entry.
struct ReadEntries: Sendable {
  let words: [String]
  /// Nil for entries of the vocabulary.
  let contextualLayers: [Int?]
  let occurrences: [Occurrence?]
  /// What else the results say of them.
  let table: FinishedTable

  /// One token of one sentence, whatever the layer that its state was taken from.
  struct Occurrence: Sendable, Hashable {
    let sentence: Int
    let position: Int
  }

  init(_ table: FinishedTable) throws(JSONError) {
    self.table = table
    let node = table.entries
    let wordNodes = try node.required("word").elements()
    var words: [String] = []
    for element in wordNodes { words.append(try element.string()) }
    self.words = words
    contextualLayers = try Self.column("contextual_layer", of: node, count: words.count)
    occurrences = zip(
      try Self.column("sentence", of: node, count: words.count),
      try Self.column("position", of: node, count: words.count)
    ).map { sentence, position in
      guard let sentence, let position else { return nil }
      return Occurrence(sentence: sentence, position: position)
    }
  }

  /// The sentences that occurrences stand in.
  func sentences() throws(JSONError) -> [String] {
    guard let node = table.sentences else {
      throw table.entries.error("has no sentences beside it")
    }
    var texts: [String] = []
    for element in try node.elements() { texts.append(try element.string()) }
    return texts
  }

  /// The nearest of a list of entries, so many; where only distinct ones count, each occurrence in the corpus
  /// once.
  func nearest(_ list: [Int], _ count: Int, isDistinct: Bool) -> [Int] {
    guard isDistinct else { return Array(list.prefix(count)) }
    var seen: Set<Occurrence> = []
    let distinct = list.filter { entry in
      occurrences[entry].map { seen.insert($0).inserted } ?? true
    }
    return Array(distinct.prefix(count))
  }

  private static func column(
    _ name: String, of node: JSONNode, count: Int
  ) throws(JSONError) -> [Int?] {
    let column = try node.required(name)
    var numbers: [Int?] = []
    for element in try column.elements() {
      numbers.append(element.value == .null ? nil : try element.integer())
    }
    guard numbers.count == count else {
      throw column.error("has \(numbers.count) elements for \(count) words")
    }
    return numbers
  }
}

/// What is worked out of a table of entries, once where pictures share it.
struct PerTable<Value> {
  private var shared: Value?

  /// - Parameter make: works it out.
  mutating func value(of picture: OpenPicture, _ make: (ReadEntries) throws -> Value) rethrows
    -> Value
  {
    guard picture.sharesEntries else { return try make(picture.entries) }
    let value = try shared ?? make(picture.entries)
    shared = value
    return value
  }
}
