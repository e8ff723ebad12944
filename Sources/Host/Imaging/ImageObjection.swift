/// Why a picture cannot be prepared, or does not go with a model: the rest of a sentence that begins with
/// the picture.
public struct ImageObjection: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
