public import LatentLensKernels
public import LatentLensTensors

/// Keeps account, while a model is loaded, of which tensors were asked for, found and left over.
public final class WeightLedger {
  /// The file or folder the tensors come from, for errors.
  public let source: String
  /// What the layers that are loaded compute with.
  public let compute: Compute

  private let tensors: NameTable<Weight>
  /// Whether tensors are handed out with their elements in another order.
  private let isShuffled: Bool
  private var taken: Set<ExactName> = []
  /// The own names of tensors that nobody needs, as patterns.
  private let unneeded: [String]
  private var found: Set<WeightProblem> = []
  /// What stands for vectors that are missing, by length: a damaged configuration may ask for very many.
  private var missing: [Int: [Float]] = [:]

  /// Opens the account of a component's tensors.
  ///
  /// - Parameters:
  ///   - stored: the tensors of a checkpoint by their stored names.
  ///   - names: how they become the component's own, one rule after the other.
  ///   - isShuffled: whether they are handed out with their elements in another order, which leaves nothing
  ///     of what was learnt.
  public init(
    _ stored: NameTable<Weight>, source: String, compute: Compute, names: [TensorNames] = [],
    isShuffled: Bool = false
  ) {
    self.isShuffled = isShuffled
    self.source = source
    self.compute = compute
    var tensors: NameTable<Weight> = [:]
    // In the order of names: of two tensors that claim one name, the first keeps it, and the other stays
    // under its own and is left over.
    for (name, weight) in stored {
      let own = names.reduce(Optional(name)) { name, rules in name.flatMap(rules.own) }
      guard let own else { continue }
      tensors[tensors[own] == nil ? own : name] = weight
    }
    self.tensors = tensors
    unneeded = names.flatMap(\.unneeded)
  }

  /// The whole checkpoint.
  public var root: WeightScope { WeightScope(path: "", ledger: self) }

  /// The stored names of the tensors that are this component's, read or not.
  public var storedNames: [String] { tensors.values.map(\.name) }

  func contains(_ name: String) -> Bool { tensors[name] != nil }

  func tensor(_ name: String, _ shape: [Int]) -> Weight {
    guard let weight = tensors[name] else {
      found.insert(.missing(name: name, expected: shape))
      return .zeros(name, shape)
    }
    taken.insert(ExactName(name))
    guard weight.shape == shape else {
      found.insert(.misshapen(name: name, expected: shape, found: weight.shape))
      return .zeros(name, shape)
    }
    guard weight.encoding.isFloatingPoint else {
      found.insert(.mistyped(name: name, found: weight.encoding))
      return .zeros(name, shape)
    }
    return isShuffled ? weight.shuffled() : weight
  }

  /// A tensor of one dimension, decoded; of those that are missing, all of one length are one.
  func vector(_ name: String, _ count: Int) -> [Float] {
    let weight = tensor(name, [count])
    guard weight.isStandIn else { return weight.floats() }
    let zeros = missing[count] ?? weight.floats()
    missing[count] = zeros
    return zeros
  }

  /// The tensors that layers have taken, in the order of names.
  public var readTensors: [Weight] {
    tensors.filter { taken.contains(ExactName($0.key)) }.map(\.value)
  }

  /// Everything that does not fit so far: missing, misshapen and mistyped tensors, then unread ones,
  /// each in the order of names.
  public var problems: [WeightProblem] {
    let left = tensors.filter { name, _ in
      !taken.contains(ExactName(name)) && !unneeded.contains { matches(name, $0) }
    }.map { WeightProblem.unread(name: $0.key, shape: $0.value.shape) }
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
