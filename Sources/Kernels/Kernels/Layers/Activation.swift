internal import CLatentLensKernels
public import LatentLensTensors

/// An element-wise non-linearity; raw values are the names in Hugging Face's `ACT2FN`.
public enum Activation: Sendable, Equatable, CaseIterable, Decodable {
  case silu
  /// `x · Φ(x)` with the error function (Hendrycks & Gimpel, arXiv 1606.08415).
  case gelu
  /// GELU's approximation through tanh.
  case geluTanh
  /// GELU's approximation `x · σ(1.702 x)`.
  case quickGELU
  case relu
  case sigmoid
  case tanh
  case linear
}

extension Activation: RawRepresentable {
  public init?(rawValue: String) {
    switch rawValue {
    case "silu", "swish": self = .silu
    case "gelu", "gelu_python": self = .gelu
    case "gelu_pytorch_tanh", "gelu_new", "gelu_fast", "gelu_accurate", "gelu_python_tanh":
      self = .geluTanh
    case "quick_gelu": self = .quickGELU
    case "relu": self = .relu
    case "sigmoid": self = .sigmoid
    case "tanh": self = .tanh
    case "linear": self = .linear
    default: return nil
    }
  }

  public var rawValue: String {
    switch self {
    case .silu: "silu"
    case .gelu: "gelu"
    case .geluTanh: "gelu_pytorch_tanh"
    case .quickGELU: "quick_gelu"
    case .relu: "relu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .linear: "linear"
    }
  }
}

extension Activation {
  /// Applies the function to every element, in place.
  public func callAsFunction(_ x: inout Matrix, compute: Compute) {
    let (base, columns) = unsafe (x.base, x.columns)
    x.forEachRow(compute) { row in unsafe apply(base + row * columns, columns) }
  }

  func apply(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
    // The caller lends `count` floats.
    switch self {
    case .silu: unsafe ll_silu(x, count)
    case .gelu: unsafe ll_gelu(x, count)
    case .geluTanh: unsafe ll_gelu_tanh(x, count)
    case .quickGELU: unsafe ll_quick_gelu(x, count)
    case .relu: unsafe ll_relu(x, count)
    case .sigmoid: unsafe ll_sigmoid(x, count)
    case .tanh: unsafe ll_tanh(x, count)
    case .linear: break
    }
  }
}
