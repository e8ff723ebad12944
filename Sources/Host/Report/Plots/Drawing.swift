/// A drawing: what stands on a white sheet, in the order in which it was put there. It can be written as SVG, in which
/// text is text, and as PNG.
struct Drawing: Sendable {
  static let ink = Colour(0x22201c)
  static let soft = Colour(0x655f58)
  static let rule = Colour(0xe6e0d6)
  static let paper = Colour(0xffffff)

  let width: Double
  let height: Double
  private(set) var marks: [Mark] = []

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  typealias Place = (x: Double, y: Double)

  enum Mark: Sendable {
    case text(Text)
    case line([Place], Colour, width: Double, dashes: [Double])
    case area([Place], Colour, opacity: Double)
    case dot(Place, radius: Double, Colour)
  }

  /// A text on a line.
  struct Text: Sendable {
    let content: String
    let x: Double
    let y: Double
    let size: Double
    let anchor: Anchor
    let colour: Colour
    let isStrong: Bool
    /// In degrees, clockwise around its place.
    let turn: Double
  }

  enum Anchor: String, Sendable { case start, middle, end }

  /// Red, green and blue.
  struct Colour: Sendable {
    let value: UInt32
    init(_ value: UInt32) { self.value = value }
  }

  mutating func text(
    _ text: String, x: Double, y: Double, size: Double = 12, anchor: Anchor = .start,
    colour: Colour = soft, isStrong: Bool = false, turn: Double = 0
  ) {
    marks.append(
      .text(
        Text(
          content: text, x: x, y: y, size: size, anchor: anchor, colour: colour,
          isStrong: isStrong, turn: turn)))
  }

  /// - Parameter dashes: the lengths of strokes and gaps in turn; of none for a whole line.
  mutating func path(
    _ points: [Place], colour: Colour, width: Double = 2, dashes: [Double] = []
  ) {
    guard !points.isEmpty else { return }
    marks.append(.line(points, colour, width: width, dashes: dashes))
  }

  mutating func area(_ points: [Place], colour: Colour, opacity: Double) {
    marks.append(.area(points, colour, opacity: opacity))
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, colour: Colour, opacity: Double = 1
  ) {
    area(
      [(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour: colour,
      opacity: opacity)
  }

  mutating func dot(x: Double, y: Double, colour: Colour) {
    marks.append(.dot((x, y), radius: 2.5, colour))
  }
}

/// The colours of models, in their order.
enum Palette {
  private static let colours: [UInt32] = [
    0xb34a10, 0x2c62a8, 0x35763a, 0xa03a6b, 0x856200, 0x15716e, 0x6d4aa5, 0x5c5f66, 0x9c2f2f,
  ]

  static func colour(_ number: Int) -> Drawing.Colour {
    Drawing.Colour(colours[number % colours.count])
  }
}
