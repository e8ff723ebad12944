extension JSONValue {
  /// The value as JSON text: compact, or indented by two spaces where `indented` is set.
  ///
  /// The same value always gives the same bytes: members keep their order, numbers are written in the
  /// shortest form that reads back as the same double.
  package func text(indented: Bool = false) -> String {
    var text = ""
    write(to: &text, indent: indented ? 0 : nil)
    return text
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let bool): text += bool ? "true" : "false"
    case .integer(let integer): text += String(integer)
    case .number(let number): text += Self.text(of: number)
    case .string(let string): Self.write(string, to: &text)
    case .array(let elements):
      // Lists of plain values stay on one line, also in indented text.
      let inner = elements.contains(where: \.isContainer) ? indent.map { $0 + 1 } : nil
      Self.write(elements, open: "[", close: "]", to: &text, indent: inner) { element, text in
        element.write(to: &text, indent: inner)
      }
    case .object(let object):
      let inner = indent.map { $0 + 1 }
      Self.write(object.members, open: "{", close: "}", to: &text, indent: inner) { member, text in
        Self.write(member.key, to: &text)
        text += inner == nil ? ":" : ": "
        member.value.write(to: &text, indent: inner)
      }
    }
  }

  private var isContainer: Bool {
    switch self {
    case .array, .object: true
    default: false
    }
  }

  private static func write<Item>(
    _ items: [Item], open: String, close: String, to text: inout String, indent: Int?,
    each: (Item, inout String) -> Void
  ) {
    text += open
    for (index, item) in items.enumerated() {
      if index > 0 { text += "," }
      if let indent { text += "\n" + String(repeating: "  ", count: indent) }
      each(item, &text)
    }
    if let indent, !items.isEmpty { text += "\n" + String(repeating: "  ", count: indent - 1) }
    text += close
  }

  /// JSON has no infinities and no NaN; null stands for them.
  private static func text(of number: Double) -> String {
    guard number.isFinite else { return "null" }
    if let integer = Int64(exactly: number), integer.magnitude < 1 << 53 { return String(integer) }
    return String(number)
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}"..."\u{202E}",
        "\u{2066}"..."\u{2069}":
        // What no JSON may hold, and what a terminal or a script would obey.
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
