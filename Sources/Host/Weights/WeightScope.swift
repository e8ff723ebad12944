public import LatentLensKernels
public import LatentLensTensors

/// A checkpoint seen as directories: `weights / "layers" / 3 / "self_attn"`.
///
/// Layers take their tensors from a scope by their leaf names. Asking never fails: a tensor that is
/// missing or has another shape is recorded in the ledger, and zeros come back in its place, so that
/// all problems can be reported together.
public struct WeightScope {
  /// The widest row that any layer is asked for: wider ones are nobody's.
  public static let widest = 1 << 24

  /// The names on the way here, joined by dots; empty at the root.
  public let path: String
  private let ledger: WeightLedger

  init(path: String, ledger: WeightLedger) {
    self.path = path
    self.ledger = ledger
  }

  /// What the layers that load from here compute with.
  public var compute: Compute { ledger.compute }

  /// The scope of a name below this one; the name may have dots itself.
  public static func / (scope: WeightScope, name: String) -> WeightScope {
    WeightScope(path: scope.name(of: name), ledger: scope.ledger)
  }

  /// The scope of a numbered member, as in a list of layers.
  public static func / (scope: WeightScope, index: Int) -> WeightScope {
    scope / String(index)
  }

  /// Whether the checkpoint has a tensor of this name here.
  public func contains(_ name: String) -> Bool {
    ledger.contains(self.name(of: name))
  }

  /// A floating-point tensor of exactly this shape.
  public func tensor(_ name: String, _ shape: [Int]) -> Weight {
    ledger.tensor(self.name(of: name), shape)
  }

  /// A floating-point tensor of one dimension, decoded.
  public func vector(_ name: String, _ count: Int) -> [Float] {
    ledger.vector(self.name(of: name), count)
  }

  private func name(of leaf: String) -> String {
    path.isEmpty ? leaf : "\(path).\(leaf)"
  }
}
