public import LatentLensComponents

/// The OLMo family: 1, 1024-preview and 2.
public let olmo = Family("OLMo", OLMoDecoder.self, OLMo2Decoder.self)
