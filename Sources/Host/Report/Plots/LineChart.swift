internal import Foundation
internal import LatentLensFormats

/// Lines over the depth of decoders, one for each model, in the same axes.
struct LineChart {
  let title: String
  let scale: Scale
  let series: [Series]

  /// The values of a model from layer to layer.
  struct Series {
    let name: String
    let number: Int
    let points: [Point]
    /// What stands against the middle, by what it is called.
    var against: [(name: String, dashes: [Double], values: [Double?])] = []
  }

  /// How what others have is drawn.
  static let dotted = [0.1, 4.5]

  struct Point {
    let layer: JSONValue
    /// Nil for the connector and the final norm.
    let depth: Double?
    let low: Double
    let middle: Double
    let high: Double
  }

  /// How values lie between the bottom and the top.
  enum Scale {
    case linear(top: Double, isShare: Bool)
    /// From one power of ten to another.
    case logarithmic(low: Int, high: Int)

    var marks: [Double] {
      switch self {
      case .linear(let top, _): [0, 0.25, 0.5, 0.75, 1].map { $0 * top }
      case .logarithmic(let low, let high): (low...high).map { pow(10, Double($0)) }
      }
    }

    func share(_ value: Double) -> Double {
      let share =
        switch self {
        case .linear(let top, _): value / top
        case .logarithmic(let low, let high):
          (log10(max(value, 1e-9)) - Double(low)) / Double(high - low)
        }
      return min(max(share, 0), 1)
    }

    func label(_ value: Double) -> String {
      switch self {
      case .linear(_, true): "\(Self.short(value * 100)) %"
      case .linear(_, false), .logarithmic: Self.short(value)
      }
    }

    private static func short(_ value: Double) -> String {
      let rounded = (value * 1000).rounded() / 1000
      return Int(exactly: rounded).map(String.init) ?? String(rounded)
    }
  }

  private static let (left, right, top, bottom) = (54.0, 24.0, 40.0, 300.0)
  private static let width = 560.0

  var drawing: Drawing {
    let rows = series.count + controls.count
    var drawing = Drawing(width: Self.width, height: Self.bottom + 50 + 17 * Double(rows))
    drawing.text(title, x: 12, y: 24, size: 16, colour: Drawing.ink, isStrong: true)
    drawAxes(&drawing)
    for one in series {
      let colour = Palette.colour(one.number)
      let middle = one.points.map { (x: x($0), y: y($0.middle)) }
      let band =
        one.points.map { (x: x($0), y: y($0.low)) }
        + one.points.reversed().map { (x: x($0), y: y($0.high)) }
      drawing.area(band, colour: colour, opacity: 0.1)
      drawing.path(middle, colour: colour, width: 2.4)
      for point in middle { drawing.dot(x: point.x, y: point.y, colour: colour) }
      for control in one.against {
        let known = zip(one.points, control.values).compactMap { point, value in
          value.map { (x: x(point), y: y($0)) }
        }
        drawing.path(known, colour: colour, width: 1.3, dashes: control.dashes)
      }
    }
    drawLegend(&drawing)
    return drawing
  }

  /// The same as a table.
  var rows: [[String]] {
    let kinds = series.first?.against.map(\.name) ?? []
    return [["model", "layer", "depth", "low", "middle", "high"] + kinds]
      + series.flatMap { one in
        one.points.enumerated().map { number, point in
          [one.name, point.layer.label, point.depth.map { String($0) } ?? ""]
            + [point.low, point.middle, point.high].map { String($0) }
            + one.against.map { $0.values[number].map { String($0) } ?? "" }
        }
      }
  }

  private func drawAxes(_ drawing: inout Drawing) {
    for mark in scale.marks {
      drawing.path(
        [(Self.left, y(mark)), (Self.width - Self.right, y(mark))], colour: Drawing.rule, width: 1)
      drawing.text(scale.label(mark), x: Self.left - 8, y: y(mark) + 4, anchor: .end)
    }
    for depth in [0, 0.25, 0.5, 0.75, 1.0] {
      drawing.text(
        "\(Int(depth * 100)) %", x: place(depth), y: Self.bottom + 18, anchor: .middle)
    }
    for (layer, label) in [("connector", "C"), ("norm", "N")]
    where series.contains(where: { $0.points.contains { $0.layer == .string(layer) } }) {
      drawing.text(label, x: place(layer), y: Self.bottom + 18, anchor: .middle)
    }
    drawing.text(
      "depth in the decoder", x: (Self.left + Self.width - Self.right) / 2, y: Self.bottom + 36,
      anchor: .middle)
  }

  private func drawLegend(_ drawing: inout Drawing) {
    var y = Self.bottom + 56
    for one in series {
      drawing.path([(12, y - 4), (34, y - 4)], colour: Palette.colour(one.number), width: 2.4)
      drawing.text(one.name, x: 42, y: y)
      y += 17
    }
    for control in controls {
      drawing.path([(12, y - 4), (34, y - 4)], colour: Drawing.soft, dashes: control.dashes)
      drawing.text(control.name, x: 42, y: y)
      y += 17
    }
  }

  /// What stands against some value.
  private var controls: [(name: String, dashes: [Double])] {
    var known: [(name: String, dashes: [Double])] = []
    for one in series.flatMap(\.against)
    where one.values.contains(where: { $0 != nil })
      && !known.contains(where: { $0.name == one.name })
    {
      known.append((one.name, one.dashes))
    }
    return known
  }

  private func y(_ value: Double) -> Double {
    Self.bottom - (Self.bottom - Self.top) * scale.share(value)
  }

  private func x(_ point: Point) -> Double {
    point.depth.map(place) ?? place(point.layer == .string("norm") ? "norm" : "connector")
  }

  private func place(_ depth: Double) -> Double {
    Self.left + 40 + (Self.width - Self.right - Self.left - 80) * depth
  }

  private func place(_ layer: String) -> Double {
    layer == "norm" ? Self.width - Self.right - 8 : Self.left + 8
  }
}

extension JSONValue {
  /// A layer, as tables call it.
  var label: String {
    if case .string(let name) = self { name } else { text() }
  }

  /// A layer where there is little room.
  var mark: String {
    if case .string(let name) = self { name.prefix(1).uppercased() } else { text() }
  }
}
