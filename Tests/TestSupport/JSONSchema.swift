package import LatentLensFormats

/// A JSON Schema, as far as ours go: types, members, elements, lists of values, and alternatives.
///
/// A keyword that it does not know is an error, so that no schema promises what nobody checks.
package struct JSONSchema {
  private let root: JSONNode

  package init(contentsOf path: String) throws {
    root = try JSONNode(contentsOf: path)
  }

  /// What of a document does not fit, each with its place; empty for a document that fits.
  package func problems(of document: JSONValue) throws -> [String] {
    try problems(document, root, at: "$")
  }

  private func problems(_ value: JSONValue, _ schema: JSONNode, at place: String) throws -> [String]
  {
    try schema.members().flatMap { keyword, rule in
      try problems(value, keyword, rule, of: schema, at: place)
    }
  }

  private func problems(
    _ value: JSONValue, _ keyword: String, _ rule: JSONNode, of schema: JSONNode, at place: String
  ) throws -> [String] {
    func expect(_ holds: Bool, _ sentence: @autoclosure () -> String) -> [String] {
      holds ? [] : ["\(place): \(sentence())"]
    }
    switch keyword {
    case "$schema", "$defs", "title", "description": return []
    case "$ref":
      let name = try rule.string().split(separator: "/").last.map(String.init) ?? ""
      return try problems(value, root.required("$defs").required(name), at: place)
    case "type":
      let types = try names(rule)
      return expect(types.contains { value.isOf(type: $0) }, "is no \(types)")
    case "const": return expect(value == rule.value, "is not \(rule.value.text())")
    case "enum":
      return try expect(
        rule.elements().contains { $0.value == value }, "is not one of \(rule.path)")
    case "minimum": return try expect((value.number ?? .infinity) >= rule.number(), "is too small")
    case "maximum": return try expect((value.number ?? -.infinity) <= rule.number(), "is too large")
    case "minItems": return try expect(value.elements.count >= rule.integer(), "is too short")
    case "required":
      let missing = try names(rule).filter { value.members[$0] == nil }
      return expect(missing.isEmpty || !value.isOf(type: "object"), "has no \(missing)")
    case "properties":
      return try value.members.members.flatMap { name, member in
        try self.member(of: rule, name).map { try problems(member, $0, at: "\(place).\(name)") }
          ?? []
      }
    case "additionalProperties":
      guard try !rule.bool() else { return [] }
      let known = schema["properties"]
      let unknown = try value.members.keys.filter { name in
        try known.flatMap { try member(of: $0, name) } == nil
      }
      return expect(unknown.isEmpty, "has unknown members \(unknown)")
    case "items":
      return try value.elements.enumerated().flatMap { index, element in
        try problems(element, rule, at: "\(place)[\(index)]")
      }
    case "oneOf", "anyOf":
      let found = try rule.elements().map { try problems(value, $0, at: place) }
      let fitting = found.count(where: \.isEmpty)
      let holds = keyword == "oneOf" ? fitting == 1 : fitting > 0
      return expect(holds, "fits \(fitting) of \(keyword): \(found.flatMap(\.self).prefix(6))")
    default: throw schema.error("`\(keyword)` is no keyword that is checked")
    }
  }

  private func member(of node: JSONNode, _ name: String) throws -> JSONNode? {
    try node.members().first { $0.key == name }?.node
  }

  private func names(_ node: JSONNode) throws -> [String] {
    if case .string(let name) = node.value { return [name] }
    return try node.elements().map { try $0.string() }
  }
}

extension JSONValue {
  fileprivate func isOf(type: String) -> Bool {
    switch (type, self) {
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool),
      ("null", .null), ("integer", .integer), ("number", .integer), ("number", .number):
      true
    default: false
    }
  }

  fileprivate var number: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    default: nil
    }
  }

  fileprivate var elements: [JSONValue] {
    if case .array(let elements) = self { elements } else { [] }
  }

  fileprivate var members: JSONObject {
    if case .object(let object) = self { object } else { JSONObject() }
  }
}
