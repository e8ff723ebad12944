package import LatentLensComponents
internal import LatentLensFormats
package import LatentLensLenses
internal import LatentLensModels

/// What one lens reads at one layer of a picture or a text: the neighbours of every token, as columns of numbers.
package struct Reading: Sendable, Equatable {
  package let lens: String
  package let score: ScoreKind
  package let layer: Stage
  /// How many neighbours a token has at most.
  package let width: Int
  /// `[tokens, width]`, best first: numbers of entries; -1 where a token has fewer.
  package let entries: [Int32]
  /// `[tokens, width]`: what `score` says.
  package let scores: [Float]
  /// `[tokens, width]`: the shares of the softmax; nil where scores are no logits.
  package let probabilities: [Float]?
  /// The score that each token's first neighbour has with what another picture has at the same place; nil
  /// where there is no other, and for texts.
  package let elsewhere: [Float]?
  /// The L2 norm of each token's hidden state.
  package let norms: [Float]

  var key: LensLayer { LensLayer(named: lens, layer) }

  var tokenCount: Int { norms.count }

  /// How many neighbours there are of all tokens.
  var count: Int { entries.count }

  /// The entries of a token's neighbours, best first.
  func neighbors(of token: Int) -> ArraySlice<Int32> {
    let all = entries[token * width..<(token + 1) * width]
    return all.prefix(all.firstIndex(of: -1).map { $0 - all.startIndex } ?? width)
  }

  /// How near a token's first neighbour is: its probability where there is one, else its score; nil for none.
  func nearness(of token: Int) -> Double? {
    guard width > 0, entries[token * width] >= 0 else { return nil }
    return rounded((probabilities ?? scores)[token * width], Self.scoreScale)
  }

  /// The same with other numbers for the entries.
  func renumbered(_ number: (Int32) -> Int32) -> Reading {
    Reading(
      lens: lens, score: score, layer: layer, width: width,
      entries: entries.map { $0 < 0 ? $0 : number($0) }, scores: scores,
      probabilities: probabilities, elsewhere: elsewhere, norms: norms)
  }

  /// Scores are told to a hundred thousandth, norms to a thousandth: what is stored as text or as 32-bit numbers
  /// is told alike.
  static let scoreScale = 1e5
  static let normScale = 1e3
}

extension Reading {
  /// As results have it.
  var json: JSONValue {
    func column(_ value: (Int) -> JSONValue) -> JSONValue {
      .array(
        (0..<tokenCount).map { token in
          .array(neighbors(of: token).indices.map(value))
        })
    }
    func number(_ value: Float, _ scale: Double) -> JSONValue { .number(rounded(value, scale)) }
    var object = JSONObject([
      ("lens", .string(lens)), ("layer", layer.layerJSON),
      ("entry", column { .integer(Int64(entries[$0])) }),
      (score.rawValue, column { number(scores[$0], Self.scoreScale) }),
    ])
    if let probabilities {
      object["probability"] = column { number(probabilities[$0], Self.scoreScale) }
    }
    object["elsewhere"] =
      elsewhere.map { .array($0.map { number($0, Self.scoreScale) }) } ?? .null
    object["norm"] = .array(norms.map { number($0, Self.normScale) })
    return .object(object)
  }

  /// - Parameter node: as results have it.
  /// - Throws: `JSONError` for what is no reading.
  init(_ node: JSONNode) throws(JSONError) {
    lens = try node.required("lens").string()
    layer = try Stage(node.required("layer"))
    norms = try node.required("norm").floats()
    elsewhere = try node["elsewhere"]?.floats()
    guard let kind = ScoreKind.allCases.first(where: { node[$0.rawValue] != nil }) else {
      throw node.error("holds no scores")
    }
    score = kind
    let entryNode = try node.required("entry")
    var lists: [[Int32]] = []
    for list in try entryNode.elements() { lists.append(try list.entryNumbers()) }
    let counts = lists.map(\.count)
    let width = counts.max() ?? 0
    self.width = width
    entries = lists.flatMap { $0 + Array(repeating: -1, count: width - $0.count) }
    scores = try node.required(kind.rawValue).column(counts, width)
    probabilities = try node["probability"]?.column(counts, width)
    guard counts.count == norms.count, elsewhere.map({ $0.count == norms.count }) ?? true else {
      throw node.error("does not read each of \(norms.count) tokens")
    }
  }
}

extension JSONNode {
  /// The numbers of a list; no place is made for each, but for the first that is none.
  func floats() throws(JSONError) -> [Float] {
    guard case .array(let elements) = value else { throw error("has to be a list of numbers") }
    var numbers: [Float] = []
    numbers.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      switch element {
      case .integer(let number): numbers.append(Float(number))
      case .number(let number): numbers.append(Float(number))
      default: throw error("has no number at \(index)")
      }
    }
    return numbers
  }

  /// The numbers of some entries.
  fileprivate func entryNumbers() throws(JSONError) -> [Int32] {
    guard case .array(let elements) = value else { throw error("has to be a list of numbers") }
    var numbers: [Int32] = []
    for (index, element) in elements.enumerated() {
      guard case .integer(let number) = element, number >= 0, let entry = Int32(exactly: number)
      else { throw error("has no number of an entry at \(index)") }
      numbers.append(entry)
    }
    return numbers
  }

  /// Lists of so many numbers each, as rows of one width.
  fileprivate func column(_ counts: [Int], _ width: Int) throws(JSONError) -> [Float] {
    var numbers: [Float] = []
    numbers.reserveCapacity(counts.count * width)
    let lists = try elements()
    guard lists.count == counts.count else {
      throw error("has \(lists.count) lists for \(counts.count) tokens")
    }
    for (list, count) in zip(lists, counts) {
      let own = try list.floats()
      guard own.count == count else {
        throw list.error("has \(own.count) numbers for \(count) neighbours")
      }
      numbers += own + Array(repeating: 0, count: width - count)
    }
    return numbers
  }
}

/// A number rounded to a decimal place, as results are stored.
func rounded(_ number: Double, _ scale: Double) -> Double { (number * scale).rounded() / scale }

func rounded(_ number: Float, _ scale: Double) -> Double { rounded(Double(number), scale) }
