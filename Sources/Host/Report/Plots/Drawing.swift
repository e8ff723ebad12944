internal import Foundation

/// A drawing in SVG, in which text is text.
struct Drawing {
  static let ink = "#22201c"
  static let soft = "#655f58"
  static let rule = "#e6e0d6"

  let width: Double
  let height: Double
  private var body: [String] = []

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  enum Anchor: String { case start, middle, end }

  mutating func text(
    _ text: String, x: Double, y: Double, size: Double = 12, anchor: Anchor = .start,
    colour: String = soft, isStrong: Bool = false, turn: Double = 0
  ) {
    let turned = turn == 0 ? "" : " transform=\"rotate(\(n(turn)) \(n(x)) \(n(y)))\""
    body.append(
      "<text x=\"\(n(x))\" y=\"\(n(y))\" font-size=\"\(n(size))\" text-anchor=\"\(anchor.rawValue)\" "
        + "fill=\"\(colour)\"\(isStrong ? " font-weight=\"600\"" : "")\(turned)>\(escaped(text))</text>"
    )
  }

  mutating func path(
    _ points: [(x: Double, y: Double)], colour: String, width: Double = 2, dashes: String? = nil
  ) {
    guard !points.isEmpty else { return }
    let dashed = dashes.map { " stroke-dasharray=\"\($0)\" stroke-linecap=\"round\"" } ?? ""
    body.append(
      "<polyline points=\"\(list(points))\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"\(n(width))\" "
        + "stroke-linejoin=\"round\"\(dashed)/>")
  }

  mutating func area(_ points: [(x: Double, y: Double)], colour: String, opacity: Double) {
    body.append(
      "<polygon points=\"\(list(points))\" fill=\"\(colour)\" fill-opacity=\"\(n(opacity))\"/>")
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, colour: String, opacity: Double = 1
  ) {
    body.append(
      "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\" fill=\"\(colour)\" "
        + "fill-opacity=\"\(n(opacity))\"/>")
  }

  mutating func dot(x: Double, y: Double, colour: String) {
    body.append("<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"2.5\" fill=\"\(colour)\"/>")
  }

  /// The whole file.
  var svg: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(n(width))" height="\(n(height))" \
    viewBox="0 0 \(n(width)) \(n(height))" font-family="system-ui, 'Liberation Sans', sans-serif">
    <rect width="100%" height="100%" fill="#fff"/>
    \(body.joined(separator: "\n"))
    </svg>

    """
  }

  private func list(_ points: [(x: Double, y: Double)]) -> String {
    points.map { "\(n($0.x)),\(n($0.y))" }.joined(separator: " ")
  }

  /// A coordinate, to hundredths.
  private func n(_ number: Double) -> String {
    let rounded = (number * 100).rounded() / 100
    return Int(exactly: rounded).map(String.init) ?? String(rounded)
  }

  /// What XML cannot hold, control characters above all, is left away.
  private func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": continue
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

/// The colours of models, in their order.
enum Palette {
  private static let colours = [
    "#b34a10", "#2c62a8", "#35763a", "#a03a6b", "#856200", "#15716e", "#6d4aa5", "#5c5f66",
    "#9c2f2f",
  ]

  static func colour(_ number: Int) -> String { colours[number % colours.count] }
}
