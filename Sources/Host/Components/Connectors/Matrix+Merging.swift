public import LatentLensTensors

extension Matrix {
  /// The patches of each token side by side, `[tokens, patches * columns]`; each token has as many.
  public borrowing func merged(_ arrangement: VisualArrangement) -> Matrix {
    let gathered = gather(arrangement.tokens.flatMap(\.features))
    let width = gathered.rows / arrangement.tokens.count * gathered.columns
    return gathered.reshaped(rows: arrangement.tokens.count, columns: width)
  }
}
