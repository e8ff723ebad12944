internal import LatentLensFormats

extension Truth {
  /// Reads the truth of a picture; `models/schema/truth.schema.json` describes it.
  ///
  /// - Parameter picture: the picture that it has to be the truth of.
  /// - Throws: `JSONError` with the place of what is wrong, or belongs to another picture.
  init(contentsOf path: String, of picture: ReadPicture) throws(JSONError) {
    let root = try JSONNode(contentsOf: path)
    let document = try root.decode(Document.self, unknownKeys: .rejected)
    guard document.image == picture.name else {
      throw try root.required("image").error(
        "is \(document.image), but this is the truth of \(picture.name)")
    }
    for (key, told, seen) in [
      ("width", document.width, picture.width), ("height", document.height, picture.height),
    ] where told != seen {
      throw try root.required(key).error("is \(told), but \(picture.name) has \(seen) pixels")
    }
    width = picture.width
    height = picture.height
    things = try document.things.map { (entry) throws(JSONError) in
      try Self.thing(entry, width: picture.width, height: picture.height)
    }
    try Self.checkOverlap(of: things, document.things, width: width)
  }

  private struct Document: Decodable {
    let image: String
    let width: Int
    let height: Int
    let caption: String?
    let things: [Entry]
  }

  private struct Entry: Decodable {
    let words: JSONNode
    let kind: JSONNode
    let box: JSONNode?
    let runs: JSONNode
  }

  private static func thing(_ entry: Entry, width: Int, height: Int) throws(JSONError) -> Thing {
    guard let kind = Kind(rawValue: try entry.kind.string()) else {
      throw entry.kind.error(
        "is not one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let pixels = PixelRuns(try runs(entry.runs, pixelCount: width * height))
    if let box = entry.box { try check(box, of: pixels, width: width) }
    let words = try words(entry.words)
    return Thing(
      words: words, kind: kind, pixels: pixels,
      forms: words.reduce(into: []) { $0.formUnion(Folding.forms(of: $1)) })
  }

  private static func words(_ node: JSONNode) throws(JSONError) -> [String] {
    var words: [String] = []
    for element in try node.elements() {
      let word = try element.string()
      guard !Folding.forms(of: word).contains("") else { throw element.error("is no word") }
      words.append(word)
    }
    guard !words.isEmpty else { throw node.error("names nothing; give at least one word") }
    return words
  }

  /// Reads first, length, first, length and so on.
  private static func runs(_ node: JSONNode, pixelCount: Int) throws(JSONError) -> [Range<Int>] {
    let numbers = try node.elements()
    guard numbers.count.isMultiple(of: 2), !numbers.isEmpty else {
      throw node.error("has to be pairs of a first pixel and a length")
    }
    var runs: [Range<Int>] = []
    for i in stride(from: 0, to: numbers.count, by: 2) {
      let (first, length) = (try numbers[i].integer(), try numbers[i + 1].integer())
      guard (0..<pixelCount).contains(first), length > 0, length <= pixelCount - first else {
        throw numbers[i].error(
          "\(length) pixels from \(first) on do not lie in a picture of \(pixelCount) pixels")
      }
      guard first >= runs.last?.upperBound ?? 0 else {
        throw numbers[i].error("begins at pixel \(first), before the run in front of it ends")
      }
      runs.append(first..<first + length)
    }
    return runs
  }

  /// The box says nothing that the runs do not: where it is given, it has to say the same.
  private static func check(
    _ box: JSONNode, of pixels: PixelRuns, width: Int
  ) throws(JSONError) {
    var (left, right) = (width, 0)
    for run in pixels.runs {
      let (first, last) = (run.lowerBound, run.upperBound - 1)
      let isOneRow = first / width == last / width
      left = min(left, isOneRow ? first % width : 0)
      right = max(right, isOneRow ? last % width + 1 : width)
    }
    let top = (pixels.runs.first?.lowerBound ?? 0) / width
    let bottom = ((pixels.runs.last?.upperBound ?? 0) - 1) / width + 1
    let bounds = [left, top, right, bottom]
    var told: [Int] = []
    for element in try box.elements() { told.append(try element.integer()) }
    guard told == bounds else {
      throw box.error("is \(told), but the runs lie in \(bounds) (left, top, right, bottom)")
    }
  }

  /// No pixel shows two things.
  private static func checkOverlap(
    of things: [Thing], _ entries: [Entry], width: Int
  ) throws(JSONError) {
    let runs = things.indices.flatMap { thing in things[thing].pixels.runs.map { ($0, thing) } }
      .sorted { $0.0.lowerBound < $1.0.lowerBound }
    for (one, next) in zip(runs, runs.dropFirst()) where one.0.upperBound > next.0.lowerBound {
      let pixel = next.0.lowerBound
      throw entries[next.1].runs.error(
        "overlaps things[\(one.1)] at column \(pixel % width) of row \(pixel / width)")
    }
  }
}
