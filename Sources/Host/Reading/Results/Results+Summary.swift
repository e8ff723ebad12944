internal import LatentLensComponents
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
    var table = TextTable(["lens", "layer", "median", "commonest words"])
    for lens in lenses {
      for layer in layers {
        let readings = images.flatMap(\.readings)
          .filter { $0.lens.name == lens.name && $0.layer == layer }
        let first = readings.flatMap(\.neighbors).compactMap(\.first)
        guard !first.isEmpty else { continue }
        table.add([
          lens.title, layer.layerName, median(first.map(\.score)), commonestWords(first),
        ])
      }
    }
    let tokens = images.reduce(0) { $0 + $1.tokens.count }
    let passed = checks.count(where: \.passed)
    return [
      "\(name): \(images.count) images, \(tokens) visual tokens", "", table.text, "",
      "\(passed) of \(checks.count) self-checks hold",
    ].joined(separator: "\n")
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
