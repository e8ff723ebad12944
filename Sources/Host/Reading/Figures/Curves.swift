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

  private func json(of sheets: [Sheet]) throws -> JSONValue {
    var readings: [JSONValue] = []
    var norms: [JSONValue] = []
    for (number, lens) in model.lenses.enumerated() {
      for layer in model.layers {
        var gathered = Gathered()
        for sheet in sheets {
          guard let columns = try sheet.reading(LensLayer(named: lens, layer)) else { continue }
          gathered.add(columns, of: sheet)
        }
        guard let nearness = Quartiles(gathered.nearness) else { continue }
        readings.append([
          "lens": .string(lens), "layer": layer.layerJSON,
          "tokens": .integer(Int64(gathered.nearness.count)), "nearness": nearness.json,
          "sources": sources(of: gathered.entries),
        ])
        if number == 0, let quartiles = Quartiles(gathered.norms) {
          norms.append(["layer": layer.layerJSON, "norm": quartiles.json])
        }
      }
    }
    return ["readings": .array(readings), "norms": .array(norms)]
  }

  /// The columns of several sheets, as one.
  private struct Gathered {
    var nearness: [Double] = []
    var norms: [Double] = []
    var entries: [Int] = []

    mutating func add(_ columns: Sheet.Columns, of sheet: Sheet) {
      nearness += sheet.tokens.compactMap { columns.nearness[$0] }
      norms += sheet.tokens.map { columns.norms[$0] }
      entries += sheet.tokens.flatMap { columns.entries[$0] }
    }
  }

  /// The share of neighbours that each contextual layer gives; null for a lens that knows none.
  private func sources(of entries: [Int]) -> JSONValue {
    let layers = entries.compactMap { model.sources.indices.contains($0) ? model.sources[$0] : nil }
    guard !layers.isEmpty else { return .null }
    return .array(
      model.contextualLayers.map { layer in
        .figure(Double(layers.count { $0 == layer }) / Double(layers.count))
      })
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
