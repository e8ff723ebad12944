internal import Foundation
package import LatentLensFormats

/// The figures of a comparison as files: each as a picture, and its numbers as CSV.
package struct Plots: Sendable {
  /// A figure: its name, and what stands in it.
  package struct Plot: Sendable {
    package let name: String
    let drawing: Drawing
    let rows: [[String]]
  }

  /// What a figure is written as.
  package enum Format: String, Sendable, CaseIterable {
    case svg, png, csv

    /// Whether a file that begins so is one of these figures.
    package func isOurs(_ start: [UInt8]) -> Bool {
      let text = String(decoding: start, as: UTF8.self)
      switch self {
      case .svg: return text.contains(Drawing.fonts)
      case .png: return Data(start).range(of: Data(Drawing.software)) != nil
      case .csv:
        let first = text.prefix { !$0.isNewline }
        return first.hasPrefix("\"model\",\"layer\",\"depth\"") || first.hasSuffix(",\"share\"")
      }
    }
  }

  package let plots: [Plot]

  /// - Parameter document: as `comparison.json` has it.
  /// - Throws: `JSONError` for what is no such document.
  package init(of document: JSONNode) throws {
    let models = try document.required("models").elements().enumerated().map {
      try PlottedModel($0.offset, $0.element)
    }
    var plots: [Plot] = []
    for lens in Self.union(models.map(\.lenses)) {
      if let chart = try Self.nearness(lens, models) {
        plots.append(Plot("nearness-\(lens)", chart))
      }
      for (way, title) in [
        ("top_1", "The first word is right"), ("any_5", "One of five is right"),
      ] {
        if let chart = try Self.shares(
          lens, way, "\(title) · \(lens)", models, document["evaluation"],
          others: "other pictures’ truth")
        {
          plots.append(Plot("\(way)-\(lens)", chart))
        }
      }
      if let chart = try Self.shares(
        lens, "interpretable", "A word fits · \(lens)", models, document["evaluation"]?["judge"],
        others: "words of another picture")
      {
        plots.append(Plot("judged-\(lens)", chart))
      }
      plots += try AgreementPlots(lens, models, of: document).plots
      for model in models {
        if let chart = try Self.sources(lens, model) {
          plots.append(Plot("sources-\(lens)-\(model.number + 1)", chart))
        }
      }
    }
    if let chart = try Self.norms(models) { plots.append(Plot("norms", chart)) }
    for node in try document.required("states").elements() {
      let pair = try node.required("models").elements().map { models[try $0.integer()] }
      let chart = FieldChart(
        title: "Linear CKA", number: 6,
        across: ("layer of \(pair[1].name)", pair[1].layers),
        along: ("layer of \(pair[0].name)", pair[0].layers),
        shares: try node.required("cka").elements().map {
          try $0.elements().map { $0.value == .null ? nil : try $0.number() }
        })
      plots.append(Plot("states-\(pair[0].number + 1)-\(pair[1].number + 1)", chart))
    }
    self.plots = plots
  }

  private static func nearness(_ lens: String, _ models: [PlottedModel]) throws -> LineChart? {
    let series = try models.compactMap { model -> LineChart.Series? in
      let readings = try model.readings.filter { try $0.required("lens").string() == lens }
      guard !readings.isEmpty else { return nil }
      let bands = try model.bands.filter { try $0.required("lens").string() == lens }
      let isLogit = try bands.contains { try $0.required("own").required("mean").number() > 1.01 }
      func control(_ kind: String) throws -> [Double?] {
        try readings.map { reading in
          let layer = try reading.required("layer").value
          guard !isLogit, let band = bands.first(where: { $0["layer"]?.value == layer })?[kind]
          else { return nil }
          return try band.required("mean").number()
        }
      }
      return LineChart.Series(
        name: model.name, number: model.number,
        points: try readings.map { try model.point($0, $0.required("nearness")) },
        against: [
          ("random vectors", [7, 3, 1.5, 3], try control("noise")),
          ("another picture, same place", LineChart.dotted, try control("elsewhere")),
        ])
    }
    return series.isEmpty
      ? nil
      : LineChart(
        title: "How near the nearest is · \(lens)", scale: .linear(top: 1, isShare: false),
        series: series)
  }

  private static func norms(_ models: [PlottedModel]) throws -> LineChart? {
    let series = try models.map { model in
      LineChart.Series(
        name: model.name, number: model.number,
        points: try model.norms.map { try model.point($0, $0.required("norm")) })
    }
    let values = series.flatMap(\.points).flatMap { [$0.low, $0.high] }.filter { $0 > 0 }
    guard let low = values.min(), let high = values.max() else { return nil }
    let bottom = Int(log10(min(low, 1)).rounded(.down))
    return LineChart(
      title: "How long the states are",
      scale: .logarithmic(low: bottom, high: max(Int(log10(high).rounded(.up)), bottom + 1)),
      series: series)
  }

  private static func sources(_ lens: String, _ model: PlottedModel) throws -> FieldChart? {
    let readings = try model.readings.filter {
      try $0.required("lens").string() == lens && $0["sources"] != nil
    }
    guard !readings.isEmpty else { return nil }
    let columns = try readings.map { try $0.required("sources").elements().map { try $0.number() } }
    return FieldChart(
      title: "Where the neighbours come from · \(model.name)", number: model.number,
      across: ("decoder layer", try readings.map { try $0.required("layer").value }),
      along: ("contextual layer", model.contextualLayers),
      shares: model.contextualLayers.indices.map { row in columns.map { $0[row] } })
  }

  /// How often something holds of a lens' readings.
  ///
  /// - Parameters:
  ///   - way: what is counted.
  ///   - scores: with a member `models`.
  ///   - others: what stands against it.
  private static func shares(
    _ lens: String, _ way: String, _ title: String, _ models: [PlottedModel],
    _ scores: JSONNode?, others: String
  ) throws -> LineChart? {
    let scored = try scores?.required("models").elements() ?? []
    let series = try models.compactMap { model -> LineChart.Series? in
      let own = try scored.first { try $0.required("name").string() == model.name }
      let scores = try own?.required("scores").elements().filter {
        try $0.required("lens").string() == lens
      }
      guard let scores, !scores.isEmpty else { return nil }
      return LineChart.Series(
        name: model.name, number: model.number,
        points: try scores.map { try model.share($0, $0.required(way)) },
        against: [
          (
            others, LineChart.dotted,
            try scores.map { score in
              try score.required("controls")["others"].map {
                try $0.required(way).required("value").number()
              }
            }
          )
        ])
    }
    guard let highest = series.flatMap(\.points).map(\.high).max() else { return nil }
    let top = [0.04, 0.08, 0.2, 0.4, 0.6, 0.8].first { highest <= $0 } ?? 1
    return LineChart(title: title, scale: .linear(top: top, isShare: true), series: series)
  }

  /// What stands in any of some lists, once each, in order.
  private static func union(_ lists: [[String]]) -> [String] {
    lists.joined().reduce(into: []) { all, one in
      if !all.contains(one) { all.append(one) }
    }
  }
}

extension Plots.Plot {
  /// A name of a file, whatever results call their lenses.
  private static func fileName(_ name: String) -> String {
    String(name.map { $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : "-" })
  }

  init(_ name: String, _ chart: LineChart) {
    self.init(name: Self.fileName(name), drawing: chart.drawing, rows: chart.rows)
  }

  init(_ name: String, _ chart: FieldChart) {
    self.init(name: Self.fileName(name), drawing: chart.drawing, rows: chart.rows)
  }

  /// The whole file.
  ///
  /// - Throws: `HostError` where this machine cannot write it.
  package func file(_ format: Plots.Format) throws(HostError) -> [UInt8] {
    switch format {
    case .svg: Array(drawing.svg.utf8)
    case .png: try drawing.png()
    case .csv: Array(csv.utf8)
    }
  }

  /// Quoted by RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe before it.
  private var csv: String {
    rows.map { row in
      row.map { cell in
        let isFormula = Double(cell) == nil && "=+-@".contains(cell.prefix(1)) && !cell.isEmpty
        let quoted = cell.replacingOccurrences(of: "\"", with: "\"\"")
        return "\"\(isFormula ? "'" : "")\(quoted)\""
      }.joined(separator: ",") + "\r\n"
    }.joined()
  }
}
