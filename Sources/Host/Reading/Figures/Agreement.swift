internal import LatentLensFormats

/// How far models agree on words: of the words that are near a patch for one model, the share that is near the
/// patch of another model which overlaps it most.
struct Agreement: Sendable {
  private let models: [FigureModel]
  /// Per entry of each model the number of its word, which models share.
  private let words: [[Int]]
  /// For two models and a picture, the token of the second that overlaps each of the first.
  private let matches: [[[[Int?]]]]
  /// For a model and a picture, the token at the same place of the next picture.
  private let elsewhere: [[[Int?]]]

  init(of models: [FigureModel]) {
    self.models = models
    var known: [String: Int] = [:]
    words = models.map { model in
      model.words.map { word in
        let number = known[word] ?? known.count
        known[word] = number
        return number
      }
    }
    matches = models.map { one in
      models.map { other in zip(one.images, other.images).map { $0.matches(in: $1) } }
    }
    elsewhere = models.map { model in
      let images = model.images
      return images.indices.map { images[$0].places(on: images[($0 + 1) % images.count]) }
    }
  }

  /// For a lens and a place of the slider the agreement of each model (down) with each (across), and the same
  /// against the place's patch on the next picture, which shows something else; null where one of them was not
  /// read.
  func json(lens: String, _ stop: Stop) throws -> (words: JSONValue, control: JSONValue)? {
    let read = try zip(models.indices, stop.layers).map { number, layer in
      try layer.flatMap { try found(by: number, LensLayer(named: lens, $0)) }
    }
    guard read.count(where: { $0 != nil }) > 1 else { return nil }
    func matrix(isElsewhere: Bool) -> JSONValue {
      .array(
        models.indices.map { one in
          .array(
            models.indices.map { other in
              guard let left = read[one], let right = read[other] else { return .null }
              return share(one, other, left, right, isElsewhere: isElsewhere).map {
                .figure($0)
              } ?? .null
            })
        })
    }
    return (matrix(isElsewhere: false), matrix(isElsewhere: true))
  }

  /// Per picture and token the words that are near, sorted; nil unless all pictures were read.
  private func found(by number: Int, _ key: LensLayer) throws -> [[[Int]]]? {
    let words = words[number]
    var found: [[[Int]]] = []
    for image in models[number].images {
      guard let columns = try image.reading(key) else { return nil }
      found.append(
        columns.entries.map { entries in
          Set(entries.filter(words.indices.contains).map { words[$0] }).sorted()
        })
    }
    return found
  }

  private func share(
    _ one: Int, _ other: Int, _ left: [[[Int]]], _ right: [[[Int]]], isElsewhere: Bool
  ) -> Double? {
    let images = models[one].images
    guard !isElsewhere || images.count > 1 else { return nil }
    var (sum, count) = (0.0, 0)
    for image in images.indices {
      let read = right[isElsewhere ? (image + 1) % images.count : image]
      for token in images[image].tokens {
        guard var match = matches[one][other][image][token], !left[image][token].isEmpty else {
          continue
        }
        if isElsewhere {
          guard let there = elsewhere[other][image][match] else { continue }
          match = there
        }
        let words = left[image][token]
        sum += Double(words.count(where: read[match].contains)) / Double(words.count)
        count += 1
      }
    }
    return count > 0 ? sum / Double(count) : nil
  }
}
