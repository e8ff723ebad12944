internal import LatentLensFormats

/// How far models agree on the words of a patch through one lens: over the depth, and each with each.
struct AgreementPlots {
  private(set) var plots: [Plots.Plot] = []

  /// - Parameter document: as `comparison.json` has it.
  /// - Throws: `JSONError` for what is no such document.
  init(_ lens: String, _ models: [PlottedModel], of document: JSONNode) throws {
    let stops = try document.required("stops").elements().map { node in
      (
        depth: try node["depth"]?.number(),
        layers: try node.required("layers").elements().map(\.value)
      )
    }
    let own = try document.required("agreement").elements().filter {
      try $0.required("lens").string() == lens
    }.map { node in
      let stop = try node.required("stop")
      guard stops.indices.contains(try stop.integer()),
        stops[try stop.integer()].layers.count == models.count
      else { throw stop.error("is no place of all models") }
      return (
        stop: try stop.integer(), words: try Matrix(node.required("words"), models.count),
        control: try Matrix(node.required("control"), models.count)
      )
    }
    guard !own.isEmpty else { return }
    let series = models.map { model in
      let points = model.layers.compactMap { layer -> (LineChart.Point, Double?)? in
        guard let one = own.first(where: { stops[$0.stop].layers[model.number] == layer }),
          let share = one.words.mean(of: model.number)
        else { return nil }
        let point = LineChart.Point(
          layer: layer, depth: model.depth(layer), low: share, middle: share, high: share)
        return (point, one.control.mean(of: model.number))
      }
      return LineChart.Series(
        name: model.name, number: model.number, points: points.map(\.0),
        against: [("the same place of another picture", LineChart.dotted, points.map(\.1))])
    }
    let highest = max(series.flatMap(\.points).map(\.high).max() ?? 0, 0.05)
    plots.append(
      .init(
        "agreement-\(lens)",
        LineChart(
          title: "Agreement on words · \(lens)",
          scale: .linear(
            top: [0.1, 0.2, 0.4, 0.6, 0.8].first { highest <= $0 } ?? 1, isShare: true),
          series: series)))
    let middle = own.min {
      abs((stops[$0.stop].depth ?? 9) - 0.5) < abs((stops[$1.stop].depth ?? 9) - 0.5)
    }
    guard let middle, let depth = stops[middle.stop].depth else { return }
    let names = models.map { JSONValue.integer(Int64($0.number + 1)) }
    plots.append(
      .init(
        "agreement-\(lens)-models",
        FieldChart(
          title: "Agreement at \(Int((depth * 100).rounded())) % of the depth · \(lens)", number: 6,
          across: ("are read by", names), along: ("words of", names.reversed()),
          shares: middle.words.rows.reversed())))
  }

  /// A share for each model (down) with each (across); nil where there is none, and with itself.
  private struct Matrix {
    let rows: [[Double?]]

    init(_ node: JSONNode, _ count: Int) throws(JSONError) {
      var rows: [[Double?]] = []
      for (number, row) in try node.elements().enumerated() {
        var shares: [Double?] = []
        for (other, share) in try row.elements().enumerated() {
          shares.append(share.value == .null || number == other ? nil : try share.number())
        }
        guard shares.count == count else { throw row.error("has not \(count) shares") }
        rows.append(shares)
      }
      guard rows.count == count else { throw node.error("has not \(count) rows") }
      self.rows = rows
    }

    /// With the other models, both ways.
    func mean(of model: Int) -> Double? {
      let shares = rows.indices.flatMap { [rows[model][$0], rows[$0][model]] }.compactMap(\.self)
      return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }
  }
}
