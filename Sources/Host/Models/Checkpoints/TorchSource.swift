internal import LatentLensFormats
public import LatentLensTensors

/// A file that torch.save has written.
public struct TorchSource: WeightSource {
  public let path: String

  public static func recognizes(_ path: String) -> Bool {
    guard PathKind(of: path) == .file else { return false }
    // Since PyTorch 1.6 it is a ZIP archive.
    return [".bin", ".pt", ".pth"].contains(where: path.hasSuffix)
      || firstBytes(of: path, 4) == [0x50, 0x4B, 3, 4]
  }

  public init(_ path: String) {
    self.path = path
  }

  public func tensors() throws -> [String: Weight] {
    try TorchFile(contentsOf: path).tensors
  }
}
