internal import LatentLensComponents
internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensTensors

extension ForwardPass {
  /// Continues the prompt greedily, token by token, until an end token or `limit` tokens.
  ///
  /// - Parameter endTokens: ids that end the text; they are not part of it.
  package func generate(limit: Int, endTokens: Set<Int>) -> [Int] {
    let count = decoder.blockCount
    let cache = KeyValueCache(layers: count)
    let last = Stage.hidden(count)
    var state = run(
      observer: StageObserver(wants: { $0 == last }, look: { _, _ in }), cache: cache)
    var generated: [Int] = []
    while generated.count < limit, state.rows > 0 {
      let end = state.rows(state.rows - 1..<state.rows)
      // Where no logit is a number, none is the largest, and there is nothing to go on with.
      let prediction = decoder.head.predictions(of: decoder.normalize(end), k: 1).first
      guard let best = prediction?.top.first, best.score.isFinite, !endTokens.contains(best.row)
      else { break }
      generated.append(best.row)
      let position = layout.nextPlace + generated.count - 1
      state = decoder.decode(
        decoder.embed([best.row]),
        DecoderPass(
          Segments(count: 1, startingAt: position), through: count, cache: cache))
    }
    return generated
  }
}
