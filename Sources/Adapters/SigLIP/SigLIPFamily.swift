public import LatentLensComponents

/// SigLIP's and SigLIP 2's vision towers at a fixed resolution.
public let siglip = Family("SigLIP", encoders: [SigLIPVisionEncoder.self])
