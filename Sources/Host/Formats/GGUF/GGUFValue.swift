/// A value of a GGUF file's metadata; whole numbers stay exact.
package enum GGUFValue: Sendable, Equatable {
  case unsigned(UInt64)
  case signed(Int64)
  case real(Double)
  case bool(Bool)
  case string(String)
  case array([GGUFValue])

  /// What a reader of an error message would call it.
  package var text: String {
    switch self {
    case .unsigned(let number): String(number)
    case .signed(let number): String(number)
    case .real(let number): String(number)
    case .bool(let bool): String(bool)
    case .string(let string): "`\(GGUFProblem.quotable(string))`"
    case .array(let elements): "an array of \(elements.count)"
    }
  }
}

/// The kinds of values, and the fewest bytes of each in an array.
enum GGUFKind: UInt32 {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64
  case float64

  var leastSize: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .string: 8
    case .array: 12
    }
  }
}
