/// A name as its bytes: another name is the same only where its UTF-8 is, although Swift's strings are equal
/// already where they look the same.
public struct ExactName: Sendable, Hashable, Comparable {
  public let string: String

  public init(_ string: String) { self.string = string }

  public static func == (left: ExactName, right: ExactName) -> Bool {
    left.string.utf8.elementsEqual(right.string.utf8)
  }

  public static func < (left: ExactName, right: ExactName) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    // FNV-1a: one word for the hasher instead of a word for each byte.
    hasher.combine(
      string.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { hash, byte in
        (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      })
  }
}

/// Values by their names, such as the tensors of a file: names are bytes.
public struct NameTable<Value> {
  private var stored: [ExactName: Value] = [:]

  public init() {}

  public var count: Int { stored.count }
  public var isEmpty: Bool { stored.isEmpty }

  /// The names, in the order of their bytes.
  public var keys: [String] { stored.keys.sorted().map(\.string) }

  /// The values, in the order of their names.
  public var values: [Value] { map(\.value) }

  public subscript(name: String) -> Value? {
    get { stored[ExactName(name)] }
    set { stored[ExactName(name)] = newValue }
  }

  /// Gives a name a value; returns the one that it had.
  public mutating func updateValue(_ value: Value, forKey name: String) -> Value? {
    stored.updateValue(value, forKey: ExactName(name))
  }
}

/// Names with their values, in the order of names.
extension NameTable: Sequence {
  public func makeIterator() -> some IteratorProtocol<(key: String, value: Value)> {
    stored.sorted { $0.key < $1.key }.lazy.map { (key: $0.key.string, value: $0.value) }
      .makeIterator()
  }
}

extension NameTable: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Value)...) {
    for (name, value) in elements { self[name] = value }
  }
}

extension NameTable: Sendable where Value: Sendable {}
