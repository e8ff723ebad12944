internal import LatentLensFormats
package import LatentLensTensors

/// A file that torch.save has written.
package struct TorchSource: WeightSource {
  package let path: String

  package static func recognizes(_ path: String) -> Bool {
    guard PathKind(of: path) == .file else { return false }
    // Since PyTorch 1.6 it is a ZIP archive.
    return [".bin", ".pt", ".pth"].contains(where: path.hasSuffix)
      || firstBytes(of: path, 4) == [0x50, 0x4B, 3, 4]
  }

  package init(_ path: String) {
    self.path = path
  }

  package func tensors() throws -> NameTable<Weight> {
    try TorchFile(contentsOf: path).tensors
  }
}
