internal import LatentLensTensors

/// The storages of torch, and how their elements are encoded.
enum TorchStorages {
  static let all: [String: Encoding] = [
    "torch.DoubleStorage": .f64,
    "torch.FloatStorage": .f32,
    "torch.HalfStorage": .f16,
    "torch.BFloat16Storage": .bf16,
    "torch.Float8_e4m3fnStorage": .f8e4m3,
    "torch.Float8_e5m2Storage": .f8e5m2,
    "torch.LongStorage": .i64,
    "torch.IntStorage": .i32,
    "torch.ShortStorage": .i16,
    "torch.CharStorage": .i8,
    "torch.ByteStorage": .u8,
    "torch.BoolStorage": .bool,
  ]
}
