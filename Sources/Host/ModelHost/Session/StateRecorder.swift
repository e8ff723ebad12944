internal import LatentLensComponents
public import LatentLensTensors

/// Copies the rows that somebody wants from the layers that somebody wants, while a pass runs.
///
/// All layers stand in one matrix, layer under layer, so that a lens reads an index once for all.
public final class StateRecorder {
  public let layers: [StateLayer]
  private let rows: [Int]
  /// `[layers.count * rows.count, hiddenSize]`: the wanted rows of the first layer, then the next's.
  public private(set) var states: Matrix

  /// - Parameters:
  ///   - layers: the layers to keep, ascending.
  ///   - rows: the rows of the decoder's sequence to keep of each.
  public init(layers: [StateLayer], rows: [Int], hiddenSize: Int) {
    self.layers = layers
    self.rows = rows
    states = Matrix(rows: layers.count * rows.count, columns: hiddenSize)
  }

  /// The rows of `states` that hold a layer.
  public func range(of layer: StateLayer) -> Range<Int>? {
    layers.firstIndex(of: layer).map { $0 * rows.count..<($0 + 1) * rows.count }
  }

  /// Runs a pass no deeper than the deepest wanted layer, and keeps what is wanted.
  public func record(_ pass: ForwardPass) {
    guard let decoder = pass.model.decoder else {
      preconditionFailure("checked when the pass was made")
    }
    var observer = ForwardPass.Observer()
    observer.connector = { visual in self.keep(.connector, visual) }
    observer.decoder = { layer, state in
      guard self.layers.contains(.residual(layer)) else { return }
      self.keep(.residual(layer), state.gather(self.rows))
    }
    let last = pass.run(through: depth(blockCount: decoder.blockCount), observing: observer)
    if layers.contains(.norm) { keep(.norm, decoder.normalize(last.gather(rows))) }
  }

  private func depth(blockCount: Int) -> Int {
    layers.reduce(0) { depth, layer in
      switch layer {
      case .connector: depth
      case .residual(let number): max(depth, number)
      case .norm: blockCount
      }
    }
  }

  private func keep(_ layer: StateLayer, _ state: borrowing Matrix) {
    guard let range = range(of: layer) else { return }
    precondition(
      state.rows == range.count, "layer \(layer.name) has other rows than were asked for")
    states.replaceRows(at: Array(range), with: state)
  }
}
