/// Resampling filters, with the numbers that Pillow and `preprocessor_config.json` give them.
public enum ResamplingFilter: Int, Sendable, CaseIterable {
  case nearest = 0
  case lanczos = 1
  case bilinear = 2
  case bicubic = 3
  case box = 4
  case hamming = 5
}

/// How torch's `interpolate` resamples floats.
public enum Interpolation: Sendable, Equatable {
  /// Without antialiasing from the two pixels around, however much the picture shrinks.
  case bilinear(antialias: Bool)
  /// With antialiasing.
  case bicubic
}
