internal import LatentLensTensors

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
  private var positions: [ExactName: Int] = [:]

  package init() {}

  package init(_ members: [(String, JSONValue)]) {
    for (key, value) in members { self[key] = value }
  }

  package var keys: [String] { members.map(\.key) }
  package var count: Int { members.count }

  /// The value under a key; setting an existing key replaces its value in place.
  package subscript(key: String) -> JSONValue? {
    get { positions[ExactName(key)].map { members[$0].value } }
    set {
      guard let newValue else { return remove(key) }
      if let position = positions[ExactName(key)] {
        members[position].value = newValue
      } else {
        positions[ExactName(key)] = members.count
        members.append((key, newValue))
      }
    }
  }

  private mutating func remove(_ key: String) {
    guard let position = positions.removeValue(forKey: ExactName(key)) else { return }
    members.remove(at: position)
    for index in position..<members.count { positions[ExactName(members[index].key)] = index }
  }

  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.elementsEqual(right.members) {
      ExactName($0.key) == ExactName($1.key) && $0.value == $1.value
    }
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
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
