internal import LatentLensTensors

extension Encoding {
  /// What safetensors calls the encodings that it can hold.
  private static let safetensors: [(name: String, encoding: Encoding)] = [
    ("F64", .f64), ("F32", .f32), ("F16", .f16), ("BF16", .bf16), ("F8_E4M3", .f8e4m3),
    ("F8_E5M2", .f8e5m2), ("I64", .i64), ("I32", .i32), ("I16", .i16), ("I8", .i8), ("U8", .u8),
    ("BOOL", .bool),
  ]

  /// The encoding of a `dtype`.
  init?(safetensorsName name: String) {
    guard let known = Self.safetensors.first(where: { $0.name == name }) else { return nil }
    self = known.encoding
  }

  /// The `dtype` of an encoding; nil for one that safetensors does not have.
  var safetensorsName: String? { Self.safetensors.first { $0.encoding == self }?.name }
}
