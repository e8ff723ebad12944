internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensTensors
internal import LatentLensTokenization

/// Writing hidden states of one forward pass, of all tokens, for use elsewhere.
public struct StatesJob: Sendable {
  /// What goes in.
  public enum Source: Sendable {
    /// Exact tensors in a safetensors file.
    case inputs(String)
    case image(String, prompt: String?)
    case text(String)
  }

  private let model: Model
  private let pass: ForwardPass?
  private let pixels: PixelValues?
  private let layers: [StateLayer]
  private let writesLogits: Bool

  public init(_ model: Model, source: Source, layers: LayerSelection, logits: Bool) throws {
    self.model = model
    writesLogits = logits
    switch source {
    case .text(let text):
      pass = try ForwardPass(model, ids: model.requireTokenizer().encode(text))
      pixels = nil
    case .image(let path, let prompt):
      let input = try model.see(path)
      pass = try ForwardPass(model, image: input, prompt: prompt)
      pixels = input.pixels
    case .inputs(let path):
      let inputs = try ReplayedInputs(contentsOf: path, for: model)
      pixels = inputs.pixels
      pass =
        try inputs.ids.map { ids in
          try ForwardPass(model, ids: ids, pixels: inputs.pixels, source: path)
        }
    }
    if let pass, pass.layout.ids.isEmpty { throw HostError("there are no tokens to encode") }
    if let decoder = model.decoder, pass != nil {
      let hasConnector = pixels != nil && model.vision?.bridge != nil
      self.layers =
        try layers.layers(blockCount: decoder.blockCount, hasConnector: hasConnector)
        + (layers == .all ? [.norm] : [])
    } else {
      self.layers = []
    }
    if pass == nil, pixels == nil || model.vision == nil {
      throw HostError(
        "\(model.source): needs token_ids for a decoder, or pixel_values for an encoder")
    }
  }

  /// Runs the pass and writes the file, each state as it comes.
  public func run(to path: String) throws {
    let writer = try SafetensorsWriter(path: path, tensors: declarations())
    var failure: (any Error)?
    func write(_ state: borrowing Matrix) {
      guard failure == nil else { return }
      do { try writer.write(state.values()) } catch { failure = error }
    }
    var observer = ForwardPass.Observer()
    observer.vision = { _, state in write(state) }
    observer.connector = { if layers.contains(.connector) { write($0) } }
    observer.decoder = { if layers.contains(.residual($0)) { write($1) } }
    if let pass, let decoder = model.decoder {
      let needsEnd = writesLogits || layers.contains(.norm)
      let last = pass.run(
        through: needsEnd ? decoder.blockCount : deepestLayer, observing: observer)
      if needsEnd {
        let normed = decoder.normalize(last)
        if layers.contains(.norm) { write(normed) }
        if writesLogits { write(decoder.logits(ofNormalized: normed)) }
      }
      if pixels != nil { try writer.write(pass.layout.visualPositions.map { Int64($0) }) }
    } else if let pixels, let encoder = model.vision?.encoder {
      encoder.encode(pixels, through: encoder.blockCount) { write($1) }
    }
    if let failure { throw failure }
    try writer.finish()
  }

  private var deepestLayer: Int {
    layers.reduce(0) { deepest, layer in
      if case .residual(let number) = layer { max(deepest, number) } else { deepest }
    }
  }

  /// The tensors in the order in which a pass shows them.
  private func declarations() -> [SafetensorsWriter.Declaration] {
    var tensors: [SafetensorsWriter.Declaration] = []
    if let pixels, let encoder = model.vision?.encoder {
      let perCrop = encoder.prefixTokenCount + encoder.grid(for: pixels).count
      let tokens = pixels.crops * perCrop
      for layer in 0...encoder.blockCount {
        tensors.append(.init("vision.\(layer)", .f32, [tokens, encoder.width]))
      }
    }
    guard let pass, let decoder = model.decoder else { return tensors }
    let rows = pass.layout.ids.count
    for layer in layers {
      if layer == .connector {
        tensors.append(
          .init("connector", .f32, [pass.layout.visualPositions.count, decoder.hiddenSize]))
      } else {
        tensors.append(.init("hidden.\(layer.name)", .f32, [rows, decoder.hiddenSize]))
      }
    }
    if writesLogits { tensors.append(.init("logits", .f32, [rows, decoder.vocabularySize])) }
    if pixels != nil {
      tensors.append(.init("visual_positions", .i64, [pass.layout.visualPositions.count]))
    }
    return tensors
  }
}
