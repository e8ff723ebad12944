package import LatentLensKernels
package import LatentLensLenses
package import LatentLensTensors

extension ContextualIndex {
  /// Writes the same index with its rows stored otherwise.
  ///
  /// - Throws: `IndexError` where the path is taken, `FileError` where it cannot be written.
  package func convert(
    to elementType: Encoding, at path: String, compute: Compute = Compute(),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws {
    try requireWhole()
    let identity = description.identity
    let writer = try IndexWriter(
      path: path,
      description: IndexDescription(
        modelName: description.modelName,
        identity: IndexIdentity(
          maker: identity.maker, corpus: identity.corpus, layers: identity.layers,
          elementType: elementType, rules: identity.rules),
        hiddenSize: description.hiddenSize, rows: rows),
      steps: "convert")
    for (number, layer) in layers.enumerated() {
      guard let stored = embeddings(ofLayer: layer) else { continue }
      try writer.write(stored, ofLayer: layer) {
        try progress(number * rows + $0, layers.count * rows)
      }
    }
    try writer.finish(entries: entries, compute: compute)
  }
}
