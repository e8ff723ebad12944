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
///   - floors: for each query a score below which no row is wanted; fewer are returned, or none.
///   - center: for cosines a point that the rows, made unit, crowd around, if one is known: the search is faster.
/// - Returns: for each query its rows, best first.
public func nearest(
  _ queries: borrowing Matrix, among rows: Weight, k: Int, measure: Measure,
  floors: [Float]? = nil, center: [Float]? = nil, compute: Compute
) -> [[Scored]] {
  precondition(
    rows.shape.count == 2 && rows.shape[1] == queries.columns,
    "\(rows.name): queries of \(queries.columns) among \(rows.shape)")
  precondition(k >= 0, "\(k) neighbours")
  if k > 0, Screen.pays(queries: queries.rows, rows: rows, measure: measure) {
    let screen = Screen(queries, among: rows, measure: measure, center: center, compute: compute)
    return screen.search(k: k, floors: floors, compute: compute).map { found in
      found.map { Scored(row: $0.row, score: Float($0.score)) }
    }
  }
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
  let found = Leaders.merge(parts, queries: count, k: capacity)
  guard let floors else { return found }
  return zip(found, floors).map { found, floor in found.filter { !($0.score < floor) } }
}
