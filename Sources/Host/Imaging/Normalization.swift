/// How the bytes of a picture become the numbers that an encoder takes, and back.
///
/// As in transformers' Pillow-backed processors, bytes are scaled in double precision, and normalised in
/// single precision.
public struct Normalization: Sendable, Equatable {
  /// The mean and the standard deviation of each channel: red, green, blue.
  public struct Statistics: Sendable, Equatable {
    public let mean: [Double]
    public let deviation: [Double]

    /// Nil without three numbers each, and where a deviation cannot be divided by.
    public init?(mean: [Double], deviation: [Double]) {
      guard mean.count == 3, deviation.count == 3, mean.allSatisfy(\.isFinite),
        deviation.allSatisfy({ $0.isFinite && Float($0) != 0 })
      else { return nil }
      self.mean = mean
      self.deviation = deviation
    }

    /// Numbers that are known to be good.
    public init(mean: (Double, Double, Double), deviation: (Double, Double, Double)) {
      self.mean = [mean.0, mean.1, mean.2]
      self.deviation = [deviation.0, deviation.1, deviation.2]
    }
  }

  /// What a byte is multiplied by; nil leaves 0 to 255.
  public let factor: Double?
  /// What is taken off, and what is divided by, then; nil skips this.
  public let statistics: Statistics?

  public init(factor: Double?, statistics: Statistics?) {
    self.factor = factor
    self.statistics = statistics
  }

  /// The numbers for a picture of bytes.
  public func callAsFunction(_ picture: RGBImage) -> Planes {
    Planes(picture) { byte, channel in
      normalized(Float(factor.map { Double(byte) * $0 } ?? Double(byte)), channel)
    }
  }

  /// The numbers for a picture that is scaled already.
  public func callAsFunction(scaled planes: Planes) -> Planes {
    planes.mapped { normalized($1, $0) }
  }

  /// The 8-bit level that a number of a channel stands for.
  public func level(of value: Double, channel: Int) -> Double {
    let scaled = statistics.map { value * $0.deviation[channel] + $0.mean[channel] } ?? value
    return scaled / (factor ?? 1)
  }

  private func normalized(_ value: Float, _ channel: Int) -> Float {
    guard let statistics else { return value }
    return (value - Float(statistics.mean[channel])) / Float(statistics.deviation[channel])
  }
}
