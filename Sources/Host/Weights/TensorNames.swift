/// What a component calls the tensors of a file, and which of them it has no use for.
///
/// Publishers and releases name the same tensors differently, keep several parts in one file, and leave
/// things in it that nobody needs: all of that is told here.
public struct TensorNames: Sendable, Equatable {
  /// A prefix of stored names, and what stands for it in the component's own.
  public struct Renaming: Sendable, Equatable {
    public let stored: String
    public let own: String

    public init(_ stored: String, as own: String = "") {
      self.stored = stored
      self.own = own
    }
  }

  /// The first whose prefix a stored name has is taken.
  public let renamings: [Renaming]
  /// Whether a tensor that no renaming fits belongs to somebody else; otherwise it keeps its name.
  public let isExclusive: Bool
  /// Own names that may stay unread, in which one `*` stands for anything: `"*.rotary_emb.inv_freq"`.
  public let unneeded: [String]

  public init(
    _ renamings: [Renaming] = [], isExclusive: Bool = false, unneeded: [String] = []
  ) {
    self.renamings = renamings
    self.isExclusive = isExclusive
    self.unneeded = unneeded
  }

  /// The component's own name of a stored tensor; nil where it belongs to somebody else.
  public func own(_ stored: String) -> String? {
    if let renaming = renamings.first(where: { stored.hasPrefix($0.stored) }) {
      return renaming.own + stored.dropFirst(renaming.stored.count)
    }
    return isExclusive ? nil : stored
  }
}

/// Whether a name fits a pattern in which one `*` may stand for anything.
package func matches(_ name: String, _ pattern: String) -> Bool {
  guard let star = pattern.firstIndex(of: "*") else { return name == pattern }
  let head = pattern[..<star]
  let tail = pattern[pattern.index(after: star)...]
  return name.utf8.count >= head.utf8.count + tail.utf8.count
    && name.hasPrefix(head) && name.hasSuffix(tail)
}
