internal import LatentLensCatalog
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensSession
internal import LatentLensTokenization

/// A vision-language model that can be asked what it sees, token by token.
///
/// Everything that can be wrong with files is told when they are opened: errors are one sentence that
/// names the file, the place in it, and what to do (`String(describing:)`). A model is a value that any
/// number of threads may use at once; its weights are mapped from disk, not read.
public struct VLM: Sendable {
  private let model: VisionLanguage

  /// Loads a whole VLM.
  ///
  /// - Parameters:
  ///   - source: a model manifest, a checkpoint folder in Hugging Face layout, or `hf:OWNER/NAME` in the
  ///     local cache.
  ///   - threads: how many threads compute; nil takes every core.
  /// - Throws: where files are missing or do not fit each other, or hold no whole VLM.
  public init(_ source: String, threads: Int? = nil) throws {
    model = try ModelLoader(registry: .standard, threads: threads).load(source).whole()
  }

  /// The name in its manifest, or of its folder.
  public var name: String { model.identity.name }

  /// The number of the decoder's blocks, N. Layers are counted from 0, which enters the first block, to N,
  /// which leaves the last, before any final norm.
  public var blockCount: Int { model.text.decoder.blockCount }

  /// Opens a contextual index of this model's own states.
  ///
  /// - Throws: where the index is damaged, and where another decoder or tokenizer made it.
  public func openIndex(_ path: String) throws -> Index {
    Index(try model.openIndex(path))
  }

  /// Reads a picture (PNG, JPEG or WebP) and prepares it as this model's publisher does.
  public func see(_ path: String) throws -> Picture {
    Picture(try model.see(path))
  }

  /// Puts every visual token of a picture into words.
  ///
  /// - Parameters:
  ///   - picture: one that this model has seen.
  ///   - layer: the layer whose hidden states are read, 0 to `blockCount`.
  ///   - lens: `latent`, `logit`, `embedding`, or another that is compiled in.
  ///   - index: what `latent` compares with.
  ///   - path: what lenses with parameters of their own take them from.
  ///   - prompt: the text around the picture, with `<image>` in it; nil takes the model's own.
  ///   - topK: how many neighbours of each token.
  /// - Returns: the visual tokens in the order of the sequence.
  /// - Throws: where the layer, the lens, or what it needs is not there.
  public func read(
    _ picture: Picture, layer: Int, lens: String = "latent", index: Index? = nil,
    path: String? = nil, prompt: String? = nil, topK: Int = 5
  ) throws -> [TokenReading] {
    guard 0...blockCount ~= layer else {
      throw HostError("layer \(layer) is not there: \(name) has the layers 0 to \(blockCount)")
    }
    let chosen = try ChosenLens(named: lens, path: path)
    let reader = try chosen.lens.make(
      LensResources(
        decoder: model.text.decoder, compute: model.identity.compute, index: index?.content,
        path: path))
    let pass = try ForwardPass(model: model, images: [picture.seen], prompt: prompt)
    let states = pass.record([.hidden(layer)], rows: pass.layout.visualPositions)
    var table = NeighborTable(
      tokenizer: try model.text.tokenizer.get(), index: index?.content.entries)
    return zip(picture.seen.tokens, reader.neighbors(of: states, topK: topK)).map { token, found in
      TokenReading(token, neighbors: found.map { Neighbor($0, table: &table) })
    }
  }

  /// Continues the prompt greedily: what the model itself says of a picture.
  ///
  /// - Parameter limit: the most tokens to generate.
  public func caption(
    _ picture: Picture, prompt: String? = nil, limit: Int = 64
  ) throws -> String {
    let pass = try ForwardPass(model: model, images: [picture.seen], prompt: prompt)
    let ids = try pass.generate(limit: limit, endTokens: model.text.endTokens)
    return try model.text.tokenizer.get().decode(ids, skippingSpecialTokens: true)
  }
}
