internal import Foundation

extension Drawing {
  /// What every file begins with, somewhere in its first lines.
  static let fonts = "font-family=\"system-ui, 'Liberation Sans', sans-serif\""

  /// The whole file.
  var svg: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(n(width))" height="\(n(height))" \
    viewBox="0 0 \(n(width)) \(n(height))" \(Self.fonts)>
    <rect width="100%" height="100%" fill="\(Self.paper.hexadecimal)"/>
    \(marks.map(element).joined(separator: "\n"))
    </svg>

    """
  }

  private func element(_ mark: Mark) -> String {
    switch mark {
    case .text(let text):
      let place = "\(n(text.x)) \(n(text.y))"
      let turned = text.turn == 0 ? "" : " transform=\"rotate(\(n(text.turn)) \(place))\""
      return "<text x=\"\(n(text.x))\" y=\"\(n(text.y))\" font-size=\"\(n(text.size))\" "
        + "text-anchor=\"\(text.anchor.rawValue)\" fill=\"\(text.colour.hexadecimal)\""
        + "\(text.isStrong ? " font-weight=\"600\"" : "")\(turned)>\(escaped(text.content))</text>"
    case .line(let points, let colour, let width, let dashes):
      let pattern = dashes.map(n).joined(separator: " ")
      let dashed =
        dashes.isEmpty ? "" : " stroke-dasharray=\"\(pattern)\" stroke-linecap=\"round\""
      return "<polyline points=\"\(list(points))\" fill=\"none\" stroke=\"\(colour.hexadecimal)\" "
        + "stroke-width=\"\(n(width))\" stroke-linejoin=\"round\"\(dashed)/>"
    case .area(let points, let colour, let opacity):
      return "<polygon points=\"\(list(points))\" fill=\"\(colour.hexadecimal)\" "
        + "fill-opacity=\"\(n(opacity))\"/>"
    case .dot(let place, let radius, let colour):
      return "<circle cx=\"\(n(place.x))\" cy=\"\(n(place.y))\" r=\"\(n(radius))\" "
        + "fill=\"\(colour.hexadecimal)\"/>"
    }
  }

  private func list(_ points: [Place]) -> String {
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

extension Drawing.Colour {
  fileprivate var hexadecimal: String {
    let digits = String(value, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }
}
