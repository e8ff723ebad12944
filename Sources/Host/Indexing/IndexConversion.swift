package import LatentLensFormats
package import LatentLensKernels
package import LatentLensLenses
package import LatentLensTensors

extension ContextualIndex {
  /// Writes the same index with its rows stored otherwise.
  ///
  /// - Parameter policy: whether another index that stands there may be replaced.
  /// - Throws: `IndexError` where the path is taken, `FileError` where it cannot be written.
  @discardableResult
  package func convert(
    to elementType: Encoding, at path: String, policy: OutputPolicy = OutputPolicy(),
    compute: Compute = Compute(),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> IndexWriter.Outcome {
    try requireWhole()
    let identity = description.identity
    let converted = IndexDescription(
      modelName: description.modelName,
      identity: IndexIdentity(
        maker: identity.maker, corpus: identity.corpus, layers: identity.layers,
        elementType: elementType, rules: identity.rules),
      hiddenSize: description.hiddenSize, rows: rows)
    let policy = policy.reading([self.path])
    if elementType != identity.elementType,
      IndexWriter.isThere(converted, at: path, steps: "convert")
    {
      return .wasThere
    }
    let writer = try IndexWriter(
      path: path, description: converted, steps: "convert", policy: policy)
    for (number, layer) in layers.enumerated() {
      guard let stored = embeddings(ofLayer: layer) else { continue }
      try writer.write(stored, ofLayer: layer) {
        try progress(number * rows + $0, layers.count * rows)
      }
    }
    try writer.finish(entries: entries, compute: compute)
    return .made
  }
}
