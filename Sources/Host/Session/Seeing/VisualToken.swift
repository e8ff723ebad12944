/// A token of a prompt as it is shown: a piece of a picture, or a piece of text.
package struct VisualToken: Sendable, Equatable, Codable {
  /// Where the token lies on the picture; nil for text, and for tokens that show nothing or everything, as
  /// the end of a line or CLS do.
  package let place: Place?
  /// The text of a text token; nil for visual tokens.
  package let text: String?

  package init(place: Place? = nil, text: String? = nil) {
    self.place = place
    self.text = text
  }

  /// A place on a picture.
  package struct Place: Sendable, Equatable, Codable {
    /// 0 for the view of the whole picture, 1 for that of its tiles.
    package let view: Int
    /// The row in the raster of the view's tokens, from 0 at the top.
    package let row: Int
    /// The column in that raster, from 0 at the left.
    package let column: Int
    /// The corners of the token's patches in pixels of the original picture, clockwise from the top left:
    /// x0, y0, x1, y1, … Where the model saw padding, they lie outside of the picture.
    package let polygon: [Double]

    package init(view: Int, row: Int, column: Int, polygon: [Double]) {
      self.view = view
      self.row = row
      self.column = column
      self.polygon = polygon
    }
  }
}
