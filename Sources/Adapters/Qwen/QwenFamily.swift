public import LatentLensComponents

/// Qwen's dense decoders: 2, 2.5 and 3.
public let qwen = Family("Qwen", decoders: [Qwen2Decoder.self, Qwen3Decoder.self])
