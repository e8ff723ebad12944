internal import LatentLensFormats

/// A reading that is put before a judge: what a lens says of a visual token.
struct JudgedPatch: Sendable, Hashable {
  /// Of the model's pictures.
  let picture: Int
  let region: OpenPicture.Region
  /// The nearest first, each once.
  let words: [String]
}

/// Which readings of a model are judged.
///
/// As in the method's own evaluation: pictures in order, in each the middles of so many regions of 3 x 3 tokens
/// that show the picture, drawn with Python's random numbers from seed 42, until there are enough. Each lens
/// and each layer begins anew, so that all are judged over the same patches, as far as they have words there.
struct PatchSample: Sendable {
  static let seed: UInt32 = 42
  /// How many words are judged.
  static let wordCount = ModelScoring.depth

  /// The readings of a lens at a layer.
  struct Series: Sendable {
    let lens: String
    let layer: JSONValue
    fileprivate(set) var patches: [JudgedPatch] = []
  }

  /// Lens by lens, layer by layer.
  private(set) var series: [Series]

  /// Goes through the pictures one by one.
  ///
  /// - Parameter limit: how many patches are judged at most of each lens at each layer.
  init(_ model: ReadModel, limit: Int, isDistinct: Bool) throws {
    series = model.lenses.flatMap { lens in
      model.layers.map { Series(lens: lens.name, layer: $0) }
    }
    var met = MetWords()
    var regions: [[OpenPicture.Region]] = []
    var tables = PerTable<Void>()
    for picture in model.pictures {
      let opened = try picture.open()
      regions.append(try opened.regions())
      try tables.value(of: opened) { try met.add($0) }
    }
    let usable = regions.count { !$0.isEmpty }
    guard usable > 0 else { return }
    // As many of each picture as it takes to come to all.
    let perPicture = (limit + usable - 1) / usable
    var random = PythonRandom(seed: Self.seed)
    var words = PerTable<[String]>()
    for (number, picture) in model.pictures.enumerated() where !regions[number].isEmpty {
      let own = regions[number]
      let drawn = random.sample(min(perPicture, own.count), of: own.count).map { own[$0] }
      guard series.contains(where: { $0.patches.count < limit }) else { break }
      let opened = try picture.open()
      let whole = try words.value(of: opened) { try met.whole($0) }
      for place in series.indices {
        let lists = try opened.neighbors(
          of: drawn.map(\.center), lens: series[place].lens, layer: series[place].layer)
        for (region, list) in zip(drawn, lists ?? [])
        where series[place].patches.count < limit {
          let nearest = opened.entries.nearest(list, Self.wordCount, isDistinct: isDistinct)
          let words = Self.different(nearest.map { whole[$0] })
          guard !words.isEmpty else { continue }
          series[place].patches.append(
            JudgedPatch(picture: number, region: region, words: words))
        }
      }
    }
  }

  /// Words, each once, whatever its case.
  private static func different(_ words: [String]) -> [String] {
    var known: Set<String> = []
    return words.filter { !$0.isEmpty && known.insert($0.lowercased()).inserted }
  }

  /// For each patch the same place with the words of the next one that is of another picture: what a judge
  /// says of words that were not read there. None where all are of one picture.
  static func others(of patches: [JudgedPatch]) -> [JudgedPatch] {
    patches.indices.compactMap { number in
      let next = (1..<max(patches.count, 1)).lazy.map { patches[(number + $0) % patches.count] }
        .first { $0.picture != patches[number].picture }
      return next.map {
        JudgedPatch(
          picture: patches[number].picture, region: patches[number].region, words: $0.words)
      }
    }
  }
}
