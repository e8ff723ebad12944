public import LatentLensKernels
public import LatentLensTensors

/// Keeps account, while a model is loaded, of which tensors were asked for, found and left over.
public final class WeightLedger {
  /// Publishers prefix the same names differently: a tensor's first matching prefix is replaced.
  public typealias Renaming = (prefix: String, replacement: String)

  /// The file or folder the tensors come from, for errors.
  public let source: String
  /// What the layers that are loaded compute with.
  public let compute: Compute

  private let tensors: [String: Weight]
  private var unread: Set<String>
  private var found: Set<WeightProblem> = []

  /// Opens the account of a checkpoint's tensors.
  public init(
    _ tensors: [String: Weight], source: String, compute: Compute, renaming: [Renaming] = []
  ) {
    self.source = source
    self.compute = compute
    var renamed: [String: Weight] = [:]
    // In the order of names, so that what happens does not depend on hashing: of two tensors that
    // claim one name, the first keeps it, and the other stays under its own and is left over.
    for (name, weight) in tensors.sorted(by: { $0.key < $1.key }) {
      let rule = renaming.first { name.hasPrefix($0.prefix) }
      let target = rule.map { $0.replacement + name.dropFirst($0.prefix.count) } ?? name
      renamed[renamed[target] == nil ? target : name] = weight
    }
    self.tensors = renamed
    unread = Set(renamed.keys)
  }

  /// The whole checkpoint.
  public var root: WeightScope { WeightScope(path: "", ledger: self) }

  /// Takes tensors that nobody needs off the list of unread ones.
  ///
  /// - Parameter patterns: names after renaming, in which one `*` stands for anything:
  ///   `"vision_tower.*"`, `"*.rotary_emb.inv_freq"`.
  public func ignore(_ patterns: [String]) {
    for pattern in patterns {
      unread = unread.filter { !Self.matches($0, pattern) }
    }
  }

  private static func matches(_ name: String, _ pattern: String) -> Bool {
    guard let star = pattern.firstIndex(of: "*") else { return name == pattern }
    let head = pattern[..<star]
    let tail = pattern[pattern.index(after: star)...]
    return name.utf8.count >= head.utf8.count + tail.utf8.count
      && name.hasPrefix(head) && name.hasSuffix(tail)
  }

  func contains(_ name: String) -> Bool { tensors[name] != nil }

  func tensor(_ name: String, _ shape: [Int]) -> Weight {
    guard let weight = tensors[name] else {
      found.insert(.missing(name: name, expected: shape))
      return .zeros(name, shape)
    }
    unread.remove(name)
    guard weight.shape == shape else {
      found.insert(.misshapen(name: name, expected: shape, found: weight.shape))
      return .zeros(name, shape)
    }
    guard weight.type.isFloatingPoint else {
      found.insert(.mistyped(name: name, found: weight.type))
      return .zeros(name, shape)
    }
    return weight
  }

  /// The tensors that layers have taken, in the order of names.
  public var readTensors: [Weight] {
    tensors.filter { !unread.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Everything that does not fit so far: missing, misshapen and mistyped tensors, then unread ones,
  /// each in the order of names.
  public var problems: [WeightProblem] {
    let left = unread.map { WeightProblem.unread(name: $0, shape: tensors[$0]?.shape ?? []) }
    return found.sorted() + left.sorted()
  }

  /// Closes the account.
  ///
  /// - Throws: `WeightError` with every tensor that is missing, misshapen or mistyped. Unread tensors
  ///   are no error.
  public func finish() throws(WeightError) {
    guard found.isEmpty else { throw WeightError(source: source, problems: found.sorted()) }
  }
}
