/// A JSON value, as it stands in a file: objects keep their order, integers stay exact.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// What a reader of an error message would call this value.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object in the order of the file.
///
/// - Complexity: lookup by key is O(1) on average.
package struct JSONObject: Sendable, Equatable {
  package private(set) var members: [(key: String, value: JSONValue)] = []
  private var positions: [Key: Int] = [:]

  package init() {}

  package init(_ members: [(String, JSONValue)]) {
    for (key, value) in members { self[key] = value }
  }

  package var keys: [String] { members.map(\.key) }
  package var count: Int { members.count }

  /// The value under a key; setting an existing key replaces its value in place.
  package subscript(key: String) -> JSONValue? {
    get { positions[Key(key)].map { members[$0].value } }
    set {
      guard let newValue else { return remove(key) }
      if let position = positions[Key(key)] {
        members[position].value = newValue
      } else {
        positions[Key(key)] = members.count
        members.append((key, newValue))
      }
    }
  }

  private mutating func remove(_ key: String) {
    guard let position = positions.removeValue(forKey: Key(key)) else { return }
    members.remove(at: position)
    for index in position..<members.count { positions[Key(members[index].key)] = index }
  }

  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.elementsEqual(right.members) { $0.key == $1.key && $0.value == $1.value }
  }

  /// A key that equals another where both have the same scalars: Swift's strings are equal already
  /// where they look the same, which would make one member of a vocabulary's `é` and `e` + accent.
  private struct Key: Hashable {
    let string: String

    init(_ string: String) { self.string = string }

    static func == (left: Key, right: Key) -> Bool {
      left.string.utf8.elementsEqual(right.string.utf8)
    }

    func hash(into hasher: inout Hasher) {
      // FNV-1a: one word for the hasher instead of a word for each byte.
      hasher.combine(
        string.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { hash, byte in
          (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        })
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements))
  }
  package init(nilLiteral: ()) { self = .null }
}
