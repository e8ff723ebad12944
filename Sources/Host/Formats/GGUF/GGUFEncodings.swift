internal import LatentLensTensors

/// The types of GGUF's tensors, and how their elements are encoded.
enum GGUFEncodings {
  static let all: [UInt32: Encoding] = [
    0: .f32, 1: .f16, 30: .bf16,
    2: .q40, 3: .q41, 6: .q50, 7: .q51, 8: .q80,
    10: .q2K, 11: .q3K, 12: .q4K, 13: .q5K, 14: .q6K,
  ]

  /// What llama.cpp calls those that are not read here.
  private static let others: [UInt32: String] = [
    4: "Q4_2", 5: "Q4_3", 9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS",
    19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16",
    26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
  ]

  /// Why a type is not read, as the rest of a sentence about a tensor.
  static func refusal(of type: UInt32) -> String {
    let known = all.sorted { $0.key < $1.key }.map { $0.value.name.uppercased() }
      .joined(separator: ", ")
    let found = others[type].map { "is stored as \($0)" } ?? "is stored as the unknown type \(type)"
    return "\(found); read are \(known): take a file of one of these"
  }
}
