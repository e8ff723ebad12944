package import LatentLensComponents
package import LatentLensFormats

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

  /// Whether a block of the decoder ends here, so that there is attention to look at.
  package var leavesBlock: Bool { if case .hidden(let layer) = self { layer > 0 } else { false } }

  /// The layer as results and commands write it: a block's number, or a name.
  package var layerJSON: JSONValue {
    if case .hidden(let layer) = self { return .integer(Int64(layer)) }
    return .string(layerName)
  }
}
