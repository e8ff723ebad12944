internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
package import LatentLensLenses
package import LatentLensModels
internal import LatentLensSession
internal import LatentLensTensors
internal import LatentLensTokenization

/// The main job for one model: images go in, and every visual token comes out in words.
package struct Interpreter: Sendable {
  private let model: VisionLanguage
  private let request: Request
  private let tokenizer: Tokenizer
  private let layers: [Stage]

  /// Looks whether a model can do what is asked for; nothing is run yet.
  ///
  /// - Throws: `HostError` for a model without a tokenizer or an image processor, for a layer that is not
  ///   there, and for a prompt that the model has not; what a lens throws that cannot be made.
  package init(_ model: VisionLanguage, request: Request) throws {
    self.model = model
    self.request = request
    tokenizer = try model.text.tokenizer.get()
    _ = try model.sight.processor.get()
    _ = try model.prompt(for: request.prompt, images: 1)
    // The connector has no output for text, so that it is no layer where text is read.
    layers = try request.layers.stages(
      blockCount: model.text.decoder.blockCount, hasConnector: request.tokens == .visual)
    for chosen in request.lenses where chosen.lens.needs != .index {
      _ = try reader(of: chosen, nil)
    }
  }

  /// Interprets the images, one after the other.
  ///
  /// - Parameters:
  ///   - index: the contextual index, where a lens needs one.
  ///   - progress: is told how many images are done.
  package func run(
    index: ContextualIndex?, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> ModelResults {
    let readers = try request.lenses.map { ($0.lens, try reader(of: $0, index)) }
    var table = NeighborTable(tokenizer: tokenizer, index: index?.entries)
    var results: [ImageResults] = []
    var promptIDs: [Int] = []
    for (number, path) in request.images.enumerated() {
      let image = try model.see(path)
      let pass = try ForwardPass(model: model, images: [image], prompt: request.prompt)
      promptIDs = pass.layout.ids
      let readings = try read(pass, readers, &table)
      results.append(
        ImageResults(
          path: path, name: URL(fileURLWithPath: path).lastPathComponent, width: image.width,
          height: image.height, digest: try SHA256.digest(ofFile: path),
          caption: request.captions ? caption(pass) : nil, orientation: model.sight.orientation,
          tokens: tokens(pass, image), readings: readings))
      progress(number + 1, request.images.count)
    }
    let probe = self.probe(promptIDs)
    return ModelResults(
      name: model.identity.name, provenance: try provenance(index, promptIDs),
      blockCount: model.text.decoder.blockCount, hiddenSize: model.text.decoder.hiddenSize,
      layers: layers, lenses: readers.map(\.0), contextualLayers: index?.layers ?? [],
      checks: try readers.map { try $0.1.check(probe) }, vocabulary: table, images: results)
  }

  /// Looks at every image as the model will, and keeps nothing.
  ///
  /// - Throws: what is wrong with the first that cannot be read.
  func look() throws {
    for path in request.images { _ = try model.see(path) }
  }

  private func reader(
    of chosen: ChosenLens, _ index: ContextualIndex?
  ) throws -> any LensReader {
    try chosen.lens.make(
      LensResources(
        decoder: model.text.decoder, compute: model.identity.compute, index: index,
        path: chosen.path))
  }

  private func read(
    _ pass: ForwardPass, _ readers: [(Lens, any LensReader)], _ table: inout NeighborTable
  ) throws -> [Reading] {
    let rows = rows(pass)
    let batch = pass.record(layers, rows: rows)
    try batch.requireFinite(rows: rows)
    let norms = batch.states.rowNorms()
    var readings: [Reading] = []
    for (lens, reader) in readers {
      let neighbors = reader.neighbors(of: batch, topK: request.topK)
      for layer in layers {
        guard let range = batch.range(of: layer) else { continue }
        readings.append(
          Reading(
            lens: lens, layer: layer,
            neighbors: neighbors[range].map { found in
              found.map {
                .init(entry: table.intern($0), score: $0.score, probability: $0.probability)
              }
            },
            norms: Array(norms[range])))
      }
    }
    return readings
  }

  /// The rows of the sequence that are read.
  private func rows(_ pass: ForwardPass) -> [Int] {
    switch request.tokens {
    case .visual: pass.layout.visualPositions
    case .all: Array(pass.layout.ids.indices)
    }
  }

  /// Where each read token lies on the picture, or which text it is.
  private func tokens(_ pass: ForwardPass, _ image: SeenImage) -> [VisualToken] {
    let visual = Dictionary(
      uniqueKeysWithValues: zip(pass.layout.visualPositions, image.tokens))
    return rows(pass).map { row in
      visual[row] ?? VisualToken(text: tokenizer.decode([pass.layout.ids[row]]))
    }
  }

  private func caption(_ pass: ForwardPass) -> String {
    let ids = pass.generate(limit: 48, endTokens: model.text.endTokens)
    return tokenizer.decode(ids, skippingSpecialTokens: true).trimmed
  }

  /// The prompt without its image, which is no text to be tried with.
  private func probe(_ promptIDs: [Int]) -> DecoderProbe {
    let placeholder = model.bridge.joint.placement.placeholder
    return DecoderProbe(
      model.text, model.identity, ids: promptIDs.filter { $0 != placeholder })
  }

  private func provenance(_ index: ContextualIndex?, _ promptIDs: [Int]) throws -> Provenance {
    Provenance(
      weights: model.identity.weightsFingerprint.value(), tokenizer: model.text.tokenizerDigest,
      index: try index.map { "sha256:" + (try SHA256.digest(ofFile: $0.descriptionFile)) },
      prompt: try model.prompt(for: request.prompt, images: 1), promptIDs: promptIDs,
      adapters: model.identity.adapters, compute: model.identity.compute.arithmetic.name)
  }
}
