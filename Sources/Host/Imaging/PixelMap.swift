/// The exact way from an encoder's pixel frame back to the original picture: per axis a scale and an
/// offset, composed from every step of preprocessing.
///
/// A coordinate is a place between pixels: 0 is the left edge of the first pixel, `width` the right
/// edge of the last.
public struct PixelMap: Sendable, Equatable {
  /// `original = encoder * scale + offset`
  public struct Axis: Sendable, Equatable {
    public var scale: Double
    public var offset: Double

    func callAsFunction(_ coordinate: Double) -> Double { coordinate * scale + offset }
  }

  public private(set) var x = Axis(scale: 1, offset: 0)
  public private(set) var y = Axis(scale: 1, offset: 0)

  /// The map of no step at all.
  public init() {}

  /// Adds a resize from one size to another, in pixels.
  public mutating func resize(
    from: (width: Int, height: Int), to: (width: Int, height: Int)
  ) {
    x.scale *= Double(from.width) / Double(to.width)
    y.scale *= Double(from.height) / Double(to.height)
  }

  /// Adds a crop, or a padding where `left` and `top` are negative.
  public mutating func crop(left: Int, top: Int) {
    x.offset = x(Double(left))
    y.offset = y(Double(top))
  }

  /// A corner of a polygon, in pixels of the original picture.
  public typealias Point = (x: Double, y: Double)

  /// The corners of a rectangle of the encoder's frame on the original picture, clockwise from the top
  /// left. Padding lies outside of the picture, with coordinates below 0 or beyond its size.
  public func polygon(x left: Int, y top: Int, width: Int, height: Int) -> [Point] {
    let (x0, x1) = (x(Double(left)), x(Double(left + width)))
    let (y0, y1) = (y(Double(top)), y(Double(top + height)))
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
  }
}
