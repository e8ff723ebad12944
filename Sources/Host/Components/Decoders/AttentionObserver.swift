public import LatentLensTensors

/// Somebody who looks at how tokens attend to each other while a decoder runs.
///
/// Weights are lent for the duration of the call, as states are, and worked out where somebody looks alone.
public struct AttentionObserver {
  /// Whether the weights of the block that leaves this layer are looked at; 1 is the first block's.
  public let wants: (_ layer: Int) -> Bool
  private let look: (_ layer: Int, borrowing Matrix) -> Void

  /// - Parameters:
  ///   - wants: tells which layers are looked at.
  ///   - look: sees each of these with its weights, the mean over heads: `[tokens, keys]`, 0 for keys that a
  ///     token does not see.
  public init(
    wants: @escaping (_ layer: Int) -> Bool,
    look: @escaping (_ layer: Int, borrowing Matrix) -> Void
  ) {
    self.wants = wants
    self.look = look
  }

  /// Nobody.
  public static var none: AttentionObserver {
    AttentionObserver(wants: { _ in false }, look: { _, _ in })
  }

  /// What a block is told of it; nil where its weights are not looked at.
  func look(ofLayer layer: Int) -> ((borrowing Matrix) -> Void)? {
    guard wants(layer) else { return nil }
    return { look(layer, $0) }
  }
}
