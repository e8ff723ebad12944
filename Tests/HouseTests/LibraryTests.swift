import Foundation
import LatentLens
import LatentLensTestSupport
import Testing

/// The library as a program of somebody else's would use it.
@Suite struct LibraryTests {
  private static let demo = "\(Fixtures.demo)/model.json"

  @Test func everyVisualTokenIsReadAsAWordOfASentence() throws {
    let model = try VLM(Self.demo, threads: 2)
    #expect(model.blockCount > 1)
    let picture = try model.see("\(Fixtures.demo)/images/harbour.jpg")
    let logits = try model.read(picture, layer: model.blockCount, lens: "logit", topK: 3)
    #expect(logits.count == picture.tokenCount)
    for token in logits {
      #expect(token.place?.polygon.count == 8 && token.neighbors.count == 3)
      #expect(token.neighbors.allSatisfy { $0.probability != nil && $0.sentence == nil })
    }
    #expect(try !model.caption(picture, limit: 8).isEmpty)
  }

  @Test func whatIsNotThereIsToldInOneSentence() throws {
    let model = try VLM(Self.demo, threads: 2)
    let picture = try model.see("\(Fixtures.demo)/images/harbour.jpg")
    let deep = #expect(throws: (any Error).self) { try model.read(picture, layer: 99) }
    #expect("\(deep!)".contains("has the layers 0 to"))
    let unasked = #expect(throws: (any Error).self) { try model.read(picture, layer: 1) }
    #expect("\(unasked!)".contains("needs an index"))
    #expect(throws: (any Error).self) { try VLM(Fixtures.path("parity/llama-gqa")) }
    #expect(throws: (any Error).self) { try model.openIndex("/nowhere") }
  }
}
