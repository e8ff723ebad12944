internal import LatentLensFormats
internal import LatentLensReading

/// A picture of a run.
struct ReadPicture: Sendable {
  let name: String
  let path: String
  /// In pixels, turned as the model saw it.
  let width: Int
  let height: Int
  /// What stands of it in the results.
  let node: JSONNode
  private let sheet: FinishedSheet
  private let shared: ReadEntries?

  /// - Parameter shared: what the neighbours of all of a model's pictures are; nil where this one has its own.
  init(_ sheet: FinishedSheet, _ shared: ReadEntries?) throws(JSONError) {
    self.sheet = sheet
    self.shared = shared
    node = sheet.node
    name = try node.required("name").string()
    path = try node.required("path").string()
    guard let size = sheet.size else { throw node.error("is no picture") }
    (width, height) = size
  }

  /// Reads what was read from its visual tokens, which is in memory as long as somebody looks.
  ///
  /// - Throws: `JSONError` and `FileError` for what is no reading.
  func open() throws -> OpenPicture { try OpenPicture(sheet.open(), shared, self) }
}

/// A picture of a run that is looked at, with what was read from its visual tokens.
struct OpenPicture: Sendable {
  let picture: ReadPicture
  /// Per token; nil for one that stands for no place, as text does.
  let polygons: [Polygon?]
  let entries: ReadEntries
  /// Whether other pictures have the same entries.
  let sharesEntries: Bool
  /// Where the results say where tokens lie.
  let tokens: JSONNode
  private let readings: [Source: NeighborLists]

  private struct Source: Hashable {
    let lens: String
    /// As it stands in the results.
    let layer: String
  }

  fileprivate init(
    _ sheet: OpenSheet, _ shared: ReadEntries?, _ picture: ReadPicture
  ) throws {
    self.picture = picture
    tokens = sheet.tokens
    var polygons: [Polygon?] = []
    for element in try tokens.required("polygon").elements() {
      polygons.append(element.value == .null ? nil : try Polygon(element))
    }
    self.polygons = polygons
    entries = try shared ?? ReadEntries(sheet.table)
    sharesEntries = shared != nil
    readings = Dictionary(
      try sheet.neighbors().map { (Source(lens: $0.lens, layer: $0.layer.text()), $0) },
      uniquingKeysWith: { _, last in last })
  }

  /// What one lens has read at one layer: for some tokens, the numbers of their neighbours' entries, the
  /// nearest first; nil where the run did not read there.
  func neighbors(of tokens: [Int], lens: String, layer: JSONValue) throws(JSONError) -> [[Int]]? {
    guard let lists = readings[Source(lens: lens, layer: layer.text())] else { return nil }
    return try lists.lists(of: tokens, entryCount: entries.words.count)
  }

  /// Of all tokens.
  func neighbors(lens: String, layer: JSONValue) throws(JSONError) -> [[Int]]? {
    try neighbors(of: Array(polygons.indices), lens: lens, layer: layer)
  }
}
