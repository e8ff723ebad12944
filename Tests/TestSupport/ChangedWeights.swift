internal import LatentLensFormats
internal import LatentLensTensors

/// Copies the weights of a checkpoint, as 32-bit floats, into another folder.
///
/// - Parameters:
///   - folder: where `model.safetensors` is.
///   - target: a folder that is there.
///   - change: is given the name and the numbers of each tensor, and may change them.
package func copyWeights(
  of folder: String, to target: String, _ change: (_ name: String, inout [Float]) -> Void
) throws {
  let tensors = try SafetensorsFile(contentsOf: "\(folder)/model.safetensors").tensors
    .sorted { $0.key < $1.key }
  let writer = try SafetensorsWriter(
    path: "\(target)/model.safetensors",
    tensors: tensors.map { .init($0.key, .f32, $0.value.shape) })
  for (name, weight) in tensors {
    var values = weight.floats()
    change(name, &values)
    try writer.write(values)
  }
  try writer.finish()
}
