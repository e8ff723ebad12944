internal import LatentLensFormats

/// How far models agree on words: of the words that are near a patch for one model, the share that is near the
/// patch of another model which overlaps it most; and the same against the patch's place on the next picture, which
/// shows something else.
struct Agreement {
  private let models: [FigureModel]
  private let stops: [Stop]
  private let lenses: [String]
  /// Per lens, stop, model and other model.
  private var sums: [Sum]
  /// What a model has not read of every picture.
  private var lacking: [Set<LensLayer>]
  private var numbers: [String: Int32] = [:]
  private var places = Places()

  private struct Sum {
    var own = (shares: 0.0, count: 0)
    var elsewhere = (shares: 0.0, count: 0)
  }

  /// Goes through the pictures that all models have read, of which two are looked at at the same time.
  ///
  /// - Throws: what is wrong with a reading.
  init(of models: [FigureModel], at stops: [Stop]) throws {
    self.models = models
    self.stops = stops
    lenses = models.flatMap(\.lenses).reduce(into: []) { all, lens in
      if !all.contains(lens) { all.append(lens) }
    }
    sums = Array(
      repeating: Sum(), count: lenses.count * stops.count * models.count * models.count)
    lacking = models.map { _ in [] }
    let count = models.map(\.images.count).min() ?? 0
    guard count > 0 else { return }
    let first = try pictures(0)
    var current = first
    for number in 0..<count {
      let next = number + 1 < count ? try pictures(number + 1) : first
      add(current, count > 1 ? next : nil)
      current = next
    }
  }

  /// For each lens and place of the slider the agreement of each model (down) with each (across), and that with
  /// other pictures; null where one of them was not read.
  var json: [JSONValue] {
    lenses.enumerated().flatMap { lens, name in
      stops.indices.compactMap { stop -> JSONValue? in
        let isRead = models.indices.map { model in
          stops[stop].layers[model].map { layer in
            models[model].lenses.contains(name) && models[model].layers.contains(layer)
              && !lacking[model].contains(LensLayer(named: name, layer))
          } ?? false
        }
        guard isRead.count(where: \.self) > 1 else { return nil }
        func matrix(_ part: (Sum) -> (shares: Double, count: Int)) -> JSONValue {
          .array(
            models.indices.map { one in
              .array(
                models.indices.map { other in
                  let sum = part(sums[place(lens, stop, one, other)])
                  guard isRead[one], isRead[other], sum.count > 0 else { return .null }
                  return .figure(sum.shares / Double(sum.count))
                })
            })
        }
        return [
          "lens": .string(name), "stop": .integer(Int64(stop)), "words": matrix(\.own),
          "control": matrix(\.elsewhere),
        ]
      }
    }
  }

  private func place(_ lens: Int, _ stop: Int, _ one: Int, _ other: Int) -> Int {
    ((lens * stops.count + stop) * models.count + one) * models.count + other
  }

  /// A picture as one model has read it.
  private struct Picture {
    /// The number of the layout of its tokens.
    let layout: Int
    let tokens: [Int]
    let words: [LensLayer: Words]
  }

  /// The different words that are near each token, by numbers that models share.
  private struct Words {
    let width: Int
    /// `[tokens, width]`; -1 behind a token's last.
    let numbers: [Int32]

    subscript(token: Int) -> ArraySlice<Int32> {
      let all = numbers[token * width..<(token + 1) * width]
      return all.prefix { $0 >= 0 }
    }
  }

  /// A picture as each model has read it.
  private mutating func pictures(_ number: Int) throws -> [Picture] {
    try models.indices.map { model in
      let sheet = try models[model].images[number]()
      var known = [Int32](repeating: -1, count: sheet.table.words.count)
      var words: [LensLayer: Words] = [:]
      for lens in models[model].lenses {
        for layer in models[model].layers {
          let key = LensLayer(named: lens, layer)
          guard let reading = sheet.readings[key] else {
            lacking[model].insert(key)
            continue
          }
          words[key] = self.words(reading, sheet.table, &known)
        }
      }
      return Picture(layout: places.number(of: sheet.layout), tokens: sheet.tokens, words: words)
    }
  }

  /// - Parameter known: the number of each entry's word; -1 where nobody has asked for it.
  private mutating func words(
    _ reading: Reading, _ table: FigureTable, _ known: inout [Int32]
  ) -> Words {
    var all = [Int32](repeating: -1, count: reading.count)
    for token in 0..<reading.tokenCount {
      var end = token * reading.width
      let start = end
      for entry in reading.neighbors(of: token) where known.indices.contains(Int(entry)) {
        if known[Int(entry)] < 0 { known[Int(entry)] = self.number(of: table.words[Int(entry)]) }
        let word = known[Int(entry)]
        guard !all[start..<end].contains(word) else { continue }
        all[end] = word
        end += 1
      }
    }
    return Words(width: reading.width, numbers: all)
  }

  private mutating func number(of word: String) -> Int32 {
    if let known = numbers[word] { return known }
    numbers[word] = Int32(numbers.count)
    return Int32(numbers.count - 1)
  }

  /// Adds what models have in common on a picture, and with the next one.
  private mutating func add(_ current: [Picture], _ next: [Picture]?) {
    for one in models.indices {
      for other in models.indices {
        let matches = places.tokens(.overlapping, current[one].layout, current[other].layout)
        let elsewhere = next.map {
          places.tokens(.there, current[other].layout, $0[other].layout)
        }
        for (number, lens) in lenses.enumerated() {
          for (stop, layers) in stops.map(\.layers).enumerated() {
            guard let left = layers[one].flatMap({ current[one].words[.init(named: lens, $0)] }),
              let key = layers[other].map({ LensLayer(named: lens, $0) }),
              let right = current[other].words[key]
            else { continue }
            let there = next?[other].words[key]
            for token in current[one].tokens {
              let words = left[token]
              guard !words.isEmpty, let match = matches[token] else { continue }
              let index = place(number, stop, one, other)
              sums[index].own.shares += Self.share(words, right[match])
              sums[index].own.count += 1
              guard let there, let other = elsewhere?[match] else { continue }
              sums[index].elsewhere.shares += Self.share(words, there[other])
              sums[index].elsewhere.count += 1
            }
          }
        }
      }
    }
  }

  private static func share(_ words: ArraySlice<Int32>, _ others: ArraySlice<Int32>) -> Double {
    Double(words.count(where: others.contains)) / Double(words.count)
  }
}

/// Which tokens lie over each other; pictures of one size mostly have theirs in the same places, so that it is
/// worked out once for each pair of layouts.
private struct Places {
  private var layouts: [Sheet.Layout] = []
  private var numbers: [Sheet.Layout: Int] = [:]
  private var known: [Question: [Int?]] = [:]

  /// Which tokens of another layout are asked for.
  enum Relation {
    /// Those that overlap most.
    case overlapping
    /// Those at the same place, on another picture.
    case there
  }

  private struct Question: Hashable {
    let relation: Relation
    let one: Int
    let other: Int
  }

  /// Pictures that all have sizes of their own are not remembered for ever.
  private static let most = 1 << 12

  mutating func number(of layout: Sheet.Layout) -> Int {
    if let known = numbers[layout] { return known }
    layouts.append(layout)
    numbers[layout] = layouts.count - 1
    return layouts.count - 1
  }

  /// For each token of one layout that of another which it is asked about; nil where there is none.
  mutating func tokens(_ relation: Relation, _ one: Int, _ other: Int) -> [Int?] {
    let question = Question(relation: relation, one: one, other: other)
    if let known = known[question] { return known }
    if known.count == Self.most { known = [:] }
    let found =
      switch relation {
      case .overlapping: layouts[one].matches(in: layouts[other])
      case .there: layouts[one].places(on: layouts[other])
      }
    known[question] = found
    return found
  }
}
