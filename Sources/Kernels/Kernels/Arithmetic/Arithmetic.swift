public import LatentLensTensors

/// A way of multiplying matrices that linear layers can be asked to use.
///
/// Another one is a file with its value, as `Arithmetic+F32.swift` is, and a name in `all`.
public struct Arithmetic: Sendable {
  /// What users call it.
  public let name: String
  /// What is to be said of it, in a few words.
  public let summary: String
  /// Whether this processor can do it.
  public let isAvailable: Bool
  /// How far from the reference implementation a model that is computed like this may be: the largest
  /// difference over a tensor's largest magnitude.
  public let tolerance: Double

  /// How weights are stored that lose next to nothing by it.
  let suited: [Encoding]
  let multiplication: any Multiplication

  init(
    _ name: String, summary: String, isAvailable: Bool, tolerance: Double,
    suited: [Encoding] = [], _ multiplication: any Multiplication
  ) {
    self.name = name
    self.summary = summary
    self.isAvailable = isAvailable
    self.tolerance = tolerance
    self.suited = suited
    self.multiplication = multiplication
  }

  /// All that there are. Of those that multiply 32-bit floats, the first that is available is the
  /// reference.
  public static let all: [Arithmetic] = [.f32, .bf16, .blas]

  /// The arithmetic of a name, whether or not it is available; nil if there is none.
  public static func named(_ name: String) -> Arithmetic? { all.first { $0.name == name } }

  /// The arithmetic for a model whose weights are stored like this: one that suits some of them, or
  /// else 32-bit floats.
  public static func fitting(_ encodings: some Collection<Encoding>) -> Arithmetic {
    all.first { arithmetic in
      arithmetic.isAvailable && encodings.contains { arithmetic.suited.contains($0) }
    } ?? .f32
  }

  /// The arithmetic of 32-bit floats on this processor; OpenBLAS runs everywhere.
  static let reference =
    all.first { $0.isAvailable && $0.multiplication is any FloatMultiplication } ?? .blas

  /// The library that computes it and what that has chosen for this processor, where these change the bits of results;
  /// nil where all processors that can do it give the same.
  public var library: String? { multiplication.library }

  /// What multiplies 32-bit floats along with it: itself if it can.
  var floats: any FloatMultiplication {
    multiplication as? any FloatMultiplication ?? Self.reference.floats
  }
}

extension Arithmetic: Equatable, CustomStringConvertible {
  public static func == (left: Arithmetic, right: Arithmetic) -> Bool { left.name == right.name }
  public var description: String { name }
}
