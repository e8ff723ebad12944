public import LatentLensKernels

/// What an adapter reads of a configuration.
public protocol AdapterConfiguration: Decodable, Sendable {
  /// - Throws: where a key is missing, has another type, or a value that means damage.
  init(_ keys: ConfigurationKeys) throws
}

extension AdapterConfiguration {
  public init(from decoder: any Decoder) throws {
    try self.init(ConfigurationKeys(from: decoder))
  }
}

/// An object of a JSON configuration, read key by key with the defaults of the publisher's code.
///
/// The host keeps account of what is asked for: a key that nobody reads, and that no adapter lists as
/// irrelevant, is refused. Where publishers have called the same thing differently, the first name that
/// is there counts.
public struct ConfigurationKeys: Decodable {
  private let container: KeyedDecodingContainer<Name>
  private let decoder: any Decoder

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public init(from decoder: any Decoder) throws {
    self.decoder = decoder
    container = try decoder.container(keyedBy: Name.self)
  }

  private func name(_ names: [String]) -> Name? {
    names.lazy.map(Name.init).first { container.contains($0) }
  }

  /// Whether one of these keys is there and not null.
  public func contains(_ names: String...) -> Bool { name(names) != nil }

  /// Whether a key is there and null, which some publishers' code tells from absent.
  public func isNull(_ name: String) throws -> Bool { try container.decodeNil(forKey: Name(name)) }

  /// A value of any kind; nil where no key is there.
  public func value<Value: Decodable>(
    _ names: String..., as type: Value.Type = Value.self
  ) throws -> Value? {
    try name(names).map { try container.decode(type, forKey: $0) }
  }

  public func flag(_ names: String..., default standard: Bool) throws -> Bool {
    try name(names).map { try container.decode(Bool.self, forKey: $0) } ?? standard
  }

  public func number(_ names: String..., default standard: Double) throws -> Double {
    try name(names).map { try container.decode(Double.self, forKey: $0) } ?? standard
  }

  public func float(_ names: String..., default standard: Float) throws -> Float {
    try name(names).map { try container.decode(Float.self, forKey: $0) } ?? standard
  }

  /// A number above 0, or none where the key is null.
  public func positive(_ name: String, unlessNull standard: Float) throws -> Float? {
    try isNull(name) ? nil : positive(name, default: standard)
  }

  public func text(_ names: String...) throws -> String? {
    try name(names).map { try container.decode(String.self, forKey: $0) }
  }

  /// A number above 0, such as 32 bits hold.
  public func positive(_ names: String..., default standard: Double) throws -> Double {
    guard let name = name(names) else { return standard }
    return try positive(name)
  }

  /// A number above 0.
  public func positive(_ names: String..., default standard: Float) throws -> Float {
    guard let name = name(names) else { return standard }
    return try positive(name)
  }

  private func positive<Number: BinaryFloatingPoint & Decodable>(_ name: Name) throws -> Number {
    let number = try container.decode(Number.self, forKey: name)
    guard Float(number) > 0, Float(number).isFinite else {
      throw damaged(name, "is \(number), but has to be above 0, and no more than 32 bits hold")
    }
    return number
  }

  /// A whole number from 0 to `limit`.
  public func count(_ names: String..., default standard: Int, limit: Int = 1 << 20) throws -> Int {
    try whole(name(names), 0...limit) ?? standard
  }

  /// A token of a vocabulary, by its number.
  public func token(_ names: String..., default standard: Int) throws -> Int {
    try whole(name(names), Self.tokens) ?? standard
  }

  /// A token that the file has to tell.
  public func token(_ names: String...) throws -> Int {
    try whole(name(names) ?? Name(names[0]), Self.tokens) ?? 0
  }

  private static let tokens = 0...Int(Int32.max)

  /// The numbers of layers, at least one: a single number stands for a list of one, and negative ones count
  /// from the end. They lie between -1024 and 1024; which of them are there is for others to say.
  public func layers(_ names: String..., default standard: [Int]) throws -> [Int] {
    guard let name = name(names) else { return standard }
    let layers: [Int]
    if let one = try? container.decode(Int.self, forKey: name) {
      layers = [one]
    } else {
      layers = try container.decode([Int].self, forKey: name)
    }
    guard 1...Self.mostLayers ~= layers.count,
      layers.allSatisfy({ -Self.mostLayers...Self.mostLayers ~= $0 })
    else {
      throw damaged(
        name, "needs numbers of layers, from \(-Self.mostLayers) to \(Self.mostLayers)")
    }
    return layers
  }

  private static let mostLayers = 1024

  public func activation(_ names: String..., default standard: Activation) throws -> Activation {
    try name(names).map { try container.decode(Activation.self, forKey: $0) } ?? standard
  }

  /// A size or a count from 1 to `limit`: others are damage, and would become absurd shapes.
  public func size(
    _ names: String..., default standard: Int, limit: Int = 1 << 20
  ) throws -> Int {
    try size(name(names), limit) ?? standard
  }

  /// A size that the file has to tell.
  public func size(_ names: String..., limit: Int = 1 << 20) throws -> Int {
    try size(name(names) ?? Name(names[0]), limit) ?? 1
  }

  /// A size that the file may leave out.
  public func optionalSize(_ names: String..., limit: Int = 1 << 20) throws -> Int? {
    try size(name(names), limit)
  }

  /// A number of layers, from 1 to 1024.
  public func layerCount(_ names: String..., default standard: Int) throws -> Int {
    try size(name(names), Self.mostLayers) ?? standard
  }

  private func size(_ name: Name?, _ limit: Int) throws -> Int? {
    try whole(name, 1...limit)
  }

  private func whole(_ name: Name?, _ range: ClosedRange<Int>) throws -> Int? {
    guard let name else { return nil }
    let number = try container.decode(Int.self, forKey: name)
    guard range ~= number else {
      throw damaged(
        name, "is \(number), but has to be between \(range.lowerBound) and \(range.upperBound)")
    }
    return number
  }

  /// The object under a key that has to be there.
  public func object(_ names: String...) throws -> ConfigurationKeys {
    try ConfigurationKeys(
      from: container.superDecoder(forKey: name(names) ?? Name(names[0])))
  }

  /// The object under a key; nil where no key is there.
  public func optionalObject(_ names: String...) throws -> ConfigurationKeys? {
    try name(names).map { try ConfigurationKeys(from: container.superDecoder(forKey: $0)) }
  }

  /// A configuration that reads the keys of this very object, beside the one that is being read.
  public func also<Configuration: AdapterConfiguration>(
    _ type: Configuration.Type = Configuration.self
  ) throws -> Configuration {
    try Configuration(self)
  }

  /// The error of a value that cannot be, at its key.
  public func damaged(_ name: String, _ sentence: String) -> any Error {
    damaged(Name(name), sentence)
  }

  private func damaged(_ name: Name, _ sentence: String) -> DecodingError {
    DecodingError.dataCorruptedError(forKey: name, in: container, debugDescription: sentence)
  }
}
