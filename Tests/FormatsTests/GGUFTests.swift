import Foundation
import LatentLensFormats
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Files of GGUF: what the `gguf` package writes is read bit for bit, every hostile file is refused.
@Suite struct GGUFTests {
  @Test func everyTypeOfBlockIsDecodedBitForBit() throws {
    let found = try GGUFFile(contentsOf: Fixtures.path("gguf/types.gguf")).tensors
    let expected = try SafetensorsFile(contentsOf: Fixtures.path("gguf/types.safetensors")).tensors
    #expect(Set(found.keys) == Set(expected.keys) && expected.count == 13)
    for (name, tensor) in expected {
      let other = try #require(found[name])
      #expect(other.shape == tensor.shape && other.encoding.name == name.lowercased(), "\(name)")
      let differing = zip(other.floats(), tensor.floats()).count { $0.bitPattern != $1.bitPattern }
      #expect(differing == 0, "\(name): \(differing) of \(tensor.count) differ")
    }
  }

  @Test func everyKindOfValueIsRead() throws {
    let found = try GGUFFile(contentsOf: Fixtures.path("gguf/metadata.gguf")).values
    let expected = try JSONNode(contentsOf: Fixtures.path("gguf/metadata.json")).members()
    #expect(found["kind.uint64"] == .unsigned(.max))
    #expect(found["kind.int64"] == .signed(.min))
    // JSON says these no better than as real numbers.
    for (key, node) in expected where !["kind.uint64", "kind.int64"].contains(key) {
      let value = try #require(found[key])
      #expect(Self.json(value) == node.value, "\(key)")
    }
  }

  private static func json(_ value: GGUFValue) -> JSONValue {
    switch value {
    case .unsigned(let number): .integer(Int64(number))
    case .signed(let number): .integer(number)
    case .real(let number): .number(number)
    case .bool(let bool): .bool(bool)
    case .string(let string): .string(string)
    case .array(let elements): .array(elements.map(json))
    }
  }

  private static func names(in folder: String) throws -> [String] {
    try JSONNode(contentsOf: Fixtures.path("gguf/\(folder)/files.json")).members().map(\.key)
  }

  @Test func honestVariantsAreAccepted() throws {
    for name in try Self.names(in: "sound") {
      let path = Fixtures.path("gguf/sound/\(name).gguf")
      let file = try GGUFFile(contentsOf: path)
      for tensor in file.tensors.values { #expect(tensor.floats().count == 64, "\(name)") }
      #expect(file.tensors.count == (name == "no-tensors" ? 0 : 1), "\(name)")
    }
  }

  @Test func hostileFilesGetOneLine() throws {
    let names = try Self.names(in: "refused")
    #expect(names.count > 50)
    for name in names {
      let path = Fixtures.path("gguf/refused/\(name).gguf")
      let error = #expect(throws: GGUFError.self, "\(name)") { try GGUFFile(contentsOf: path) }
      let sentence = error?.description ?? ""
      #expect(sentence.hasPrefix(path), "\(name): \(sentence)")
      #expect(!sentence.contains("\n") && sentence.utf8.count < path.utf8.count + 300, "\(name)")
    }
  }

  @Test func whatIsNotReadIsNamed() {
    for (name, words) in [
      ("big-endian", "big-endian"), ("types-refused", "is stored as IQ4_NL"),
      ("refused/tensor-kind-removed", "is stored as Q4_2"), ("refused/version-1", "version 1"),
    ] {
      let error = #expect(throws: GGUFError.self) {
        try GGUFFile(contentsOf: Fixtures.path("gguf/\(name).gguf"))
      }
      #expect(error?.description.contains(words) ?? false, "\(String(describing: error))")
    }
  }

  /// A damaged byte anywhere either changes nothing that is read, or is told; it never crashes.
  @Test func aDamagedByteNeverCrashes() throws {
    let folder = try TemporaryFolder()
    let original = try Fixtures.bytes(Fixtures.path("gguf/sound/alignment-64.gguf"))
    for position in original.indices {
      for value in [UInt8(0), 1, 0x7F, 0xFF] where value != original[position] {
        var bytes = original
        bytes[position] = value
        let path = try folder.write(bytes, to: "damaged.gguf")
        for tensor in (try? GGUFFile(contentsOf: path).tensors.values.map { $0 }) ?? [] {
          _ = tensor.floats()
        }
      }
    }
    for count in original.indices {
      let path = try folder.write(Array(original.prefix(count)), to: "cut.gguf")
      #expect(throws: GGUFError.self) { try GGUFFile(contentsOf: path) }
    }
  }
}
