internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensModels
internal import LatentLensSession

/// One picture or one text with what was read of it, as figures need it; it is made when it is looked at.
struct Sheet: Sendable {
  let layout: Layout
  /// The tokens that count: those of a text, or those that stand for a picture.
  let tokens: [Int]
  /// What neighbours can be.
  let table: FigureTable
  let readings: [LensLayer: Reading]

  /// Where tokens lie.
  struct Layout: Sendable, Hashable {
    /// In pixels; nil for a text.
    let size: Patch.Point?
    /// Per token its place on the picture; nil for text.
    let patches: [Patch?]
  }
}

/// What neighbours can be, as far as figures ask.
struct FigureTable: Sendable {
  /// Per entry its word, as words are compared.
  let words: [String]
  /// Per entry the contextual layer that it is from.
  let sources: [Int?]

  /// Words are compared in lower case, without spaces around them; where there is nothing else, their tokens are.
  private static func folded(_ word: String, of token: String) -> String {
    let word = word.trimmed
    return (word.isEmpty ? token : word).lowercased()
  }

  init(_ table: EntryTable) {
    words = table.entries.map { Self.folded($0.word, of: $0.token) }
    sources = table.entries.map { $0.context?.layer }
  }

  /// - Throws: `JSONError` for what is no table of entries.
  init(_ table: FinishedTable) throws {
    let entries = table.entries
    words = try zip(
      entries.required("word").elements(), entries.required("token").elements()
    ).map { Self.folded(try $0.string(), of: try $1.string()) }
    let sources = try entries.required("contextual_layer").elements()
    self.sources = try sources.map { $0.value == .null ? nil : try $0.integer() }
    guard sources.count == words.count else {
      throw entries.error("has \(sources.count) contextual layers for \(words.count) words")
    }
  }
}

extension Sheet {
  init(_ image: ImageResults, _ readings: [Reading], _ table: FigureTable) {
    layout = Layout(
      size: Patch.Point(x: Double(image.width), y: Double(image.height)),
      patches: image.tokens.map { $0.place.map { Patch(corners: $0.polygon) } })
    tokens = image.tokens.indices.filter { image.tokens[$0].text == nil }
    self.table = table
    self.readings = Self.keyed(readings)
  }

  init(_ text: TextResults, _ table: FigureTable) {
    layout = Layout(size: nil, patches: text.tokens.map { _ in nil })
    tokens = Array(text.tokens.indices)
    self.table = table
    readings = Self.keyed(text.readings)
  }

  /// - Parameters:
  ///   - sheet: a picture, or a text, of results.
  ///   - shared: the table of its model; nil where it has one of its own.
  /// - Throws: `JSONError` for what is none.
  init(_ sheet: FinishedSheet, _ shared: FigureTable?) throws {
    let node = sheet.node
    let opened = try sheet.open()
    let texts = try opened.tokens.required("text").elements()
    if let size = sheet.size {
      let polygons = try opened.tokens.required("polygon")
      layout = Layout(
        size: Patch.Point(x: Double(size.width), y: Double(size.height)),
        patches: try polygons.elements().map {
          $0.value == .null ? nil : Patch(corners: try $0.elements().map { try $0.number() })
        })
      guard layout.patches.count == texts.count else {
        throw polygons.error("has \(layout.patches.count) elements for \(texts.count) tokens")
      }
      tokens = texts.indices.filter { texts[$0].value == .null }
    } else {
      layout = Layout(size: nil, patches: texts.map { _ in nil })
      tokens = Array(texts.indices)
    }
    table = try shared ?? FigureTable(opened.table)
    readings = Self.keyed(try opened.readings())
    for reading in readings.values where reading.tokenCount != texts.count {
      throw node.error("does not read each of \(texts.count) tokens")
    }
  }

  private static func keyed(_ readings: [Reading]) -> [LensLayer: Reading] {
    Dictionary(readings.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
  }
}
