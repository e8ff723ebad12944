internal import LatentLensFormats

/// A key of a configuration that no adapter reads, so that what it asks for may be left undone.
package struct UnreadKey: Sendable, Hashable, CustomStringConvertible {
  package let file: String
  /// Its place in the file, such as `text_config.embedding_multiplier`.
  package let path: String
  /// Its value, as compact JSON.
  package let value: String
  /// The key that was probably meant, for keys of our own manifests.
  private let advice: String?

  init(_ node: JSONNode) {
    self.init(node, advice: nil)
  }

  /// A key of a manifest.
  init(_ node: JSONNode, suggestion: String?) {
    self.init(
      node,
      advice: "no adapter of this model reads it"
        + (suggestion.map { "; did you mean `\($0)`?" } ?? ""))
  }

  private init(_ node: JSONNode, advice: String?) {
    file = node.file
    path = node.path
    let text = node.value.text()
    value = text.count > 60 ? "\(text.prefix(57))..." : text
    self.advice = advice
  }

  package var description: String {
    let advice = advice ?? "no adapter of this model reads it, and it may change what is computed"
    return "`\(path)` is \(value): \(advice)"
  }
}

/// A configuration asks for what no adapter of the model knows.
package struct UnreadKeysError: Error, Equatable, CustomStringConvertible {
  package let keys: [UnreadKey]

  package init(_ keys: [UnreadKey]) {
    self.keys = keys
  }

  /// One line: the first key, and how to see them all.
  package var description: String {
    guard let first = keys.first else { return "no key is unread" }
    let rest = keys.count == 1 ? "" : "; and \(keys.count - 1) more: `latentlens check` lists all"
    return "\(first.file): \(first)\(rest)"
  }
}
