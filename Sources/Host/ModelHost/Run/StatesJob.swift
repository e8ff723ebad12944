internal import Components
internal import Formats
internal import Kernels
internal import Tokenization

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
          let pass = try ForwardPass(model, ids: ids, pixels: inputs.pixels)
          try inputs.check(pass, model)
          return pass
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
      encoder.encode(pixels, through: encoder.blockCount, observing: observer.vision)
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
      let tokens = encoder.prefixTokenCount + encoder.grid(for: pixels).count
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

/// Tensors that were captured elsewhere and are to be replayed exactly.
struct ReplayedInputs {
  let path: String
  let ids: [Int]?
  let pixels: PixelValues?

  init(contentsOf path: String, for model: Model) throws {
    self.path = path
    let file = try SafetensorsFile(contentsOf: path)
    let known = ["token_ids", "pixel_values"]
    for name in file.tensors.keys.sorted() where !known.contains(name) {
      throw HostError(
        "\(path): tensor `\(name)` is no input of this model; use \(known.joined(separator: ", "))")
    }
    if let tokens = file.tensors["token_ids"] {
      guard tokens.shape.count == 1, [.i32, .i64].contains(tokens.type) else {
        throw HostError(
          "\(path): `token_ids` is \(tokens.type.rawValue) \(tokens.shape), expected I32 or I64 [n]"
        )
      }
      ids = tokens.integers().map { Int($0) }
    } else {
      ids = nil
    }
    pixels = try file.tensors["pixel_values"].map { try Self.pixels($0, path, model) }
  }

  private static func pixels(_ tensor: Weight, _ path: String, _ model: Model) throws -> PixelValues
  {
    let shape =
      tensor.shape.count == 4 && tensor.shape[0] == 1
      ? Array(tensor.shape.dropFirst()) : tensor.shape
    guard let encoder = model.vision?.encoder else {
      throw HostError("\(path): has `pixel_values`, but \(model.source) has no vision encoder")
    }
    guard tensor.type == .f32, shape.count == 3, shape[0] == 3 else {
      throw HostError(
        "\(path): `pixel_values` is \(tensor.type.rawValue) \(tensor.shape), expected F32 "
          + "[3, height, width]")
    }
    let pixels = PixelValues(shape: shape, values: tensor.floats())
    if let reason = encoder.objection(to: pixels) {
      throw HostError("\(path): `pixel_values` \(tensor.shape): \(reason)")
    }
    return pixels
  }

  /// Checks that the tokens leave as many places as there are visual tokens.
  func check(_ pass: ForwardPass, _ model: Model) throws {
    guard let pixels, let vision = model.vision, let bridge = vision.bridge else { return }
    let expected =
      vision.encoder.grid(for: pixels).count
      + (bridge.features.keepsPrefix ? vision.encoder.prefixTokenCount : 0)
    guard pass.layout.visualPositions.count == expected else {
      throw HostError(
        "\(path): `token_ids` has \(pass.layout.visualPositions.count) placeholders "
          + "(\(bridge.placement.placeholder)), but the image gives \(expected) visual tokens")
    }
  }
}
