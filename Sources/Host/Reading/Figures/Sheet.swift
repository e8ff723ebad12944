internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensLenses
internal import LatentLensSession

/// One picture or one text with what was read of it, as figures need it.
struct Sheet: Sendable {
  /// In pixels; nil for a text.
  let size: (width: Double, height: Double)?
  /// Per token its place on the picture; nil for text.
  let patches: [Patch?]
  /// The tokens that count: those of a text, or those that stand for a picture.
  let tokens: [Int]
  /// What a lens has read at a layer; nil where nothing was read. It is looked up when it is asked for, so that
  /// large results are not held twice.
  let reading: @Sendable (LensLayer) throws -> Columns?

  /// What a lens has read at a layer, token by token.
  struct Columns: Sendable {
    /// The entries of a token's neighbours, nearest first.
    let entries: [[Int]]
    /// How near the first neighbour is: its probability where the lens has one, else its score.
    let nearness: [Double?]
    let norms: [Double]
  }
}

extension Sheet {
  init(_ image: ImageResults) {
    size = (Double(image.width), Double(image.height))
    patches = image.tokens.map { $0.place.map { Patch(corners: $0.polygon) } }
    tokens = image.tokens.indices.filter { image.tokens[$0].text == nil }
    reading = Self.finder(in: image.readings)
  }

  init(_ text: TextResults) {
    size = nil
    patches = text.tokens.map { _ in nil }
    tokens = Array(text.tokens.indices)
    reading = Self.finder(in: text.readings)
  }

  private static func finder(
    in readings: [Reading]
  ) -> @Sendable (LensLayer) -> Columns? {
    let found = Dictionary(
      readings.map { (LensLayer($0.lens, $0.layer), $0) }, uniquingKeysWith: { first, _ in first })
    return { key in
      found[key].map { reading in
        Columns(
          entries: reading.neighbors.map { $0.map(\.entry) },
          nearness: reading.neighbors.map { neighbors in
            neighbors.first.map { $0.probability ?? Double($0.score) }
          },
          norms: reading.norms.map(Double.init))
      }
    }
  }
}

extension Sheet {
  /// - Throws: `JSONError` for what is no picture, or no text, of results.
  init(_ node: JSONNode) throws {
    let tokens = try node.required("tokens")
    let texts = try tokens.required("text").elements()
    if node["sha256"] != nil {
      size = (
        try node.required("width").number(), try node.required("height").number()
      )
      let polygons = try tokens.required("polygon")
      patches = try polygons.elements().map {
        $0.value == .null ? nil : Patch(corners: try $0.numbers())
      }
      guard patches.count == texts.count else {
        throw polygons.error("has \(patches.count) elements for \(texts.count) tokens")
      }
      self.tokens = texts.indices.filter { texts[$0].value == .null }
    } else {
      size = nil
      patches = texts.map { _ in nil }
      self.tokens = Array(texts.indices)
    }
    reading = try Self.finder(in: node, tokenCount: patches.count)
  }

  private static func finder(
    in node: JSONNode, tokenCount: Int
  ) throws -> @Sendable (LensLayer) throws -> Columns? {
    var found: [LensLayer: JSONNode] = [:]
    for reading in try node.required("readings").elements() {
      let key = LensLayer(
        named: try reading.required("lens").string(), try Stage(reading.required("layer")))
      found[key] = reading
    }
    return { [found] key in
      guard let reading = found[key] else { return nil }
      let scores = try ["probability", ScoreKind.cosine.rawValue].lazy.compactMap { reading[$0] }
        .first.map { try $0.elements() }
      let columns = Columns(
        entries: try reading.required("entry").elements().map { try $0.numbers().map { Int($0) } },
        nearness: try (scores ?? []).map { try $0.numbers().first },
        norms: try reading.required("norm").numbers())
      guard
        [columns.entries.count, columns.nearness.count, columns.norms.count]
          .allSatisfy({ $0 == tokenCount })
      else { throw reading.error("does not read each of \(tokenCount) tokens") }
      return columns
    }
  }
}

extension JSONNode {
  /// The numbers of a list; no place is made for each, but for the first that is none.
  fileprivate func numbers() throws(JSONError) -> [Double] {
    guard case .array(let elements) = value else { throw error("has to be a list of numbers") }
    var numbers: [Double] = []
    numbers.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      switch element {
      case .integer(let number): numbers.append(Double(number))
      case .number(let number): numbers.append(number)
      default: throw error("has no number at \(index)")
      }
    }
    return numbers
  }
}
