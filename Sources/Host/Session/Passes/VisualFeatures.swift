internal import LatentLensComponents
internal import LatentLensModels
internal import LatentLensTensors

/// What a connector reads of one image; kept while a decoder runs, since some connectors speak up again
/// after its first blocks.
final class ImageFeatures {
  private let source: any VisualSource
  /// The encoder's stages that feed the connector, joined on columns in this order.
  private let stages: [Stage]
  /// The rows of the encoder's states that reach the connector.
  private let kept: [Int]
  private var states: [Stage: [Float]] = [:]
  private var rows = Matrix(rows: 0, columns: 0)

  init(_ input: VisualInput, _ encoder: any VisionEncoder, _ selection: FeatureSelection) {
    source = input.source
    stages = selection.stages(blockCount: encoder.blockCount)
    let prefix = encoder.prefixTokenCount
    let perCrop = prefix + encoder.grid(for: input.pixels).count
    let skipped = selection.keepsPrefix ? 0 : prefix
    kept = (0..<input.pixels.crops * perCrop).filter { $0 % perCrop >= skipped }
  }

  /// Takes from the encoder's states what feeds the connector.
  var observer: StageObserver {
    let wanted = Set(stages)
    return StageObserver(wants: wanted.contains) { stage, state in
      self.states[stage] = state.gather(self.kept).values()
      if self.states.count == wanted.count { self.join(columns: state.columns) }
    }
  }

  /// Joins the states, once all are there.
  private func join(columns: Int) {
    func state(_ stage: Stage) -> Matrix {
      Matrix(rows: kept.count, columns: columns, values: states[stage] ?? [])
    }
    var joined = state(stages[0])
    for stage in stages.dropFirst() { joined = Matrix(joiningColumns: joined, state(stage)) }
    rows = joined
    states = [:]
  }

  /// The connector's output, `[tokens, hiddenSize]`.
  func tokens() -> Matrix { source.project(rows) }

  /// What the connector adds after the decoder's block with this index, `[tokens, hiddenSize]`.
  func addition(_ index: Int) -> Matrix { source.addition(index, rows) }
}

/// The features of all images of a pass, one image after the other.
final class VisualFeatures {
  private let images: [ImageFeatures]
  private let bridge: Bridge
  private let isNoise: Bool

  /// - Parameters:
  ///   - images: at least one.
  ///   - isNoise: whether all that reaches the decoder is noise of the same norms.
  init(_ images: [ImageFeatures], _ bridge: Bridge, isNoise: Bool) {
    self.images = images
    self.bridge = bridge
    self.isNoise = isNoise
  }

  /// The connector's output for all images, `[tokens, hiddenSize]`.
  func tokens() -> Matrix { joined { $0.tokens() } }

  /// Puts visual tokens at their positions of what enters the decoder.
  func place(_ tokens: borrowing Matrix, in input: inout Matrix, at positions: [Int]) {
    switch bridge.joint.placement.combination {
    case .replace: input.replaceRows(at: positions, with: tokens)
    case .add: input.addRows(at: positions, tokens)
    }
  }

  /// What the connector adds between the decoder's blocks.
  func additions(at positions: [Int]) -> StreamAdditions {
    StreamAdditions(
      at: positions, afterFirst: bridge.connector.additionCount, areShown: bridge.showsInjections
    ) { index in
      self.joined { $0.addition(index) }
    }
  }

  private func joined(_ rows: (ImageFeatures) -> Matrix) -> Matrix {
    var all = rows(images[0])
    for image in images.dropFirst() { all = Matrix(joiningRows: all, rows(image)) }
    return isNoise ? all.noise() : all
  }
}
