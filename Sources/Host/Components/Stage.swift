public import LatentLensTensors

/// A point of a forward pass at which its state can be looked at, in the order in which a pass comes by.
///
/// Numbers count blocks: 0 is what enters the first block, `i` what leaves block `i`, before any norm
/// behind the last.
public enum Stage: Sendable, Hashable, Comparable, Codable {
  /// The preprocessed picture, as the encoder takes it.
  case pixels
  /// The vision encoder's residual stream, CLS and register tokens included.
  case vision(Int)
  /// The encoder's last state behind the norm that some encoders have there.
  case visionNorm
  /// The connector's output, before it is put into the sequence.
  case connector
  /// The decoder's residual stream.
  case hidden(Int)
  /// The decoder's final norm's output.
  case norm
  case logits

  /// What tensors of this stage are called in files: `vision.3`, `hidden.12`, `hidden.norm`, …
  public var tensorName: String {
    switch self {
    case .pixels: "pixels"
    case .vision(let block): "vision.\(block)"
    case .visionNorm: "vision.norm"
    case .connector: "connector"
    case .hidden(let block): "hidden.\(block)"
    case .norm: "hidden.norm"
    case .logits: "logits"
    }
  }

  private var order: (part: Int, block: Int) {
    switch self {
    case .pixels: (0, 0)
    case .vision(let block): (1, block)
    case .visionNorm: (2, 0)
    case .connector: (3, 0)
    case .hidden(let block): (4, block)
    case .norm: (5, 0)
    case .logits: (6, 0)
    }
  }

  public static func < (left: Stage, right: Stage) -> Bool { left.order < right.order }
}

/// Somebody who looks at the stages of a forward pass while it runs.
///
/// A state is lent for the duration of the call: whoever wants rows copies them, so that looking costs
/// nothing where nobody looks, and a pass goes no deeper than somebody looks.
public struct StageObserver {
  /// Whether a stage is looked at.
  public let wants: (Stage) -> Bool
  private let look: (Stage, borrowing Matrix) -> Void

  /// - Parameters:
  ///   - wants: tells which stages are looked at; nil looks at all.
  ///   - look: sees each of these stages once, with its state `[rows, width]`.
  public init(
    wants: ((Stage) -> Bool)? = nil, look: @escaping (Stage, borrowing Matrix) -> Void
  ) {
    self.wants = wants ?? { _ in true }
    self.look = look
  }

  /// Nobody.
  public static var none: StageObserver { StageObserver(wants: { _ in false }, look: { _, _ in }) }

  /// Shows a state, if it is wanted.
  public func callAsFunction(_ stage: Stage, _ state: borrowing Matrix) {
    if wants(stage) { look(stage, state) }
  }
}
