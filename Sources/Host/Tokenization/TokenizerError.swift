package import LatentLensFormats

/// What is wrong with a `tokenizer.json`, and where in it.
package enum TokenizerError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be read, is not JSON, or a value in it has the wrong type or is missing.
  case malformed(JSONError)
  /// The file asks for something this tokenizer does not do.
  case unsupported(file: String, path: String, found: String, supported: String)

  package var description: String {
    switch self {
    case .malformed(let error): error.description
    case .unsupported(let file, let path, let found, let supported):
      "\(file): \(path): \(found) is not supported; supported: \(supported)"
    }
  }
}

extension JSONNode {
  /// The error for a value whose meaning is unknown here.
  func unsupported(_ found: String, supported: [String]) -> TokenizerError {
    .unsupported(
      file: file, path: path, found: found, supported: supported.joined(separator: ", "))
  }

  /// Looks a string up in a table of everything it may be.
  func choice<Value>(_ choices: KeyValuePairs<String, Value>) throws -> Value {
    let name = try string()
    guard let choice = choices.first(where: { $0.key == name }) else {
      throw unsupported("`\(name)`", supported: choices.map { "`\($0.key)`" })
    }
    return choice.value
  }

  /// Throws unless a string is absent or empty, and so changes nothing.
  func requireAbsentOrEmpty(_ key: String) throws {
    guard let node = self[key], try !node.string().isEmpty else { return }
    throw node.unsupported("`\(try node.string())`", supported: ["null"])
  }

  /// A boolean that stands for `fallback` where it is absent.
  func flag(_ key: String, default fallback: Bool) throws -> Bool {
    try self[key]?.bool() ?? fallback
  }
}
