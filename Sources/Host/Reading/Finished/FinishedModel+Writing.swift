internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensSession

extension FinishedModel {
  /// The model as whole results have it.
  func whole() throws -> JSONValue {
    guard images.contains(where: { !$0.sharesTable }) else {
      return document(node.value, images: images.map(\.node.value))
    }
    var joined = JoinedTable(try textTable())
    let whole = try images.map { try $0.whole(in: &joined) }
    guard case .object(var object) = node.value else { return node.value }
    object["sentences"] = joined.table.sentencesJSON
    object["entries"] = joined.table.json
    return document(.object(object), images: whole)
  }

  /// The model with its pictures' readings in parts.
  func written(to parts: PartFolder) throws -> JSONValue {
    let table = images.contains(where: \.sharesTable) ? try textTable() : nil
    let written = try images.map { try $0.written(to: parts, table) }
    guard let table, case .object(var object) = node.value else {
      return document(node.value, images: written)
    }
    let texts = try texts.map { try $0.open().readings() }
    let own = try node.placing { try table.cut(to: texts.flatMap(\.self)) }
    object["sentences"] = own.table.sentencesJSON
    object["entries"] = own.table.json
    var rest = own.readings[...]
    let told = zip(self.texts, texts).map { sheet, readings in
      let first = rest.prefix(readings.count)
      rest = rest.dropFirst(readings.count)
      return sheet.node.value.with("readings", .array(first.map(\.json)))
    }
    return JSONValue.object(object).with("images", .array(written)).with("texts", .array(told))
  }

  /// What texts' neighbours are, and those of pictures that are whole.
  private func textTable() throws -> EntryTable {
    try EntryTable(
      node.required("entries"),
      sentences: JSONNode(node["sentences"]?.value ?? [], file: node.file, path: node.path))
  }

  private func document(_ model: JSONValue, images: [JSONValue]) -> JSONValue {
    model.with("images", .array(images)).with("texts", .array(texts.map(\.node.value)))
  }
}

extension FinishedSheet {
  /// Takes note of how much was read of it.
  func count(in parts: PartFolder) throws {
    switch source {
    case .whole:
      parts.count(neighbors: try neighborCount())
      parts.count(attentionBytes: try open().attention()?.storedByteCount ?? 0)
    case .part(let part, _): parts.count(part)
    }
  }

  /// How many neighbours whole results have of it.
  private func neighborCount() throws -> Int {
    try node.required("readings").elements().reduce(0) { sum, reading in
      guard case .array(let lists)? = reading["entry"]?.value else { return sum }
      guard case .array(let first)? = lists.first else { return sum }
      return sum + lists.count * first.count
    }
  }

  /// The picture with its readings in a part.
  ///
  /// - Parameter table: what the neighbours of a whole one are.
  fileprivate func written(to parts: PartFolder, _ table: EntryTable?) throws -> JSONValue {
    switch source {
    case .part(let part, let folder):
      return node.value.with("part", try parts.adopt(part, from: folder).json)
    case .whole:
      guard let table else { return node.value }
      let opened = try open()
      let part = try node.placing {
        try parts.write(
          opened.readings(), of: table, tokens: opened.tokens.value, attention: opened.attention())
      }
      return node.value.with("tokens", nil).with("readings", nil)
        .with(Part.attentionMember, nil).with("part", part.json)
    }
  }

  /// The picture with its readings, by the numbers of a table that they are added to.
  fileprivate func whole(in joined: inout JoinedTable) throws -> JSONValue {
    guard !sharesTable else { return node.value }
    let opened = try open()
    guard let sentences = opened.table.sentences else { return node.value }
    let table = try EntryTable(opened.table.entries, sentences: sentences)
    let readings = try node.placing { try joined.add(opened.readings(), of: table) }
    return node.value.with("part", nil).with("tokens", opened.tokens.value)
      .with(Part.attentionMember, try opened.attention()?.json)
      .with("readings", .array(readings.map(\.json)))
  }
}

extension JSONNode {
  /// Does some work in which a neighbour may be found that is none of the entries: here is where it stands.
  fileprivate func placing<T>(_ work: () throws -> T) throws -> T {
    do {
      return try work()
    } catch let error as StrayNeighbor { throw self.error(error.description) }
  }
}

/// The tables of several parts as one, in which everything stands once.
struct JoinedTable {
  private(set) var table: EntryTable
  private var numbers: [Key: Int32] = [:]
  private var sentences: [String: Int] = [:]

  private struct Key: Hashable {
    let token: Int
    let layer: Int?
    let sentence: Int?
    let position: Int?
  }

  init(_ table: EntryTable) {
    self.table = table
    for (number, sentence) in table.sentences.enumerated() { sentences[sentence] = number }
    for (number, entry) in table.entries.enumerated() { numbers[Self.key(entry)] = Int32(number) }
  }

  /// Adds what some readings name, and gives them the joined numbers.
  mutating func add(
    _ readings: [Reading], of other: EntryTable
  ) throws(StrayNeighbor) -> [Reading] {
    let own = try other.cut(to: readings)
    let places = own.table.sentences.map { text in
      if let known = sentences[text] { return known }
      let number = table.add(sentence: text)
      sentences[text] = number
      return number
    }
    let renumbered = own.table.entries.map { entry in
      let entry = entry.moved { places[$0] }
      let key = Self.key(entry)
      if let known = numbers[key] { return known }
      let number = Int32(table.add(entry))
      numbers[key] = number
      return number
    }
    return own.readings.map { $0.renumbered { renumbered[Int($0)] } }
  }

  private static func key(_ entry: EntryTable.Entry) -> Key {
    Key(
      token: entry.tokenID, layer: entry.context?.layer, sentence: entry.context?.sentence,
      position: entry.context?.position)
  }
}

extension JSONValue {
  /// An object with another member, or without it.
  fileprivate func with(_ key: String, _ value: JSONValue?) -> JSONValue {
    guard case .object(var object) = self else { return self }
    object[key] = value
    return .object(object)
  }
}
