package import LatentLensComponents

extension FeatureSelection {
  /// The stages of an encoder with `blockCount` blocks that are selected, in the order in which they are
  /// joined.
  package func stages(blockCount: Int) -> [Stage] {
    layers.map { layer in
      let number = layer < 0 ? blockCount + 1 + layer : layer
      return isNormed && number == blockCount ? .visionNorm : .vision(number)
    }
  }
}
