import Foundation
import LatentLensFormats
import LatentLensTokenization
import Testing

/// Each kind of normalizer, pre-tokenizer, post-processor, decoder and added token by itself, against
/// the tokenizers library.
@Suite struct VariantTests {
  @Test func everyPartDoesWhatTheLibrarysDoes() throws {
    let texts = Fixture.blocks(try Fixture.hostile().texts, size: 8)
    for variant in try Fixture.variants() {
      let tokenizer = try Self.tokenizer(variant)
      for (index, block) in texts.enumerated() {
        let ids = block.map { tokenizer.encode($0) }
        #expect(hash(ids) == variant.ids[index], "\(variant.name): texts from \(8 * index) on")
        #expect(
          hash(ids.map { tokenizer.decode($0) }) == variant.decoded[index],
          "\(variant.name): decoded texts from \(8 * index) on")
      }
    }
  }

  /// The tokenizer that a variant is made from, with its changes.
  private static func tokenizer(_ variant: Variant) throws -> Tokenizer {
    let base = try JSONNode(contentsOf: Fixture.path("\(variant.base)/tokenizer.json"))
    guard case .object(var description) = base.value else { throw base.error("is not an object") }
    for (key, change) in try variant.changes.members() {
      if key == "model", case .object(var model) = description["model"] {
        for (key, change) in try change.members() { model[key] = change.value }
        description["model"] = .object(model)
      } else {
        description[key] = change.value
      }
    }
    return try Tokenizer(description: .object(description))
  }
}

extension Tokenizer {
  /// A tokenizer from a description that is written to a file for it.
  init(description: JSONValue) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(description.text().utf8).write(to: file)
    try self.init(contentsOf: file.path)
  }
}
