/// One of several parts of an index that are built or searched apart, on other machines perhaps, and merged.
package struct IndexPart: Sendable, Hashable, Decodable, CustomStringConvertible {
  /// From 1.
  package let number: Int
  package let count: Int

  /// More parts than anybody has machines.
  private static let most = 1 << 20

  /// Nil unless `1...count` has the number, and where there are absurdly many.
  package init?(_ number: Int, of count: Int) {
    guard (1...Self.most).contains(count), (1...count).contains(number) else { return nil }
    self.number = number
    self.count = count
  }

  /// Reads the form of the command line, `3/8`.
  package init?(_ text: String) {
    let sides = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let number = sides[0], let count = sides[1] else { return nil }
    self.init(number, of: count)
  }

  package var description: String { "\(number)/\(count)" }
}
