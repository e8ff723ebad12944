extension KeyedDecodingContainer {
  /// A size or a count: a whole number from 1 to `limit`, or the default where the key is absent.
  ///
  /// Sizes outside of that are damage, and would become absurd shapes.
  public func size(
    _ key: Key, default standard: Int? = nil, limit: Int = 1 << 20
  ) throws -> Int {
    let size =
      try standard.map { try decodeIfPresent(Int.self, forKey: key) ?? $0 }
      ?? decode(Int.self, forKey: key)
    guard 1...limit ~= size else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "is \(size), but has to be between 1 and \(limit)")
    }
    return size
  }

  /// A number of layers: a whole number from 1 to 1024.
  public func layerCount(_ key: Key, default standard: Int) throws -> Int {
    let count = try decodeIfPresent(Int.self, forKey: key) ?? standard
    guard 1...1024 ~= count else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "is \(count), but has to be between 1 and 1024")
    }
    return count
  }
}
