public import LatentLensTensors

/// Sends what enters the first block through blocks 1 to `depth`, and shows the residual stream before
/// the first and after each.
///
/// - Parameter block: changes the stream as the block with this index, from 0, does.
/// - Returns: the residual stream after block `depth`.
public func residualStream(
  _ input: consuming Matrix, through depth: Int, observing observe: HiddenStateObserver,
  block: (_ index: Int, _ stream: inout Matrix) -> Void
) -> Matrix {
  var stream = input
  observe(0, &stream)
  for index in 0..<depth {
    block(index, &stream)
    observe(index + 1, &stream)
  }
  return stream
}
