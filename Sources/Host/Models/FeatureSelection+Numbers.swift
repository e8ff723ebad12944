package import LatentLensComponents

extension FeatureSelection {
  /// The selected layers of an encoder with `blockCount` blocks, counted from the start: 0 is what enters
  /// its first block.
  package func numbers(blockCount: Int) -> [Int] {
    layers.map { $0 < 0 ? blockCount + 1 + $0 : $0 }
  }
}
