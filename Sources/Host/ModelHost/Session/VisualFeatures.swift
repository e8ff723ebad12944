internal import LatentLensComponents
internal import LatentLensTensors

/// What the encoder makes of an image, and how a connector will read it; kept while a decoder runs, since
/// some connectors speak up again after its first blocks.
final class VisualFeatures {
  private let rows: Matrix
  private let bridge: Model.Bridge
  private let frame: ImageFrame
  let arrangement: VisualArrangement

  /// Runs the encoder as far as anybody looks.
  ///
  /// - Parameter observe: sees the encoder's layers, CLS and register tokens included; nil if nobody
  ///   wants to.
  init(
    _ vision: Model.Vision, _ bridge: Model.Bridge, pixels: PixelValues,
    arrangement: VisualArrangement, observing observe: HiddenStateObserver?
  ) {
    let encoder = vision.encoder
    let wanted = bridge.features.absoluteLayers(blockCount: encoder.blockCount)
    let prefix = encoder.prefixTokenCount
    let perCrop = prefix + encoder.grid(for: pixels).count
    let skipped = bridge.features.keepsPrefix ? 0 : prefix
    let kept = (0..<pixels.crops * perCrop).filter { $0 % perCrop >= skipped }
    var states: [Int: [Float]] = [:]
    let depth = observe == nil ? wanted.max() ?? 0 : encoder.blockCount
    encoder.encode(pixels, through: depth) { layer, state in
      observe?(layer, &state)
      if wanted.contains(layer) { states[layer] = state.gather(kept).values() }
    }
    func state(_ layer: Int) -> Matrix {
      Matrix(rows: kept.count, columns: encoder.width, values: states[layer] ?? [])
    }
    var joined = state(wanted[0])
    for layer in wanted.dropFirst() { joined = Matrix(joiningColumns: joined, state(layer)) }
    rows = joined
    self.bridge = bridge
    frame = pixels.frame
    self.arrangement = arrangement
  }

  /// The connector's output, `[tokens, hiddenSize]`.
  func tokens() -> Matrix { bridge.connector.project(rows, arrangement, frame: frame) }

  /// Adds to the residual stream what the connector adds after block `layer`, if it does.
  func inject(after layer: Int, into state: inout Matrix, at positions: [Int]) {
    guard 1...max(1, bridge.connector.injectionCount) ~= layer, bridge.connector.injectionCount > 0
    else { return }
    state.addRows(at: positions, bridge.connector.injection(layer - 1, rows, arrangement))
  }
}
