public import LatentLensComponents

/// CLIP's vision towers.
public let clip = Family("CLIP", encoders: [CLIPVisionEncoder.self])
