public import LatentLensComponents

/// The DINO family: DINOv2 with and without registers.
public let dino = Family("DINO", encoders: [DINOv2Encoder.self])
