internal import LatentLensComponents
package import LatentLensFormats
package import LatentLensLenses
package import LatentLensModels
package import LatentLensTensors

/// How an index is to be built.
package struct IndexOptions: Sendable {
  /// Contextual layers; nil takes those of the paper.
  package var layers: LayerSelection?
  /// How rows are stored.
  package var elementType: Encoding
  /// The most rows that share one token text, or one word.
  package var maxContexts: Int
  /// What rows are of.
  package var keep: IndexIdentity.BuildRules.Keep

  package init(
    layers: LayerSelection? = nil, elementType: Encoding = .f32,
    maxContexts: Int = IndexIdentity.BuildRules().maxContexts,
    keep: IndexIdentity.BuildRules.Keep = .first
  ) {
    self.layers = layers
    self.elementType = elementType
    self.maxContexts = maxContexts
    self.keep = keep
  }

  /// The rules by which rows are chosen.
  package var rules: IndexIdentity.BuildRules {
    .init(keep: keep, maxContexts: maxContexts)
  }

  /// The contextual layers of a decoder with `blockCount` blocks, ascending.
  ///
  /// - Throws: `HostError` for layers that the decoder has not, or that are no block's.
  package func contextualLayers(blockCount: Int) throws(HostError) -> [Int] {
    guard let layers else { return Self.standardLayers(blockCount: blockCount) }
    var numbers: [Int] = []
    for stage in try layers.stages(blockCount: blockCount, hasConnector: false) {
      guard case .hidden(let number) = stage else {
        throw HostError("layer `\(stage.layerName)` cannot be indexed; choose numbered layers")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// The layers of the paper: 1, 2, 4, 8, 16, 24 and the two before the last block's output.
  static func standardLayers(blockCount: Int) -> [Int] {
    let fixed = [1, 2, 4, 8, 16, 24].filter { $0 < blockCount }
    let last = [blockCount - 2, blockCount - 1].filter { $0 > 0 }
    return Set(fixed + last).sorted()
  }
}
