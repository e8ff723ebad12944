public import LatentLensComponents

/// Qwen's dense decoders: 2, 2.5 and 3, and those of their VLMs.
public let qwen = Family(
  "Qwen", Qwen2Decoder.self, Qwen2VLDecoder.self, Qwen3Decoder.self, Qwen3VLDecoder.self)
