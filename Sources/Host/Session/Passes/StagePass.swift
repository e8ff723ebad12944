internal import LatentLensComponents
internal import LatentLensTensors

/// A pass that shows stages: through a model that reads, or through an encoder alone.
enum StagePass: Sendable {
  case reading(ForwardPass)
  case seeing(EncoderPass)

  /// Runs as deep as somebody looks.
  func run(observer: StageObserver) {
    switch self {
    case .reading(let pass): pass.run(observer: observer)
    case .seeing(let pass): pass.run(observer: observer)
    }
  }

  /// The shape in which a stage is shown; nil where the pass has no such stage.
  func shape(of stage: Stage) -> [Int]? {
    switch self {
    case .reading(let pass): pass.shape(of: stage)
    case .seeing(let pass): pass.shape(of: stage)
    }
  }

  /// The rows of the sequence that visual tokens take; nil where nothing is both seen and read.
  var visualPositions: [Int]? {
    guard case .reading(let pass) = self, pass.shape(of: .connector) != nil else { return nil }
    return pass.layout.visualPositions
  }
}
