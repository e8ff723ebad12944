internal import LatentLensImaging

/// A size in the file of an image processor, whose sides have from 1 to 32768 pixels.
public enum PictureSize: Decodable, Sendable, Equatable {
  /// A number alone, which one class takes for the side of a square and another for the shorter edge.
  case number(Int)
  /// `{"height": …, "width": …}`, or the two in a list.
  case rectangle(width: Int, height: Int)
  /// `{"shortest_edge": …}`: the longer edge keeps the aspect.
  case shortestEdge(Int)

  /// The longest side that a file may ask for.
  public static let limit = 32768

  public init(from decoder: any Decoder) throws {
    self = try Self.told(by: decoder)
    let (width, height) =
      switch self {
      case .number(let side), .shortestEdge(let side): (side, side)
      case .rectangle(let width, let height): (width, height)
      }
    guard 3 * width * height <= FramedPicture.valueLimit else {
      throw Self.damaged(
        "asks for \(width) x \(height) pixels, which is no reasonable size of a picture", decoder)
    }
  }

  private static func told(by decoder: any Decoder) throws -> PictureSize {
    if let number = try? decoder.singleValueContainer().decode(Int.self) {
      return .number(try checked(number, decoder))
    }
    if let sides = try? decoder.singleValueContainer().decode([Int].self) {
      guard sides.count == 2 else { throw damaged("needs two numbers", decoder) }
      return .rectangle(
        width: try checked(sides[1], decoder), height: try checked(sides[0], decoder))
    }
    let keys = try ConfigurationKeys(from: decoder)
    guard let edge = try keys.optionalSize("shortest_edge", limit: limit) else {
      return .rectangle(
        width: try keys.size("width", limit: limit), height: try keys.size("height", limit: limit))
    }
    guard !keys.contains("longest_edge") else {
      throw keys.damaged("longest_edge", "a bound on the longer edge is not known here")
    }
    return .shortestEdge(edge)
  }

  /// The side, where this can be told as one.
  public var square: Int? {
    switch self {
    case .number(let side): side
    case .rectangle(let width, let height): width == height ? width : nil
    case .shortestEdge: nil
    }
  }

  private static func checked(_ side: Int, _ decoder: any Decoder) throws -> Int {
    guard 1...limit ~= side else {
      throw damaged("is \(side), but has to be between 1 and \(limit)", decoder)
    }
    return side
  }

  private static func damaged(_ sentence: String, _ decoder: any Decoder) -> any Error {
    DecodingError.dataCorrupted(
      .init(codingPath: decoder.codingPath, debugDescription: sentence))
  }
}
