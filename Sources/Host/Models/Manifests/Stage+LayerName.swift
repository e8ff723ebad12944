package import LatentLensComponents

extension Stage {
  /// How results and commands call a stage that can be read as a layer: `connector`, the number of a
  /// block, or `norm`; the others by their tensors' names.
  package var layerName: String {
    switch self {
    case .hidden(let block): String(block)
    case .norm: "norm"
    default: tensorName
    }
  }
}
