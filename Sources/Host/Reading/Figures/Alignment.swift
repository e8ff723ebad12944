internal import LatentLensComponents
internal import LatentLensFormats

/// How alike the states of two models are over the same places: linear CKA, between 0 and 1, with the estimator
/// of HSIC that has no bias (Song et al. 2012; Nguyen et al. 2021), so that states that have nothing in common come
/// to 0, however wide they are.
struct Alignment: Sendable {
  private let left: StateSketch
  private let right: StateSketch
  /// The places that both have, as numbers in each; and the same with each picture's place beside that of the next
  /// picture.
  private let shared: [(Int, Int)]
  private let elsewhere: [(Int, Int)]

  init(_ left: StateSketch, _ right: StateSketch) {
    self.left = left
    self.right = right
    let numbers = Dictionary(
      right.places.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    shared = left.places.enumerated().compactMap { number, place in
      numbers[place].map { (number, $0) }
    }
    var pictures: [String] = []
    for place in left.places where !pictures.contains(place.picture) {
      pictures.append(place.picture)
    }
    let next = Dictionary(
      uniqueKeysWithValues: pictures.indices.map {
        (pictures[$0], pictures[($0 + 1) % pictures.count])
      })
    elsewhere =
      pictures.count < 2
      ? []
      : left.places.enumerated().compactMap { number, place in
        next[place.picture].flatMap {
          numbers[StateSketch.Place(picture: $0, cell: place.cell)].map { (number, $0) }
        }
      }
  }

  /// Linear CKA of each layer of the first model (down) with each of the second (across), over the same places
  /// and over different pictures; nil where too few places are shared.
  func json(_ layers: [Stage], _ others: [Stage]) -> JSONObject? {
    guard shared.count > 3 else { return nil }
    return JSONObject([
      ("places", .integer(Int64(shared.count))), ("cka", matrix(shared, layers, others)),
      ("control", elsewhere.count > 3 ? matrix(elsewhere, layers, others) : .null),
    ])
  }

  private func matrix(_ pairs: [(Int, Int)], _ layers: [Stage], _ others: [Stage]) -> JSONValue {
    let rows = layers.map { Centred(left, $0, pairs.map(\.0)) }
    let columns = others.map { Centred(right, $0, pairs.map(\.1)) }
    return .array(
      rows.map { row in
        .array(
          columns.map { column in
            guard let row, let column else { return .null }
            let scale = (row.dependence(on: row) * column.dependence(on: column)).squareRoot()
            return scale > 0 ? .figure(row.dependence(on: column) / scale) : .null
          })
      })
  }
}

/// Inner products of some places without those of each with itself, and their sums.
private struct Centred {
  private let count: Int
  private let products: [Double]
  private let sums: [Double]
  private let total: Double

  /// Nil for a layer that was not kept.
  init?(_ sketch: StateSketch, _ layer: Stage, _ places: [Int]) {
    guard let all = sketch.products[layer] else { return nil }
    let width = sketch.places.count
    count = places.count
    var products = Array(repeating: 0.0, count: places.count * places.count)
    for (i, row) in places.enumerated() {
      for (j, column) in places.enumerated() where i != j {
        products[i * places.count + j] = Double(all[row * width + column])
      }
    }
    self.products = products
    sums = places.indices.map { row in
      products[row * places.count..<(row + 1) * places.count].reduce(0, +)
    }
    total = sums.reduce(0, +)
  }

  /// HSIC without bias, but for a factor that is the same for all.
  func dependence(on other: Centred) -> Double {
    let n = Double(count)
    var trace = 0.0
    for index in products.indices { trace += products[index] * other.products[index] }
    var across = 0.0
    for index in sums.indices { across += sums[index] * other.sums[index] }
    return trace + total * other.total / ((n - 1) * (n - 2)) - 2 / (n - 2) * across
  }
}
