internal import LatentLensComponents
package import LatentLensFormats
internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensTensors

extension ForwardPass {
  /// Continues the prompt greedily, token by token, until an end token or `limit` tokens.
  ///
  /// - Parameter endTokens: ids that end the text; they are not part of it.
  /// - Throws: `HostError` where a state or every logit is no number, so that none is the largest.
  package func generate(limit: Int, endTokens: Set<Int>) throws(HostError) -> [Int] {
    let count = decoder.blockCount
    let cache = KeyValueCache(layers: count)
    let last = Stage.hidden(count)
    var state = run(
      observer: StageObserver(wants: { $0 == last }, look: { _, _ in }), cache: cache)
    var generated: [Int] = []
    while generated.count < limit, state.rows > 0 {
      let end = state.rows(state.rows - 1..<state.rows)
      let position = layout.nextPlace + generated.count
      let prediction = decoder.head.predictions(of: decoder.normalize(end), k: 1).first
      guard let prediction, let best = prediction.top.first, best.score.isFinite,
        prediction.logSumExp.isFinite
      else {
        throw HostError(
          "\(source): logits has a NaN or an infinity at token \(position - 1); there is nothing to go "
            + "on with")
      }
      // A head may know of outputs that no token stands for.
      guard !endTokens.contains(best.row), best.row < decoder.embedding.count else { break }
      generated.append(best.row)
      state = decoder.decode(
        decoder.embed([best.row]),
        DecoderPass(
          Segments(count: 1, startingAt: position), through: count, cache: cache))
    }
    return generated
  }
}
