internal import CLatentLensKernels
public import LatentLensTensors

/// The `k` rows that match each query best: a linear layer followed by a top-k.
///
/// Exact, over any element type, and in memory that does not grow with the number of rows. Higher
/// scores come first, then lower rows; NaN counts as minus infinity.
///
/// - Parameters:
///   - queries: `[n, width]`, of any length: for cosines they are made unit here.
///   - rows: `[count, width]`.
///   - k: how many to return; more than there are rows returns all.
/// - Returns: for each query its rows, best first.
public func nearest(
  _ queries: borrowing Matrix, among rows: Weight, k: Int, measure: Measure, compute: Compute
) -> [[Scored]] {
  precondition(
    rows.shape.count == 2 && rows.shape[1] == queries.columns,
    "\(rows.name): queries of \(queries.columns) among \(rows.shape)")
  precondition(k >= 0, "\(k) neighbours")
  let scoring = PanelScoring(measure, queries)
  // Always in 32-bit floats: the search is exact over what is stored.
  let product = Product(scoring.factors, rows, compute: compute, multiplication: compute.floats)
  let (count, capacity) = (queries.rows, min(k, rows.shape[0]))
  let parts = unsafe compute.parallel(
    product.panels, scratch: product.scratch + Product.panelRows * (scoring.factors.rows + 1),
    from: Leaders(queries: count, capacity: capacity)
  ) { index, scratch, leaders in
    let panel = product.panel(index)
    // Behind the product's own scratch lie the norms of the rows, then their scores.
    let norms = unsafe scratch + product.scratch
    let scores = unsafe norms + Product.panelRows
    unsafe product.write(
      panel, to: scores, stride: panel.count, norms: measure == .dot ? nil : norms,
      scratch: scratch)
    unsafe scoring.finish(scores, norms, count: panel.count)
    for query in 0..<count {
      unsafe leaders.update(
        query, scores + query * panel.count, first: panel.lowerBound, count: panel.count)
    }
  }
  return Leaders.merge(parts, queries: count, k: capacity)
}
