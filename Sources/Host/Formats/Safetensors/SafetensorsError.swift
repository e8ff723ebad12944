/// What is wrong with a safetensors file.
package typealias SafetensorsError = FormatError<SafetensorsProblem>

/// The ways in which it can be wrong.
package enum SafetensorsProblem: FormatProblem {
  case unreadable(String)
  case tooShort(bytes: Int)
  case headerTooLarge(declared: UInt64, available: Int)
  case header(String)
  case unknownType(tensor: String, found: String)
  case badShape(tensor: String)
  case badOffsets(tensor: String, begin: Int, end: Int, available: Int)
  case sizeMismatch(tensor: String, expected: Int, found: Int)
  case overlap(tensor: String, previous: String)
  case gap(before: String, bytes: Int)
  case trailing(bytes: Int)

  package var sentence: String {
    switch self {
    case .unreadable(let reason): reason
    case .tooShort(let bytes):
      "is no safetensors file: \(bytes) bytes are too few for a header; download it again"
    case .headerTooLarge(let declared, let available):
      "declares a header of \(declared) bytes but has only \(available) left; "
        + "it is truncated or no safetensors file, download it again"
    case .header(let reason): "has a damaged safetensors header: \(reason)"
    case .unknownType(let tensor, let found):
      "tensor `\(tensor)` has the unknown element type `\(found)`"
    case .badShape(let tensor):
      "tensor `\(tensor)` has a shape that is negative, overflows or is no list of whole numbers"
    case .badOffsets(let tensor, let begin, let end, let available):
      "tensor `\(tensor)` lies at bytes \(begin) to \(end) of \(available); "
        + "the file is truncated or damaged, download it again"
    case .sizeMismatch(let tensor, let expected, let found):
      "tensor `\(tensor)` needs \(expected) bytes for its shape and type but has \(found)"
    case .overlap(let tensor, let previous):
      "tensors `\(previous)` and `\(tensor)` overlap; the file is damaged"
    case .gap(let tensor, let bytes):
      "has a hole of \(bytes) bytes before tensor `\(tensor)`; the file is damaged"
    case .trailing(let bytes): "has \(bytes) bytes that belong to no tensor at its end"
    }
  }
}
