internal import LatentLensFormats
internal import LatentLensKernels
internal import LatentLensTensors

/// The file of an index that holds what the rows of each layer have in common.
struct CommonPartsFile {
  static let fileName = "common.safetensors"

  private let path: String
  private let tensors: NameTable<Weight>
  private let width: Int

  init(contentsOf path: String, of description: IndexDescription) throws {
    self.path = path
    tensors = try SafetensorsFile(contentsOf: path).tensors
    width = description.hiddenSize
  }

  /// What the rows of a layer have in common.
  ///
  /// - Throws: `IndexError` where it is not there, or has another shape than the layer's rows.
  func part(ofLayer layer: Int) throws(IndexError) -> CommonPart {
    let mean = try rows("mean", layer)
    guard mean.count == 1 else {
      throw IndexError("\(path): layer \(layer) has \(mean.count) means; build the index again")
    }
    return CommonPart(mean: mean[0], directions: try rows("directions", layer))
  }

  /// The rows of a table of numbers.
  private func rows(_ kind: String, _ layer: Int) throws(IndexError) -> [[Float]] {
    let name = Self.name(kind, layer)
    guard let table = tensors[name], table.encoding == .f32, table.shape.count == 2,
      table.shape[1] == width
    else {
      throw IndexError(
        "\(path): has no `\(name)` of f32 [n, \(width)]; build the index again")
    }
    let values = table.floats()
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  private static func name(_ kind: String, _ layer: Int) -> String { "\(kind).\(layer)" }

  /// Writes what the rows of each layer have in common.
  static func write(_ parts: [Int: CommonPart], to path: String) throws(FileError) {
    let layers = parts.sorted { $0.key < $1.key }
    let tables = layers.flatMap { layer, part in
      [(name("mean", layer), [part.mean]), (name("directions", layer), part.directions)]
    }
    let width = layers.first?.value.mean.count ?? 0
    let writer = try SafetensorsWriter(
      path: path, tensors: tables.map { .init($0.0, .f32, [$0.1.count, width]) })
    for (_, rows) in tables { try writer.write(rows.flatMap(\.self)) }
    try writer.finish()
  }
}
