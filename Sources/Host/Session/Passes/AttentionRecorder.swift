package import LatentLensComponents
internal import LatentLensTensors

/// Keeps how the tokens that are read attend to each other while a pass runs: of one block at a time all that there
/// is, of the others what is told.
package final class AttentionRecorder {
  private let wanted: Set<Int>
  /// The rows of the sequence that are read, ascending.
  private let rows: [Int]
  private let reach: [Int]
  /// The visual tokens but for the first token of the sequence; nil for texts.
  private let picture: [Int]?
  private var layers: [AttentionMaps.Layer] = []

  /// - Parameters:
  ///   - stages: those that are read; the weights are of the blocks that they leave.
  ///   - rows: the rows of the sequence that are read, ascending.
  ///   - pass: the pass that will run.
  package init(_ stages: [Stage], rows: [Int], of pass: ForwardPass) {
    wanted = Set(stages.compactMap { if case .hidden(let layer) = $0 { layer } else { nil } })
    self.rows = rows
    let layout = pass.layout
    var seen = 0
    reach = rows.map { row in
      let sight = layout.segments.sight(from: row)
      while seen < rows.count, rows[seen] < sight { seen += 1 }
      return seen
    }
    picture = layout.images.isEmpty ? nil : layout.visualPositions.filter { $0 > 0 }
  }

  var observer: AttentionObserver {
    AttentionObserver(wants: wanted.contains, look: { self.keep($0, $1) })
  }

  private func keep(_ layer: Int, _ weights: borrowing Matrix) {
    var (top, first, share) = ([Float](), [Float](), [Float]())
    var bytes: [UInt8] = []
    bytes.reserveCapacity(reach.reduce(0, +))
    for (row, reach) in zip(rows, reach) {
      let all = weights.row(row)
      let seen = rows[..<reach].map { all[$0] }
      let largest = AttentionMaps.told(Double(seen.max() ?? 0))
      top.append(largest)
      first.append(AttentionMaps.told(Double(all[0])))
      if let picture {
        share.append(AttentionMaps.told(picture.reduce(0) { $0 + Double(all[$1]) }))
      }
      bytes += seen.map { AttentionMaps.byte(of: $0, top: largest) }
    }
    layers.append(
      AttentionMaps.Layer(
        layer: .hidden(layer), top: top, first: first, picture: picture == nil ? nil : share,
        weights: bytes))
  }

  /// What was kept.
  package var maps: AttentionMaps {
    AttentionMaps(reach: reach, start: rows.first == 0 ? 0 : nil, layers: layers)
  }
}
