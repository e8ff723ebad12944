internal import LatentLensFormats

/// A reading that is put before a judge: what a lens says of a visual token.
struct JudgedPatch: Sendable, Hashable {
  /// Of the model's pictures.
  let picture: Int
  let region: ReadPicture.Region
  /// The nearest first, each once.
  let words: [String]
}

/// Which readings of a lens at a layer are judged.
///
/// As in the method's own evaluation: pictures in order, in each the middles of so many regions of 3 x 3 tokens
/// that show the picture, drawn with Python's random numbers from seed 42, until there are enough. Each lens
/// and each layer begins anew, so that all are judged over the same patches, as far as they have words there.
struct PatchSample: Sendable {
  static let seed: UInt32 = 42
  /// How many words are judged.
  static let wordCount = ModelScoring.depth

  private let model: ReadModel
  private let words: [String]
  private let regions: [[ReadPicture.Region]]
  private let limit: Int
  /// How many of each picture are drawn: as many as it takes to come to all.
  private let perPicture: Int
  private let isDistinct: Bool

  /// - Parameter limit: how many patches are judged at most.
  init(_ model: ReadModel, limit: Int, isDistinct: Bool) throws {
    self.model = model
    self.limit = limit
    self.isDistinct = isDistinct
    words = try WholeWords(model.node.required("entries"), model.entries).words
    regions = try model.pictures.map { try $0.regions() }
    let usable = regions.count { !$0.isEmpty }
    perPicture = usable == 0 ? 0 : (limit + usable - 1) / usable
  }

  /// The readings of a lens at a layer; none where the run did not read there.
  func patches(lens: String, layer: JSONValue) throws -> [JudgedPatch] {
    var random = PythonRandom(seed: Self.seed)
    var patches: [JudgedPatch] = []
    for (number, picture) in model.pictures.enumerated() where !regions[number].isEmpty {
      let own = regions[number]
      let drawn = random.sample(min(perPicture, own.count), of: own.count).map { own[$0] }
      let lists = try picture.neighbors(
        of: drawn.map(\.center), lens: lens, layer: layer, entryCount: words.count)
      for (region, list) in zip(drawn, lists ?? []) {
        let words = words(of: list)
        guard !words.isEmpty else { continue }
        patches.append(JudgedPatch(picture: number, region: region, words: words))
        if patches.count == limit { return patches }
      }
    }
    return patches
  }

  private func words(of list: [Int]) -> [String] {
    var known: Set<String> = []
    return model.entries.nearest(list, Self.wordCount, isDistinct: isDistinct).map { words[$0] }
      .filter { !$0.isEmpty && known.insert($0.lowercased()).inserted }
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
