public import LatentLensComponents

/// The Gemma family.
public let gemma = Family("Gemma", decoders: [Gemma2Decoder.self])
