public import Components

/// The OLMo family.
public let olmo = Family("OLMo", decoders: [OLMo2Decoder.self])
