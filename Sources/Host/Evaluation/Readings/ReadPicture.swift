internal import LatentLensFormats

/// A picture of a run with what was read from its visual tokens.
struct ReadPicture: Sendable {
  let name: String
  let path: String
  /// In pixels, turned as the model saw it.
  let width: Int
  let height: Int
  /// Per token; nil for one that stands for no place, as text does.
  let polygons: [Polygon?]
  /// What stands of it in the results.
  let node: JSONNode
  private let readings: [Source: JSONNode]

  private struct Source: Hashable {
    let lens: String
    /// As it stands in the results.
    let layer: String
  }

  /// No picture that can be decoded is larger.
  private static let sides = 1...1 << 24

  init(_ node: JSONNode) throws(JSONError) {
    self.node = node
    name = try node.required("name").string()
    path = try node.required("path").string()
    width = try Self.side("width", of: node)
    height = try Self.side("height", of: node)
    var polygons: [Polygon?] = []
    for element in try node.required("tokens").required("polygon").elements() {
      polygons.append(element.value == .null ? nil : try Polygon(element))
    }
    self.polygons = polygons
    var readings: [Source: JSONNode] = [:]
    for reading in try node.required("readings").elements() {
      let place = Source(
        lens: try reading.required("lens").string(),
        layer: try reading.required("layer").value.text())
      readings[place] = try reading.required("entry")
    }
    self.readings = readings
  }

  private static func side(_ key: String, of node: JSONNode) throws(JSONError) -> Int {
    let side = try node.required(key)
    guard sides ~= (try side.integer()) else { throw side.error("is no side of a picture") }
    return try side.integer()
  }

  /// What one lens has read at one layer: for some tokens, the numbers of their neighbours' entries, the
  /// nearest first; nil where the run did not read there.
  func neighbors(
    of tokens: [Int], lens: String, layer: JSONValue, entryCount: Int
  ) throws(JSONError) -> [[Int]]? {
    guard let lists = readings[Source(lens: lens, layer: layer.text())] else { return nil }
    return try Self.lists(lists, of: tokens, entryCount: entryCount)
  }

  /// Results are large: no place is made for each of their numbers, but for the first that is wrong.
  private static func lists(
    _ node: JSONNode, of tokens: [Int], entryCount: Int
  ) throws(JSONError) -> [[Int]] {
    guard case .array(let all) = node.value else { throw node.error("has to be a list") }
    var lists: [[Int]] = []
    for token in tokens {
      guard all.indices.contains(token), case .array(let numbers) = all[token] else {
        throw node.error("holds no list for token \(token)")
      }
      var list: [Int] = []
      for number in numbers {
        guard case .integer(let entry) = number, (0..<Int64(entryCount)).contains(entry) else {
          throw node.error("has a neighbour of token \(token) that is none of the model's entries")
        }
        list.append(Int(entry))
      }
      lists.append(list)
    }
    return lists
  }
}
