/// A value in a JSON document that knows where it stands, so that every complaint can name the place.
package struct JSONNode: Sendable {
  package let value: JSONValue
  /// The file the document came from, as the user named it.
  package let file: String
  /// The path of this value in its document, such as `connector.layers[1]`; empty at the root.
  package let path: String

  package init(_ value: JSONValue, file: String, path: String = "") {
    self.value = value
    self.file = file
    self.path = path
  }

  /// The member of an object, or nil if it is absent, null, or this is no object.
  package subscript(key: String) -> JSONNode? {
    guard case .object(let object) = value, let member = object[key], member != .null else {
      return nil
    }
    return JSONNode(member, file: file, path: pathOfMember(key))
  }

  /// The elements of an array, each with its own path.
  package func elements() throws(JSONError) -> [JSONNode] {
    guard case .array(let elements) = value else { throw mismatch("an array") }
    return elements.enumerated().map { index, element in
      JSONNode(element, file: file, path: "\(path)[\(index)]")
    }
  }

  /// The members of an object in the order of the file.
  package func members() throws(JSONError) -> [(key: String, node: JSONNode)] {
    guard case .object(let object) = value else { throw mismatch("an object") }
    return object.members.map { key, member in
      (key, JSONNode(member, file: file, path: pathOfMember(key)))
    }
  }

  /// The same place with some members of the object replaced or added; members that are objects on both
  /// sides are merged likewise.
  package func overridden(by other: JSONObject) -> JSONNode {
    guard case .object(var object) = value else { return self }
    for (key, member) in other.members {
      if case .object(let inner) = member, let own = self[key], case .object = own.value {
        object[key] = own.overridden(by: inner).value
      } else {
        object[key] = member
      }
    }
    return JSONNode(.object(object), file: file, path: path)
  }

  /// A member's place, whether it is there or not.
  func member(_ key: String) -> JSONNode {
    self[key] ?? JSONNode(.null, file: file, path: pathOfMember(key))
  }

  /// The member of an object that has to be there.
  package func required(_ key: String) throws(JSONError) -> JSONNode {
    guard case .object = value else { throw mismatch("an object") }
    guard let member = self[key] else {
      throw JSONError(file: file, path: pathOfMember(key), problem: .missing)
    }
    return member
  }

  package func string() throws(JSONError) -> String {
    guard case .string(let string) = value else { throw mismatch("a string") }
    return string
  }

  package func bool() throws(JSONError) -> Bool {
    guard case .bool(let bool) = value else { throw mismatch("true or false") }
    return bool
  }

  package func integer() throws(JSONError) -> Int {
    switch value {
    case .integer(let integer): return Int(integer)
    case .number(let number):
      guard abs(number) < 0x1p63 else { throw error("is more than 64 bits hold") }
      guard let integer = Int(exactly: number) else { throw mismatch("a whole number") }
      return integer
    default: throw mismatch("a whole number")
    }
  }

  /// A finite number: some writers of JSON know infinities and NaN, which no quantity is.
  package func number() throws(JSONError) -> Double {
    switch value {
    case .integer(let integer): return Double(integer)
    case .number(let number):
      guard number.isFinite else { throw error("is no finite number") }
      return number
    default: throw mismatch("a number")
    }
  }

  /// An error at this value's place.
  package func error(_ sentence: String) -> JSONError {
    JSONError(file: file, path: path, problem: .invalid(sentence))
  }

  func mismatch(_ expected: String) -> JSONError {
    JSONError(file: file, path: path, problem: .mismatch(expected: expected, found: value.kind))
  }

  func pathOfMember(_ key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }
}
