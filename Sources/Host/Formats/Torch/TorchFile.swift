package import LatentLensTensors

/// A state dictionary that torch.save has written: tensors by name, and nothing else.
package struct TorchFile: Sendable {
  package let path: String
  package let tensors: NameTable<Weight>

  package init(contentsOf path: String) throws(TorchError) {
    self.path = path
    let document = try TorchDocument(contentsOf: path)
    var tensors: NameTable<Weight> = [:]
    for name in document.keys { tensors[name] = try document.tensor(name) }
    self.tensors = tensors
  }
}
