package import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensLenses
package import LatentLensModels
package import LatentLensTensors
internal import LatentLensTokenization

/// A model's decoder, for the checks that lenses make of themselves.
package struct DecoderProbe: LensProbe {
  package let ids: [Int]
  private let text: TextHalf
  private let identity: ModelIdentity

  /// - Parameter ids: some text; tokens behind the decoder's own vocabulary, as those of images can be, are
  ///   left out.
  package init(_ text: TextHalf, _ identity: ModelIdentity, ids: [Int]) {
    self.text = text
    self.identity = identity
    self.ids = ids.filter { 0..<text.decoder.embedding.count ~= $0 }
  }

  /// A sentence; without a tokenizer, tokens spread over the vocabulary.
  package init(_ text: TextHalf, _ identity: ModelIdentity) {
    let count = text.decoder.embedding.count
    let ids =
      (try? text.tokenizer.get()).map {
        $0.encode("A red boat lies on the beach, under two white clouds.")
      } ?? (0..<16).map { $0 * (count - 1) / 15 }
    self.init(text, identity, ids: ids)
  }

  package func states(of ids: [Int], at stages: [Stage]) throws -> StateBatch {
    try ForwardPass(text: text, identity: identity, ids: ids)
      .record(stages, rows: Array(ids.indices))
  }

  package func logits(of ids: [Int]) throws -> Matrix {
    let pass = try ForwardPass(text: text, identity: identity, ids: ids)
    let decoder = text.decoder
    let last = Stage.hidden(decoder.blockCount)
    let state = pass.run(observer: StageObserver(wants: { $0 == last }, look: { _, _ in }))
    return decoder.head(decoder.normalize(state))
  }

  package func tokenize(_ text: String) -> [Int] {
    (try? self.text.tokenizer.get())?.encode(text) ?? []
  }
}
