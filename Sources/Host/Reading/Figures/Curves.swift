internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensModels

/// What lies in the middle of some numbers: the median, and the quarters around it.
struct Quartiles: Sendable, Equatable {
  let low: Double
  let middle: Double
  let high: Double

  /// Nil for no numbers.
  init?(_ numbers: [Double]) {
    guard !numbers.isEmpty else { return nil }
    let sorted = numbers.sorted()
    func quantile(_ share: Double) -> Double {
      let place = Double(sorted.count - 1) * share
      let below = Int(place)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }
    (low, middle, high) = (quantile(0.25), quantile(0.5), quantile(0.75))
  }

  /// As figures are stored.
  var json: JSONValue {
    ["low": .figure(low), "middle": .figure(middle), "high": .figure(high)]
  }
}

/// What a model's readings look like from layer to layer.
struct Curves: Sendable {
  private let model: FigureModel

  init(_ model: FigureModel) { self.model = model }

  /// For images and for texts, for each lens and layer: how near the first neighbours are, and where neighbours
  /// come from; and for each layer how long the states are.
  func json() throws -> JSONValue {
    var object = JSONObject()
    for (kind, sheets) in [("images", model.images), ("texts", model.texts)] {
      object[kind] = sheets.isEmpty ? .null : try json(of: sheets)
    }
    return .object(object)
  }

  private func json(of sheets: [FigureModel.Source]) throws -> JSONValue {
    let keys = model.lenses.flatMap { lens in model.layers.map { LensLayer(named: lens, $0) } }
    var gathered: [LensLayer: Gathered] = [:]
    for open in sheets {
      let sheet = try open()
      for key in keys {
        guard let reading = sheet.readings[key] else { continue }
        gathered[key, default: Gathered()].add(
          reading, of: sheet, countsNorms: key.lens == model.lenses.first)
      }
    }
    var readings: [JSONValue] = []
    var norms: [JSONValue] = []
    for key in keys {
      guard let own = gathered[key], let nearness = Quartiles(own.nearness) else { continue }
      readings.append([
        "lens": .string(key.lens), "layer": key.layer.layerJSON,
        "tokens": .integer(Int64(own.nearness.count)), "nearness": nearness.json,
        "sources": sources(own.sources),
      ])
      if let quartiles = Quartiles(own.norms) {
        norms.append(["layer": key.layer.layerJSON, "norm": quartiles.json])
      }
    }
    return ["readings": .array(readings), "norms": .array(norms)]
  }

  /// What several sheets have at one layer through one lens.
  private struct Gathered {
    var nearness: [Double] = []
    var norms: [Double] = []
    /// How many neighbours are from each contextual layer.
    var sources: [Int: Int] = [:]

    mutating func add(_ reading: Reading, of sheet: Sheet, countsNorms: Bool) {
      for token in sheet.tokens {
        if let nearest = reading.nearness(of: token) { nearness.append(nearest) }
        if countsNorms { norms.append(rounded(reading.norms[token], Reading.normScale)) }
        for entry in reading.neighbors(of: token)
        where sheet.table.sources.indices.contains(Int(entry)) {
          if let source = sheet.table.sources[Int(entry)] { sources[source, default: 0] += 1 }
        }
      }
    }
  }

  /// The share of neighbours that each contextual layer gives; null for a lens that knows none.
  private func sources(_ counts: [Int: Int]) -> JSONValue {
    let all = counts.values.reduce(0, +)
    guard all > 0 else { return .null }
    return .array(
      model.contextualLayers.map { .figure(Double(counts[$0] ?? 0) / Double(all)) })
  }
}

extension JSONValue {
  /// A number of a figure: six digits are more than a figure shows.
  static func figure(_ number: Double) -> JSONValue {
    guard number.isFinite, number != 0 else { return number == 0 ? .number(0) : .null }
    var scale = 1.0
    while abs(number) * scale < 1e5 { scale *= 10 }
    return .number((number * scale).rounded() / scale)
  }
}
