extension JSONNode {
  /// What to do with keys that the decoded type never asked for.
  package enum UnknownKeys: Sendable {
    /// Other people's files: ignore what we do not need.
    case ignored
    /// Our own manifests: a key that nobody reads is a mistake.
    case rejected
  }

  /// Decodes a value; a type may ask for its own place by decoding `JSONNode` itself.
  package func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, unknownKeys: UnknownKeys = .ignored
  ) throws(JSONError) -> Value {
    let asked = AskedKeys()
    let value = try decode(type, noting: asked)
    if unknownKeys == .rejected { try asked.rejectUnknownKeys() }
    return value
  }

  /// Decodes a value, and takes note of the keys that it asks for.
  ///
  /// - Throws: `JSONError` with the place, also for what types throw without one.
  package func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, noting asked: AskedKeys
  ) throws(JSONError) -> Value {
    do {
      return try decodeValue(type, from: self, at: [], asked)
    } catch let error as JSONError {
      throw error
    } catch DecodingError.dataCorrupted(let context) {
      throw place(context.codingPath).error(context.debugDescription)
    } catch {
      throw self.error(String(describing: error))
    }
  }

  /// The place to which a decoding has come from here.
  private func place(_ path: [any CodingKey]) -> JSONNode {
    path.reduce(self) { node, key in
      guard let index = key.intValue else { return node.member(key.stringValue) }
      let elements = (try? node.elements()) ?? []
      return elements.indices.contains(index) ? elements[index] : node
    }
  }
}

/// An element's place in an array, on the way that a decoding has come.
private struct ElementKey: CodingKey {
  let index: Int
  var stringValue: String { String(index) }
  var intValue: Int? { index }

  init(_ index: Int) { self.index = index }
  init?(stringValue: String) { nil }
  init?(intValue: Int) { index = intValue }
}

private struct NodeDecoder: Decoder {
  let node: JSONNode
  let codingPath: [any CodingKey]
  let asked: AskedKeys
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object = node.value else { throw node.mismatch("an object") }
    asked.enter(node)
    return KeyedDecodingContainer(
      MemberContainer<Key>(node: node, codingPath: codingPath, asked: asked))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    ElementContainer(
      elements: try node.elements(), node: node, codingPath: codingPath, asked: asked)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    ValueContainer(node: node, codingPath: codingPath, asked: asked)
  }
}

private struct MemberContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let node: JSONNode
  let codingPath: [any CodingKey]
  let asked: AskedKeys

  var allKeys: [Key] {
    guard case .object(let object) = node.value else { return [] }
    for key in object.keys { asked.ask(node, for: key) }
    return object.keys.compactMap(Key.init(stringValue:))
  }

  private func member(_ key: Key) throws -> JSONNode {
    asked.ask(node, for: key.stringValue)
    return try node.required(key.stringValue)
  }

  private func decoder(_ key: Key) throws -> NodeDecoder {
    NodeDecoder(node: try member(key), codingPath: codingPath + [key], asked: asked)
  }

  func contains(_ key: Key) -> Bool {
    asked.ask(node, for: key.stringValue)
    return node[key.stringValue] != nil
  }

  /// Whether the key is there and null; an absent one has the default, which null may not be.
  func decodeNil(forKey key: Key) throws -> Bool {
    asked.ask(node, for: key.stringValue)
    guard case .object(let object) = node.value else { return false }
    return object[key.stringValue] == .null
  }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try decodeValue(type, from: member(key), at: codingPath + [key], asked)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    NodeDecoder(node: node, codingPath: codingPath, asked: asked)
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

private struct ElementContainer: UnkeyedDecodingContainer {
  let elements: [JSONNode]
  let node: JSONNode
  let codingPath: [any CodingKey]
  let asked: AskedKeys
  private(set) var currentIndex = 0
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  init(
    elements: [JSONNode], node: JSONNode, codingPath: [any CodingKey], asked: AskedKeys
  ) {
    self.elements = elements
    self.node = node
    self.codingPath = codingPath
    self.asked = asked
  }

  private mutating func next() throws -> NodeDecoder {
    guard !isAtEnd else { throw node.error("has only \(elements.count) elements") }
    defer { currentIndex += 1 }
    return NodeDecoder(
      node: elements[currentIndex], codingPath: codingPath + [ElementKey(currentIndex)],
      asked: asked)
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, elements[currentIndex].value == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let element = try next()
    return try decodeValue(type, from: element.node, at: element.codingPath, asked)
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try next().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct ValueContainer: SingleValueDecodingContainer {
  let node: JSONNode
  let codingPath: [any CodingKey]
  let asked: AskedKeys

  func decodeNil() -> Bool { node.value == .null }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try decodeValue(type, from: node, at: codingPath, asked)
  }
}

private func decodeValue<Value: Decodable>(
  _ type: Value.Type, from node: JSONNode, at codingPath: [any CodingKey], _ asked: AskedKeys
) throws -> Value {
  let value: Any =
    switch type {
    case is Bool.Type: try node.bool()
    case is String.Type: try node.string()
    case is Double.Type: try node.number()
    case is Float.Type: try float(node)
    case let integer as any FixedWidthInteger.Type: try exact(integer, node)
    case is JSONNode.Type: node
    default: try Value(from: NodeDecoder(node: node, codingPath: codingPath, asked: asked))
    }
  guard let value = value as? Value else { throw node.mismatch("a \(type)") }
  return value
}

private func float(_ node: JSONNode) throws -> Float {
  let float = Float(try node.number())
  guard float.isFinite else { throw node.error("is out of range for a 32-bit number") }
  return float
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
  package init(from decoder: any Decoder) throws {
    guard let decoder = decoder as? NodeDecoder else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "can only be read from a JSON file")
      )
    }
    self = decoder.node
  }
}
