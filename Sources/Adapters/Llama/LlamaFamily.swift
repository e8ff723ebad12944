public import LatentLensComponents

/// The LLaMA family: LLaMA 1, 2, 3, 3.1 and later, Vicuna, and what else calls itself `llama`.
public let llama = Family("LLaMA", decoders: [LlamaDecoder.self])
