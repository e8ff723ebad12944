internal import LatentLensFormats
internal import LatentLensModels
internal import LatentLensNetwork
internal import LatentLensReading

extension Judged {
  /// What was said, as a table for each model, and how to read it.
  var table: String {
    let legend = """
      In percent of patches: those with a word that fits in any way, the same for others/untrained/noise,
      then concrete/abstract/global. Others: words that were read on another picture, at the same place.
      """
    return (models.map { $0.table(by: judge.endpoint.model) } + [legend]).joined(separator: "\n\n")
  }
}

extension JudgedModel {
  fileprivate func table(by judge: String) -> String {
    let most = rows.map(\.series.patches.count).max() ?? 0
    let unreadable = rows.reduce(0) { $0 + $1.series.unreadableCount }
    var head = "\(name): up to \(most) patches for each lens and layer, judged by \(judge)"
    if unreadable > 0 { head += "\n\(unreadable) answers cannot be read, and count as no" }
    let judged = lenses.filter { mean(ofLens: $0.name) != nil }
    let groups = stride(from: 0, to: judged.count, by: Self.lensesInARow).map {
      judged[$0..<min($0 + Self.lensesInARow, judged.count)]
    }
    return ([head] + groups.map(table)).joined(separator: "\n\n")
  }

  /// More lenses do not fit beside each other.
  private static let lensesInARow = 3

  private func table(_ lenses: ArraySlice<(name: String, title: String)>) -> String {
    var table = TextTable([""] + lenses.flatMap { [$0.title, ""] })
    table.add(["layer"] + lenses.flatMap { _ in ["fits", "c/a/g"] })
    for layer in layers {
      table.add([layer.layerText] + lenses.flatMap { cells($0.name, layer) })
    }
    table.add(
      ["mean"] + lenses.flatMap { [mean(ofLens: $0.name).map { aligned($0) } ?? "", ""] })
    return table.text
  }

  private func cells(_ lens: String, _ layer: JSONValue) -> [String] {
    guard let row = row(lens: lens, layer: layer) else { return ["", ""] }
    let grades = row.series.grades
    let controls = [row.series.others] + Control.allCases.map { row.controls[$0] }
    return [
      aligned(grades.interpretable.value) + "  "
        + controls.map { $0.map { percent($0.interpretable.value) } ?? "–" }.joined(separator: "/"),
      [grades.concrete, grades.abstract, grades.global].map { percent($0.value) }
        .joined(separator: "/"),
    ]
  }

  private func aligned(_ share: Double) -> String {
    let figure = percent(share, decimals: true)
    return String(repeating: " ", count: max(0, 5 - figure.count)) + figure
  }
}
