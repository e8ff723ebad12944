internal import LatentLensComponents
internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensModels

extension Results {
  /// What a run found, as a table: per model, lens and layer the median score and the commonest words.
  package var summary: String {
    models.map(\.summary).joined(separator: "\n\n")
  }
}

extension ModelResults {
  fileprivate var summary: String {
    let visual = images.reduce(0) { $0 + $1.tokens.count }
    let read = texts.reduce(0) { $0 + $1.tokens.count }
    var lines: [String] = []
    if !images.isEmpty {
      lines += ["\(name): \(images.count) images, \(visual) visual tokens", ""]
      lines += [table(of: imageSummaries, isVisual: true), ""] + doubts
    }
    if !texts.isEmpty {
      lines += ["\(name): \(texts.count) texts, \(read) tokens", ""]
      lines += [table(of: textSummaries, isVisual: false), ""]
    }
    lines.append("\(checks.count(where: \.passed)) of \(checks.count) self-checks hold")
    return lines.joined(separator: "\n")
  }

  private func table(of summaries: [LayerSummary], isVisual: Bool) -> String {
    var table = TextTable(["lens", "layer", "median", "noise", "elsewhere", "commonest words"])
    for summary in summaries {
      let bands = isVisual ? band(summary.lens, summary.layer) : nil
      table.add([
        summary.lens.title, summary.layer.layerName, hundredths(summary.median),
        bands?.noise.map { hundredths($0.mean) } ?? "",
        bands?.elsewhere.map { hundredths($0.mean) } ?? "", commonestWords(summary),
      ])
    }
    return table.text
  }

  private func band(_ lens: Lens, _ layer: Stage) -> LayerBands? {
    bands.first { $0.lens.name == lens.name && $0.layer == layer }
  }

  /// Where a lens is as near to words as it is for noise: whether they are right, truth alone can tell.
  private var doubts: [String] {
    let lines = lenses.compactMap { lens -> String? in
      let all = bands.filter { $0.lens.name == lens.name && $0.noise != nil }
      let empty = all.filter(\.isNoise)
      guard !empty.isEmpty else { return nil }
      let places =
        empty.count == all.count
        ? "at any layer" : "at " + empty.map(\.layer.layerName).joined(separator: ", ")
      return "\(lens.title) is no nearer to words than it is for random vectors \(places): "
        + "its similarities prove nothing there"
    }
    return lines.isEmpty ? [] : lines + [""]
  }

  private func commonestWords(_ summary: LayerSummary) -> String {
    summary.commonest.map {
      "\($0.word.isEmpty ? "␣" : $0.word) \($0.count * 100 / summary.count)%"
    }.joined(separator: ", ")
  }
}

/// A number to two places behind the point, or as it is where it has more before it than a table has room for.
func hundredths(_ value: Double) -> String {
  guard abs(value) < 1e12 else { return "\(value)" }
  let hundredths = Int((abs(value) * 100).rounded())
  let digits = hundredths % 100 < 10 ? "0\(hundredths % 100)" : "\(hundredths % 100)"
  return "\(value < 0 ? "-" : "")\(hundredths / 100).\(digits)"
}
