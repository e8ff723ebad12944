extension Planes {
  /// Patches block by block of `block` by `block`, each a channel after the
  /// other, and standing still for `frames` frames: `[patches, 3 * frames * patch * patch]`.
  ///
  /// What fills no block at the right and at the lower edge is left over.
  public func mergedPatches(patch: Int, block: Int, frames: Int) -> [Float] {
    var patches: [Float] = []
    patches.reserveCapacity(values.count * frames)
    eachPatch(of: patch, inBlocksOf: block) { top, left in
      for channel in 0..<3 {
        for _ in 0..<frames {
          for y in top..<top + patch {
            let start = (channel * height + y) * width + left
            patches += values[start..<start + patch]
          }
        }
      }
    }
    return patches
  }

  /// Patches row by row with the colours of a pixel side by side: `[patches, patch * patch * 3]`.
  ///
  /// What fills no patch at the right and at the lower edge is left over.
  public func interleavedPatches(patch: Int) -> [Float] {
    var patches: [Float] = []
    patches.reserveCapacity(values.count)
    eachPatch(of: patch, inBlocksOf: 1) { top, left in
      for y in top..<top + patch {
        for x in left..<left + patch {
          for channel in 0..<3 { patches.append(self[channel, y, x]) }
        }
      }
    }
    return patches
  }

  private func eachPatch(
    of patch: Int, inBlocksOf block: Int, _ body: (_ top: Int, _ left: Int) -> Void
  ) {
    let side = patch * block
    for blockTop in stride(from: 0, to: height - side + 1, by: side) {
      for blockLeft in stride(from: 0, to: width - side + 1, by: side) {
        for place in 0..<block * block {
          body(blockTop + place / block * patch, blockLeft + place % block * patch)
        }
      }
    }
  }
}
