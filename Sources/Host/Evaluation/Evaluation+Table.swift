internal import LatentLensFormats
internal import LatentLensModels
internal import LatentLensReading

extension Evaluation {
  /// What was found, as a table for each model, and how to read it.
  package var table: String {
    ((isScored ? [truthTable] : []) + (judged.map { [$0.table] } ?? [])).joined(separator: "\n\n")
  }

  private var truthTable: String {
    let rules =
      "of \(options.countsGround ? "a thing or ground" : "a thing") that covers at least "
      + "\(options.threshold) of the patch"
    return (models.flatMap { $0.tables(rules) } + [legend]).joined(separator: "\n\n")
  }

  private var legend: String {
    var lines = [
      "In percent. Behind each figure the same for others/untrained/noise: other pictures' truth at the",
      "same place, an untrained connector, random states of the same norms.",
    ]
    if models.contains(where: { $0.rows.contains { $0.score.figures.top1.interval != nil } }) {
      lines.append("* the interval lies above that of every other lens.")
    }
    if models.contains(where: { $0.controlKinds.count < Control.allCases.count }) {
      lines.append(
        "– not in this run: put \"controls\": [\"untrained\", \"noise\"] into the run manifest.")
    }
    return lines.joined(separator: "\n")
  }
}

extension ModelScores {
  /// More lenses do not fit beside each other.
  private static let lensesInARow = 3

  private typealias Way = (name: String, of: @Sendable (Figures<Estimate>) -> Estimate)
  private static let ways: [Way] = [("top-1", \.top1), ("any-5", \.any5)]

  fileprivate func tables(_ rules: String) -> [String] {
    var head =
      "\(name): right words for \(tokenCount) visual tokens of \(pictureCount) pictures,\n\(rules)"
    if untoldCount > 0 { head += "\n\(untoldCount) pictures have no truth and are not scored" }
    let short = rows.map(\.score.shortCount).max() ?? 0
    if short > 0 {
      head += "\nup to \(short) of them have fewer than five neighbours: store more by top_k"
    }
    let groups = stride(from: 0, to: lenses.count, by: Self.lensesInARow).map {
      lenses[$0..<min($0 + Self.lensesInARow, lenses.count)]
    }
    return [head] + groups.map(table)
  }

  private func table(_ lenses: ArraySlice<(name: String, title: String)>) -> String {
    var table = TextTable([""] + lenses.flatMap { [$0.title, ""] })
    table.add(["layer"] + lenses.flatMap { _ in Self.ways.map(\.name) })
    for layer in layers {
      table.add(
        [layer.layerText]
          + lenses.flatMap { lens in Self.ways.map { cell(lens.name, layer, $0) } })
    }
    return table.text
  }

  private func cell(_ lens: String, _ layer: JSONValue, _ way: Way) -> String {
    guard let row = row(lens: lens, layer: layer) else { return "" }
    let controls =
      [row.score.others] + Control.allCases.map { row.controls[$0] }
    let estimate = way.of(row.score.figures)
    let figure = percent(estimate.value, decimals: true)
    // Under each other, so that the largest is seen at a glance.
    return String(repeating: " ", count: max(0, 5 - figure.count)) + figure
      + (isBest(lens, layer, way) ? "* " : "  ")
      + controls.map { $0.map { percent(way.of($0).value) } ?? "–" }.joined(separator: "/")
  }

  /// Whether a lens' interval lies above that of every other one at a layer.
  private func isBest(_ lens: String, _ layer: JSONValue, _ way: Way) -> Bool {
    let estimates = lenses.compactMap { other in
      row(lens: other.name, layer: layer).map { (other.name, way.of($0.score.figures)) }
    }
    guard let own = estimates.first(where: { $0.0 == lens })?.1.interval, estimates.count > 1
    else { return false }
    return estimates.filter { $0.0 != lens }.allSatisfy { other in
      other.1.interval.map { $0.upperBound < own.lowerBound } ?? false
    }
  }
}

extension JSONValue {
  var layerText: String {
    if case .string(let name) = self { name } else { text() }
  }
}

/// A share in percent.
func percent(_ share: Double, decimals: Bool = false) -> String {
  let tenths = Int((share * 1000).rounded())
  guard decimals else { return "\(Int((share * 100).rounded()))" }
  return "\(tenths / 10).\(tenths % 10)"
}
