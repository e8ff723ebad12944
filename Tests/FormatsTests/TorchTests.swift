import Foundation
import LatentLensFormats
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Files of torch.save: honest ones give torch's tensors, every other is refused by name.
@Suite struct TorchTests {
  @Test(arguments: ["plain", "module"])
  func tensorsAreThoseThatTorchHas(_ name: String) throws {
    let found = try TorchFile(contentsOf: Fixtures.path("torch/\(name).pt")).tensors
    let expected = try SafetensorsFile(contentsOf: Fixtures.path("torch/\(name).safetensors"))
      .tensors
    #expect(Set(found.keys) == Set(expected.keys))
    for (name, tensor) in expected {
      let other = try #require(found[name])
      #expect(other.shape == tensor.shape, "\(name)")
      #expect(other.encoding == tensor.encoding, "\(name)")
      #expect(
        other.bytes(0..<other.byteCount) == tensor.bytes(0..<tensor.byteCount), "\(name)")
    }
  }

  @Test(arguments: [
    ("hostile-system", "system"), ("hostile-eval", "eval"), ("hostile-root", "print"),
    ("hostile-module", "Sequential"), ("hostile-inst", "0x69"), ("transposed", "row by row"),
    ("mixed", "`step` is no tensor"), ("list", "no dictionary"), ("legacy", "ZIP archive"),
    ("compressed", "compressed"), ("big-endian", "`big`"), ("short-storage", "30 elements"),
    ("no-storage", "`data/0`"), ("no-pickle", "data.pkl"), ("cut-pickle", "too early"),
    ("deep", "within each other"),
  ])
  func whatIsNoPlainTensorIsRefusedByName(_ name: String, _ words: String) throws {
    let path = Fixtures.path("torch/\(name).pt")
    let error = #expect(throws: TorchError.self) { try TorchFile(contentsOf: path) }
    let sentence = error?.description ?? ""
    #expect(sentence.hasPrefix(path) && sentence.contains(words), "\(sentence)")
    #expect(!sentence.contains("\n"))
    #expect(!FileManager.default.fileExists(atPath: "latentlens-was-here"))
  }

  /// A damaged byte anywhere either changes nothing that is read, or is told; it never crashes.
  @Test func aDamagedByteNeverCrashes() throws {
    let folder = try TemporaryFolder()
    let original = try Fixtures.bytes(Fixtures.path("torch/archive.pt"))
    for position in original.indices {
      for value in [UInt8(0), 0x28, 0x52, 0xFF] where value != original[position] {
        var bytes = original
        bytes[position] = value
        let path = try folder.write(bytes, to: "damaged.pt")
        for tensor in (try? TorchFile(contentsOf: path).tensors.values.map { $0 }) ?? [] {
          _ = tensor.bytes(0..<tensor.byteCount)
        }
      }
    }
    for count in stride(from: 0, to: original.count, by: 7) {
      let path = try folder.write(Array(original.prefix(count)), to: "cut.pt")
      #expect(throws: TorchError.self) { try TorchFile(contentsOf: path) }
    }
  }
}
