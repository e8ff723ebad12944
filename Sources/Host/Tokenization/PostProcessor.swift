internal import LatentLensFormats

/// Puts special tokens around a text's tokens: the `post_processor` of `tokenizer.json`, for single
/// texts.
struct PostProcessor: Sendable {
  enum Part: Sendable {
    case text
    case tokens([Int])
  }

  /// Applied in turn.
  private let templates: [[Part]]

  func process<Token>(_ tokens: [Token], addingSpecialTokens: Bool, make: (Int, Bool) -> Token)
    -> [Token]
  {
    templates.reduce(tokens) { tokens, template in
      var isBehindText = false
      return template.flatMap { part in
        switch part {
        case .text:
          isBehindText = true
          return tokens
        case .tokens(let ids):
          return addingSpecialTokens ? ids.map { make($0, isBehindText) } : []
        }
      }
    }
  }

  init(_ node: JSONNode) throws {
    let read: @Sendable (JSONNode) throws -> [[Part]] = try node.required("type").choice([
      "TemplateProcessing": { [try Self.template($0)] },
      // It only trims offsets, which here stay what the tokens really cover.
      "ByteLevel": { _ in [] },
      "BertProcessing": { [try Self.classifierTemplate($0)] },
      "RobertaProcessing": { [try Self.classifierTemplate($0)] },
      "Sequence": {
        try $0.required("processors").elements().flatMap { try PostProcessor($0).templates }
      },
    ])
    templates = try read(node)
  }

  private static func template(_ node: JSONNode) throws -> [Part] {
    let special = try node.required("special_tokens")
    let single = try node.required("single")
    guard try single.elements().count(where: { $0["Sequence"] != nil }) <= 1 else {
      throw single.error("holds the text more than once")
    }
    return try single.elements().map { part in
      if let token = part["SpecialToken"] {
        let name = try token.required("id").string()
        return .tokens(
          try special.required(name).required("ids").elements().map { try $0.integer() })
      }
      let sequence = try part.required("Sequence").required("id")
      return try sequence.choice(["A": .text])
    }
  }

  /// `[CLS] text [SEP]`, each token given as a pair of content and id.
  private static func classifierTemplate(_ node: JSONNode) throws -> [Part] {
    func token(_ key: String) throws -> Part {
      let pair = try node.required(key).elements()
      guard pair.count == 2 else { throw try node.required(key).error("is not a pair") }
      return .tokens([try pair[1].integer()])
    }
    return [try token("cls"), .text, try token("sep")]
  }
}
