internal import LatentLensComponents
internal import LatentLensSession
internal import LatentLensTensors

/// What is kept of a model's states, to hold them against those of other models, whatever their widths: the inner
/// products of its states at some places of pictures.
package struct StateSketch: Sendable, Equatable {
  /// A place that all models see: a cell of a coarse raster over a picture.
  package struct Place: Sendable, Hashable {
    /// The SHA-256 of the picture.
    let picture: String
    let cell: Int
  }

  let places: [Place]
  /// Per layer the inner products of the places' states around their mean, `[places, places]`.
  let products: [Stage: [Float]]
}

/// What a sketch keeps of a picture: the states of the tokens that lie over the middles of its cells.
struct SketchedPicture: Codable {
  /// The raster has as many rows and as many columns.
  private static let side = 4

  /// The cells that a token lies over.
  private(set) var cells: [Int] = []
  /// Per layer the states in these cells, one after the other.
  private(set) var states: [Stage: [Float]] = [:]

  init(_ batch: borrowing StateBatch, of tokens: [VisualToken], width: Int, height: Int) {
    let patches = tokens.map { $0.place.map { Patch(corners: $0.polygon) } }
    for cell in 0..<Self.side * Self.side {
      let x = (Double(cell % Self.side) + 0.5) / Double(Self.side) * Double(width)
      let y = (Double(cell / Self.side) + 0.5) / Double(Self.side) * Double(height)
      let over = patches.enumerated().compactMap { token, patch in
        patch.flatMap { $0.contains(x, y) ? (token, $0.area) : nil }
      }
      // Of several views that of the finest.
      guard let token = over.min(by: { $0.1 < $1.1 })?.0 else { continue }
      cells.append(cell)
      for (number, stage) in batch.stages.enumerated() {
        states[stage, default: []] += batch.states.row(number * batch.tokenCount + token)
      }
    }
  }
}

/// Gathers states for a sketch, picture by picture.
struct SketchSample {
  /// Of how many pictures places are kept: the first.
  static let enough = 8

  private var places: [StateSketch.Place] = []
  private var states: [Stage: [Float]] = [:]

  mutating func add(_ picture: SketchedPicture, digest: String) {
    places += picture.cells.map { StateSketch.Place(picture: digest, cell: $0) }
    states.merge(picture.states, uniquingKeysWith: +)
  }

  /// Nil where there were too few places to tell anything.
  var sketch: StateSketch? {
    guard places.count > 3 else { return nil }
    return StateSketch(
      places: places, products: states.mapValues { Self.products(of: $0, count: places.count) })
  }

  private static func products(of states: [Float], count: Int) -> [Float] {
    let width = states.count / count
    var centred = states
    for column in 0..<width {
      let values = (0..<count).map { Double(states[$0 * width + column]) }
      let mean = values.reduce(0, +) / Double(count)
      for row in 0..<count { centred[row * width + column] = Float(values[row] - mean) }
    }
    var products = Array(repeating: Float(0), count: count * count)
    for row in 0..<count {
      for other in row..<count {
        var sum = 0.0
        for column in 0..<width {
          sum += Double(centred[row * width + column]) * Double(centred[other * width + column])
        }
        products[row * count + other] = Float(sum)
        products[other * count + row] = Float(sum)
      }
    }
    return products
  }
}

extension Patch {
  /// Whether a place lies within the rectangle around the polygon.
  fileprivate func contains(_ x: Double, _ y: Double) -> Bool {
    left <= x && x < right && top <= y && y < bottom
  }
}
