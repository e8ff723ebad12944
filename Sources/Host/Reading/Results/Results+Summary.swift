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
      lines += [table(of: images.flatMap(\.readings)), ""]
    }
    if !texts.isEmpty {
      lines += ["\(name): \(texts.count) texts, \(read) tokens", ""]
      lines += [table(of: texts.flatMap(\.readings)), ""]
    }
    lines.append("\(checks.count(where: \.passed)) of \(checks.count) self-checks hold")
    return lines.joined(separator: "\n")
  }

  private func table(of readings: [Reading]) -> String {
    var table = TextTable(["lens", "layer", "median", "commonest words"])
    for lens in lenses {
      for layer in layers {
        let own = readings.filter { $0.lens.name == lens.name && $0.layer == layer }
        let first = own.flatMap(\.neighbors).compactMap(\.first)
        guard !first.isEmpty else { continue }
        table.add([
          lens.title, layer.layerName, median(first.map(\.score)), commonestWords(first),
        ])
      }
    }
    return table.text
  }

  private func median(_ scores: [Float]) -> String {
    let middle = scores.sorted()[scores.count / 2]
    let hundredths = Int((abs(middle) * 100).rounded())
    let digits = hundredths % 100 < 10 ? "0\(hundredths % 100)" : "\(hundredths % 100)"
    return "\(middle < 0 ? "-" : "")\(hundredths / 100).\(digits)"
  }

  private func commonestWords(_ found: [Reading.Found]) -> String {
    var counts: [String: Int] = [:]
    for neighbor in found { counts[vocabulary.entries[neighbor.entry].word, default: 0] += 1 }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
      .map { "\($0.key.isEmpty ? "␣" : $0.key) \($0.value * 100 / found.count)%" }
      .joined(separator: ", ")
  }
}
