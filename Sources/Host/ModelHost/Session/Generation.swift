internal import LatentLensComponents
internal import LatentLensKernels
internal import LatentLensTokenization

extension ForwardPass {
  /// Continues the prompt greedily, token by token, until an end token or `limit` tokens.
  ///
  /// - Parameter endTokens: ids that end the text; they are not part of it.
  public func generate(limit: Int, endTokens: Set<Int>) -> [Int] {
    guard let decoder = model.decoder else { preconditionFailure("checked when the pass was made") }
    let cache = KeyValueCache(layers: decoder.blockCount)
    var state = run(cache: cache, observing: Observer())
    var generated: [Int] = []
    while generated.count < limit {
      let last = state.rows(state.rows - 1..<state.rows)
      let best = predictions(decoder.normalize(last), head: decoder.head, k: 1)[0].top[0].row
      if endTokens.contains(best) { break }
      generated.append(best)
      let position = layout.nextPlace + generated.count - 1
      state = decoder.decode(
        decoder.embed([best]), segments: Segments(count: 1, startingAt: position),
        through: decoder.blockCount, cache: cache, observing: { _, _ in })
    }
    return generated
  }
}
