internal import CLatentLensImaging

/// A picture of 32-bit floats, plane after plane: red, green, blue.
struct Planes: Sendable {
  let width: Int
  let height: Int
  /// `[3, height, width]`
  var values: [Float]

  init(width: Int, height: Int, values: [Float]) {
    precondition(values.count == 3 * width * height, "values do not fill \(width) x \(height)")
    self.width = width
    self.height = height
    self.values = values
  }

  /// The bytes of a picture, each through its channel's table of 256 values.
  init(_ picture: RGBImage, value: (_ byte: Int, _ channel: Int) -> Float) {
    width = picture.width
    height = picture.height
    values = []
    values.reserveCapacity(3 * width * height)
    for channel in 0..<3 {
      let table = (0..<256).map { value($0, channel) }
      for pixel in 0..<width * height {
        values.append(table[Int(picture.pixels[pixel * 3 + channel])])
      }
    }
  }

  subscript(channel: Int, y: Int, x: Int) -> Float {
    values[(channel * height + y) * width + x]
  }

  /// Another size, as torch's `interpolate` makes it: bilinear, or bicubic with antialiasing.
  func resized(width: Int, height: Int, isCubic: Bool = false, antialias: Bool) -> Planes {
    precondition(width > 0 && height > 0, "a picture has at least one pixel")
    precondition(antialias || !isCubic, "bicubic is antialiased here")
    // The resampler is C: it fills the borrowed memory of the new array.
    let resized = unsafe [Float](unsafeUninitializedCapacity: 3 * width * height) { target, count in
      let failed = unsafe values.withUnsafeBufferPointer { source in
        unsafe img_resize_float(
          source.baseAddress, UInt32(self.width), UInt32(self.height), target.baseAddress,
          UInt32(width), UInt32(height), 3, isCubic ? 1 : 0, antialias ? 1 : 0)
      }
      precondition(failed == 0, "out of memory")
      count = 3 * width * height
    }
    return Planes(width: width, height: height, values: resized)
  }

  /// A window, which may reach beyond the picture; what lies there is zero.
  func cropped(left: Int, top: Int, width: Int, height: Int) -> Planes {
    var cropped: [Float] = []
    cropped.reserveCapacity(3 * width * height)
    for channel in 0..<3 {
      for y in top..<top + height {
        for x in left..<left + width {
          let isInside = 0..<self.height ~= y && 0..<self.width ~= x
          cropped.append(isInside ? self[channel, y, x] : 0)
        }
      }
    }
    return Planes(width: width, height: height, values: cropped)
  }

  func mapped(_ value: (_ channel: Int, Float) -> Float) -> Planes {
    let plane = width * height
    return Planes(
      width: width, height: height,
      values: values.enumerated().map { value($0.offset / plane, $0.element) })
  }

  /// Patches in rasters of `block` by `block`, as Qwen's encoders take them:
  /// `[patches, 3 * frames * patch * patch]`, the picture standing still for `frames` frames.
  func mergedPatches(patch: Int, block: Int, frames: Int) -> [Float] {
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

  /// Patches row by row with the colours of a pixel side by side, as Molmo's encoders take them:
  /// `[patches, patch * patch * 3]`.
  func interleavedPatches(patch: Int) -> [Float] {
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
