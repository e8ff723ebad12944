internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensIndexing
package import LatentLensLenses
package import LatentLensModels
internal import LatentLensSession
internal import LatentLensTensors
internal import LatentLensTokenization

/// The main job for one model: images and texts go in, and every visual token and every token of the texts
/// comes out in words.
package struct Interpreter: Sendable {
  private let identity: ModelIdentity
  private let text: TextHalf
  /// What sees the images; nil where there are none.
  private let seer: VisionLanguage?
  private let request: Request
  private let tokenizer: Tokenizer
  private let layers: [Stage]
  /// The texts, each with the pass that reads it.
  private let texts: [(text: TokenizedText, pass: ForwardPass)]

  /// Looks whether a model can do what is asked for; nothing is run yet.
  ///
  /// - Throws: `HostError` for a model without a tokenizer, for images and a model that does not see or has
  ///   no image processor, for a layer that is not there, for a prompt that the model has not, and for a
  ///   text that it cannot read; what a lens throws that cannot be made.
  package init(_ model: Model, request: Request) throws {
    identity = model.identity
    seer = request.images.isEmpty ? nil : try model.whole()
    text = try model.text()
    self.request = request
    let tokenizer = try text.tokenizer.get()
    self.tokenizer = tokenizer
    _ = try seer?.sight.processor.get()
    _ = try seer?.prompt(for: request.prompt, images: 1)
    layers = try request.stages(blockCount: text.decoder.blockCount)
    texts = try request.texts.map {
      let text = TokenizedText($0, tokenizer: tokenizer)
      return (text, try ForwardPass(model, text: text))
    }
    guard texts.isEmpty || layers != [.connector] else {
      throw HostError("a text has no layer `connector`; choose another layer beside it")
    }
    for chosen in request.lenses where chosen.lens.needs != .index {
      _ = try reader(of: chosen, nil)
    }
  }

  /// Interprets the images and the texts, one after the other.
  ///
  /// - Parameters:
  ///   - index: the contextual index, where a lens needs one.
  ///   - progress: is told how many images and texts are done.
  package func run(
    index: ContextualIndex?, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> ModelResults {
    let readers = try request.lenses.map { ($0.lens, try reader(of: $0, index)) }
    var table = NeighborTable(tokenizer: tokenizer, index: index?.entries)
    let total = request.images.count + texts.count
    var promptIDs: [Int] = []
    var images: [ImageResults] = []
    if let seer {
      for path in request.images {
        let image = try seer.see(path)
        let pass = try ForwardPass(model: seer, images: [image], prompt: request.prompt)
        promptIDs = pass.layout.ids
        images.append(try results(of: image, seer, pass, readers, &table))
        progress(images.count, total)
      }
    }
    var texts: [TextResults] = []
    for (text, pass) in self.texts {
      texts.append(try results(of: text, pass, readers, &table))
      progress(images.count + texts.count, total)
    }
    let probe = self.probe(promptIDs)
    return ModelResults(
      name: identity.name, provenance: try provenance(index, promptIDs),
      blockCount: text.decoder.blockCount, hiddenSize: text.decoder.hiddenSize,
      layers: layers, lenses: readers.map(\.0), contextualLayers: index?.layers ?? [],
      checks: try readers.map { try $0.1.check(probe) }, vocabulary: table, images: images,
      texts: texts)
  }

  /// Looks at every image as the model will, and keeps nothing.
  ///
  /// - Throws: what is wrong with the first that cannot be read.
  func look() throws {
    for path in request.images { _ = try seer?.see(path) }
  }

  private func reader(
    of chosen: ChosenLens, _ index: ContextualIndex?
  ) throws -> any LensReader {
    try chosen.lens.make(
      LensResources(
        decoder: text.decoder, compute: identity.compute, index: index, path: chosen.path))
  }

  private func results(
    of image: SeenImage, _ seer: VisionLanguage, _ pass: ForwardPass,
    _ readers: [(Lens, any LensReader)], _ table: inout NeighborTable
  ) throws -> ImageResults {
    let rows =
      switch request.tokens {
      case .visual: pass.layout.visualPositions
      case .all: Array(pass.layout.ids.indices)
      }
    // Where each token lies on the picture, or which text it is.
    let visual = Dictionary(
      uniqueKeysWithValues: zip(pass.layout.visualPositions, image.tokens))
    let tokens = rows.map { row in
      visual[row] ?? VisualToken(text: tokenizer.decode([pass.layout.ids[row]]))
    }
    return ImageResults(
      path: image.path, name: URL(fileURLWithPath: image.path).lastPathComponent,
      width: image.width, height: image.height, digest: try SHA256.digest(ofFile: image.path),
      caption: request.captions ? caption(pass) : nil, orientation: seer.sight.orientation,
      tokens: tokens, readings: try read(pass, rows, at: layers, readers, &table))
  }

  private func results(
    of text: TokenizedText, _ pass: ForwardPass, _ readers: [(Lens, any LensReader)],
    _ table: inout NeighborTable
  ) throws -> TextResults {
    TextResults(
      text: text.text,
      tokens: text.ids.indices.map { TextToken($0, of: text, tokenizer: tokenizer) },
      readings: try read(
        pass, Array(text.ids.indices), at: layers.filter { $0 != .connector }, readers, &table))
  }

  /// - Parameter rows: the rows of the sequence that are read.
  private func read(
    _ pass: ForwardPass, _ rows: [Int], at layers: [Stage],
    _ readers: [(Lens, any LensReader)], _ table: inout NeighborTable
  ) throws -> [Reading] {
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

  private func caption(_ pass: ForwardPass) -> String {
    let ids = pass.generate(limit: 48, endTokens: text.endTokens)
    return tokenizer.decode(ids, skippingSpecialTokens: true).trimmed
  }

  /// The prompt without its image, which is no text to be tried with; a sentence where there was none.
  private func probe(_ promptIDs: [Int]) -> DecoderProbe {
    guard let seer else { return DecoderProbe(text, identity) }
    let placeholder = seer.bridge.joint.placement.placeholder
    return DecoderProbe(text, identity, ids: promptIDs.filter { $0 != placeholder })
  }

  private func provenance(_ index: ContextualIndex?, _ promptIDs: [Int]) throws -> Provenance {
    Provenance(
      weights: identity.weightsFingerprint.value(), tokenizer: text.tokenizerDigest,
      index: try index.map { "sha256:" + (try SHA256.digest(ofFile: $0.descriptionFile)) },
      prompt: try seer?.prompt(for: request.prompt, images: 1), promptIDs: promptIDs,
      adapters: identity.adapters, compute: identity.compute.arithmetic.name)
  }
}
