internal import LatentLensComponents
internal import LatentLensSession
internal import LatentLensTensors

/// The states of what is read of one picture, kept until the next one has been held against them.
final class Recorded {
  let batch: StateBatch
  /// Where each token's middle lies, as shares of the picture's width and height; nil for tokens without a
  /// place.
  private let middles: [(x: Double, y: Double)?]

  init(_ batch: consuming StateBatch, of tokens: [VisualToken], width: Int, height: Int) {
    self.batch = batch
    middles = tokens.map { token in
      token.place.map { place in
        let corners = Double(place.polygon.count / 2)
        let x = stride(from: 0, to: place.polygon.count, by: 2).reduce(0) { $0 + place.polygon[$1] }
        let y = stride(from: 1, to: place.polygon.count, by: 2).reduce(0) { $0 + place.polygon[$1] }
        return (x / corners / Double(width), y / corners / Double(height))
      }
    }
  }

  private init(_ batch: consuming StateBatch, middles: [(x: Double, y: Double)?]) {
    self.batch = batch
    self.middles = middles
  }

  /// For each token of this picture the states of that of another one which lies at the same place, or
  /// nearest to it; of tokens without a place, the one that is as far in the sequence.
  func elsewhere(in other: Recorded) -> Recorded {
    let places = middles.indices.map { other.token(nearest: middles[$0], number: $0) }
    let rows = batch.stages.indices.flatMap { stage in
      places.map { stage * other.batch.tokenCount + $0 }
    }
    let states = other.batch.states.gather(rows)
    return Recorded(
      StateBatch(stages: batch.stages, tokenCount: batch.tokenCount, states: states),
      middles: middles)
  }

  private func token(nearest middle: (x: Double, y: Double)?, number: Int) -> Int {
    guard let middle else { return min(number, middles.count - 1) }
    func distance(_ index: Int) -> Double {
      guard let own = middles[index] else { return .infinity }
      let (across, down) = (own.x - middle.x, own.y - middle.y)
      return across * across + down * down
    }
    return middles.indices.min { distance($0) < distance($1) } ?? 0
  }
}
