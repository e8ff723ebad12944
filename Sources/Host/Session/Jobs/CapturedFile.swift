internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensTensors

/// A safetensors file of tensors that were captured elsewhere; keeps account of those that are asked for.
final class CapturedFile {
  let path: String
  private let tensors: NameTable<Weight>
  private var asked: [String] = []

  init(contentsOf path: String) throws {
    self.path = path
    tensors = try SafetensorsFile(contentsOf: path).tensors
  }

  /// A tensor, if it is there.
  func tensor(_ name: String) -> Weight? {
    if !asked.contains(name) { asked.append(name) }
    return tensors[name]
  }

  /// Makes sure that every tensor of the file was asked for.
  ///
  /// - Throws: `HostError` that names one that was not, and all that would be taken.
  func requireNothingElse(for source: String) throws(HostError) {
    guard let name = tensors.keys.sorted().first(where: { !asked.contains($0) }) else { return }
    throw HostError(
      "\(path): tensor `\(name)` is no input of \(source); it takes "
        + asked.joined(separator: ", "))
  }

  /// The row of whole numbers under a name; nil where there is no such tensor.
  func tokens(_ name: String) throws(HostError) -> [Int]? {
    guard let tensor = tensor(name) else { return nil }
    guard tensor.isRow, tensor.isWhole else {
      throw HostError("\(path): `\(name)` is \(tensor.kind), expected I32 or I64 [n]")
    }
    return tensor.integers().map { Int($0) }
  }

  /// The numbers of the pixels.
  ///
  /// - Throws: `HostError` where one is none.
  private func finiteNumbers(of pixels: Weight) throws(HostError) -> [Float] {
    let values = pixels.floats()
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw HostError(
        "\(path): `pixel_values` has \(values[place].isNaN ? "a NaN" : "an infinity") at element \(place)"
      )
    }
    return values
  }

  /// What was captured of each image; none where there are no pixels.
  func images() throws(HostError) -> [CapturedImage] {
    guard let pixels = tensor("pixel_values") else { return [] }
    guard pixels.encoding == .f32, pixels.count > 0 else {
      throw HostError("\(path): `pixel_values` is \(pixels.kind), expected F32")
    }
    if let grids = tensors["image_grid_thw"], grids.isWhole, grids.shape.count == 2,
      grids.shape[0] > 1
    {
      return try images(of: pixels, by: grids)
    }
    guard pixels.shape.count == 5, pixels.shape[0] > 1 else {
      return [
        CapturedImage(file: self, pixels: (pixels.shape, try finiteNumbers(of: pixels)), share: nil)
      ]
    }
    // Several pictures of as many crops each: `[pictures, crops, 3, height, width]`.
    let (values, count) = (try finiteNumbers(of: pixels), pixels.shape[0])
    let size = values.count / count
    return (0..<count).map { image in
      CapturedImage(
        file: self,
        pixels: (
          Array(pixels.shape.dropFirst()), Array(values[image * size..<(image + 1) * size])
        ), share: (image, count))
    }
  }

  /// Deals patches `[patches, features]` to images, of which each row of `image_grid_thw` has as many as it
  /// multiplies to.
  private func images(of pixels: Weight, by grids: Weight) throws(HostError) -> [CapturedImage] {
    let (count, sides) = (grids.shape[0], grids.shape[1])
    let numbers = grids.integers().map { Int(clamping: $0) }
    guard numbers.allSatisfy({ 1...1 << 20 ~= $0 }), sides <= 3 else {
      throw HostError("\(path): `image_grid_thw` has to be [1, rows, columns] of each image")
    }
    let patches = (0..<count).map { numbers[$0 * sides..<($0 + 1) * sides].reduce(1, *) }
    // As many as can be counted, where a damaged file tells of more.
    let told = patches.reduce(0) { sum, own in
      let (next, overflow) = sum.addingReportingOverflow(own)
      return overflow ? .max : next
    }
    guard pixels.shape.count == 2, told == pixels.shape[0] else {
      throw HostError(
        "\(path): `image_grid_thw` tells of \(told) patches in \(count) images, but `pixel_values` is "
          + "\(pixels.shape)")
    }
    let (values, features) = (try finiteNumbers(of: pixels), pixels.shape[1])
    var images: [CapturedImage] = []
    var first = 0
    for (image, own) in patches.enumerated() {
      images.append(
        CapturedImage(
          file: self,
          pixels: (
            [own, features], Array(values[first * features..<(first + own) * features])
          ), share: (image, count)))
      first += own
    }
    return images
  }
}

/// What was captured of one image: its own part of the pixels, and its own row of what stands beside them.
struct CapturedImage: CapturedTensors {
  let file: CapturedFile
  let pixels: (shape: [Int], values: [Float])
  /// Which image this is of how many; nil for the only one.
  let share: (image: Int, count: Int)?

  func integers(_ name: String) throws(ImageObjection) -> [Int]? {
    guard let tensor = file.tensor(name) else { return nil }
    guard tensor.isWhole else {
      throw ImageObjection("`\(name)` is \(tensor.kind), expected I32 or I64")
    }
    let numbers = tensor.integers().map { Int($0) }
    guard let share else {
      guard tensor.isRow else {
        throw ImageObjection("`\(name)` is \(tensor.kind), expected [1, n]: one image")
      }
      return numbers
    }
    guard tensor.shape.count == 2, tensor.shape[0] == share.count else {
      throw ImageObjection(
        "`\(name)` is \(tensor.kind), expected [\(share.count), n]: \(share.count) images")
    }
    return Self.part(of: numbers, share)
  }

  func floats(_ name: String) -> [Float]? {
    guard let tensor = file.tensor(name) else { return nil }
    guard let share, tensor.shape.first == share.count else { return tensor.floats() }
    return Self.part(of: tensor.floats(), share)
  }

  private static func part<Number>(
    of numbers: [Number], _ share: (image: Int, count: Int)
  ) -> [Number] {
    let size = numbers.count / share.count
    return Array(numbers[share.image * size..<(share.image + 1) * size])
  }
}

extension Weight {
  /// Whether a tensor is one row: `[n]` or `[1, n]`.
  fileprivate var isRow: Bool { shape.count == 1 || shape.count == 2 && shape[0] == 1 }
  fileprivate var isWhole: Bool { [.i32, .i64].contains(encoding) }
  fileprivate var kind: String { "\(encoding) \(shape)" }
}
