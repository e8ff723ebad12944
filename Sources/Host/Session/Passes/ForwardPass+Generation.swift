internal import LatentLensComponents
package import LatentLensFormats
internal import LatentLensKernels
internal import LatentLensTensors

extension ForwardPass {
  /// Continues the prompt greedily, token by token, until an end token or `limit` tokens.
  ///
  /// What the connector, every block and the last norm leave, and all logits, are looked at as they come (`Finiteness`). Logits that
  /// are all the same have no largest: then there is nothing to go on with, either.
  /// - Parameter endTokens: ids that end the text; they are not part of it.
  /// - Throws: `HostError` that names the stage and the token where a number is none, or tells nothing.
  package func generate(limit: Int, endTokens: Set<Int>) throws(HostError) -> [Int] {
    let count = decoder.blockCount
    let cache = KeyValueCache(layers: count)
    let watch = FinitenessWatch(of: source)
    let blocks = Set((0...count).map(Stage.hidden))
    let observer = watch.observer { $0 == .connector || blocks.contains($0) }
    var state = run(observer: observer, cache: cache)
    try watch.require()
    var generated: [Int] = []
    while generated.count < limit, state.rows > 0 {
      let best = try best(behind: state.rows(state.rows - 1..<state.rows), generated.count)
      // A head may know of outputs that no token stands for.
      guard !endTokens.contains(best), best < decoder.embedding.count else { break }
      watch.firstToken = layout.ids.count + generated.count
      let position = layout.nextPlace + generated.count
      generated.append(best)
      state = decoder.decode(
        decoder.embed([best]),
        DecoderPass(
          Segments(count: 1, startingAt: position), through: count, cache: cache,
          observer: observer))
      try watch.require()
    }
    return generated
  }

  /// The token with the largest logit; of several the first.
  ///
  /// - Parameters:
  ///   - state: what the last block leaves of the last token.
  ///   - generated: how many tokens follow the prompt.
  private func best(
    behind state: borrowing Matrix, _ generated: Int
  ) throws(HostError) -> Int {
    let token = layout.ids.count + generated - 1
    let normed = decoder.normalize(state)
    try Finiteness.check(
      normed.values(), of: .norm, columns: normed.columns, rows: [token], in: source)
    let logits = decoder.head(normed).values()
    try Finiteness.check(
      logits, of: .logits, columns: logits.count, rows: [token], in: source)
    guard let largest = logits.max(), let best = logits.firstIndex(of: largest),
      logits.count == 1 || logits.contains(where: { $0 < largest })
    else {
      throw HostError(
        "\(source): logits are all the same at token \(token); there is nothing to go on with")
    }
    return best
  }
}
