extension JSONNode {
  /// What to do with keys that the decoded type never asked for.
  public enum UnknownKeys: Sendable {
    /// Other people's files: ignore what we do not need.
    case ignored
    /// Our own manifests: a key that nobody reads is a mistake.
    case rejected
  }

  /// Decodes a value; a type may ask for its own place by decoding `JSONNode` itself.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, unknownKeys: UnknownKeys = .ignored
  ) throws(JSONError) -> Value {
    let visited = VisitedKeys()
    do {
      let value = try Value(from: NodeDecoder(node: self, visited: visited))
      if unknownKeys == .rejected { try visited.rejectUnknownKeys() }
      return value
    } catch let error as JSONError {
      throw error
    } catch {
      throw self.error(String(describing: error))
    }
  }
}

/// The objects a decoding has gone through, and the keys it asked each for.
private final class VisitedKeys {
  private var objects: [String: (node: JSONNode, keys: Set<String>)] = [:]

  func enter(_ node: JSONNode) {
    if objects[node.path] == nil { objects[node.path] = (node, ["$schema", "comment"]) }
  }

  func ask(_ node: JSONNode, for key: String) {
    objects[node.path]?.keys.insert(key)
  }

  func rejectUnknownKeys() throws(JSONError) {
    for path in objects.keys.sorted() {
      guard let (node, known) = objects[path] else { continue }
      for (key, member) in try node.members() where !known.contains(key) {
        throw JSONError(
          file: node.file, path: member.path,
          problem: .unknown(suggestion: closest(to: key, among: known)))
      }
    }
  }
}

/// The candidate that differs least from a word, if any differs little enough to be a slip.
package func closest(to word: String, among candidates: some Sequence<String>) -> String? {
  candidates
    .map { (candidate: $0, distance: editDistance(word, $0)) }
    .filter { $0.distance <= (word.count + 1) / 3 || $0.candidate.hasPrefix(word) }
    .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }?.candidate
}

/// The number of single-character edits between two words (Levenshtein).
private func editDistance(_ left: String, _ right: String) -> Int {
  let right = Array(right)
  var row = Array(0...right.count)
  for (i, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let substitution = diagonal + (character == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}

// MARK: - Decoder

private struct NodeDecoder: Decoder {
  let node: JSONNode
  let visited: VisitedKeys
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object = node.value else { throw node.mismatch("an object") }
    visited.enter(node)
    return KeyedDecodingContainer(MemberContainer<Key>(node: node, visited: visited))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    ElementContainer(elements: try node.elements(), node: node, visited: visited)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    ValueContainer(node: node, visited: visited)
  }
}

private struct MemberContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let node: JSONNode
  let visited: VisitedKeys
  var codingPath: [any CodingKey] { [] }

  var allKeys: [Key] {
    guard case .object(let object) = node.value else { return [] }
    for key in object.keys { visited.ask(node, for: key) }
    return object.keys.compactMap(Key.init(stringValue:))
  }

  private func member(_ key: Key) throws -> JSONNode {
    visited.ask(node, for: key.stringValue)
    return try node.required(key.stringValue)
  }

  func contains(_ key: Key) -> Bool {
    visited.ask(node, for: key.stringValue)
    return node[key.stringValue] != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool { !contains(key) }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try decodeValue(type, from: member(key), visited: visited)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try NodeDecoder(node: member(key), visited: visited).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try NodeDecoder(node: member(key), visited: visited).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { NodeDecoder(node: node, visited: visited) }
  func superDecoder(forKey key: Key) throws -> any Decoder {
    NodeDecoder(node: try member(key), visited: visited)
  }
}

private struct ElementContainer: UnkeyedDecodingContainer {
  let elements: [JSONNode]
  let node: JSONNode
  let visited: VisitedKeys
  var currentIndex = 0
  var codingPath: [any CodingKey] { [] }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  private mutating func next() throws -> JSONNode {
    guard !isAtEnd else { throw node.error("has only \(elements.count) elements") }
    defer { currentIndex += 1 }
    return elements[currentIndex]
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, elements[currentIndex].value == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try decodeValue(type, from: next(), visited: visited)
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try NodeDecoder(node: next(), visited: visited).container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try NodeDecoder(node: next(), visited: visited).unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder {
    NodeDecoder(node: try next(), visited: visited)
  }
}

private struct ValueContainer: SingleValueDecodingContainer {
  let node: JSONNode
  let visited: VisitedKeys
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { node.value == .null }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try decodeValue(type, from: node, visited: visited)
  }
}

private func decodeValue<Value: Decodable>(
  _ type: Value.Type, from node: JSONNode, visited: VisitedKeys
) throws -> Value {
  let value: Any =
    switch type {
    case is Bool.Type: try node.bool()
    case is String.Type: try node.string()
    case is Double.Type: try node.number()
    case is Float.Type: Float(try node.number())
    case let integer as any FixedWidthInteger.Type: try exact(integer, node)
    case is JSONNode.Type: node
    default: try composite(type, node, visited)
    }
  guard let value = value as? Value else { throw node.mismatch("a \(type)") }
  return value
}

/// Types refuse values by `dataCorrupted` without a place; here the place is known.
private func composite<Value: Decodable>(
  _ type: Value.Type, _ node: JSONNode, _ visited: VisitedKeys
) throws -> Value {
  do {
    return try Value(from: NodeDecoder(node: node, visited: visited))
  } catch let DecodingError.dataCorrupted(context) {
    throw context.codingPath.reduce(node) { $0.member($1.stringValue) }
      .error(context.debugDescription)
  }
}

private func exact<Integer: FixedWidthInteger>(
  _ type: Integer.Type, _ node: JSONNode
) throws -> Integer {
  guard let integer = Integer(exactly: try node.integer()) else {
    throw node.error("is out of range for a whole number here")
  }
  return integer
}

extension JSONNode: Decodable {
  /// Only the decoder of this file can hand out a node, which it does without calling this.
  public init(from decoder: any Decoder) throws {
    guard let decoder = decoder as? NodeDecoder else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "can only be read from a JSON file")
      )
    }
    self = decoder.node
  }
}
