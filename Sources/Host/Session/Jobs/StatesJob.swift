internal import LatentLensComponents
package import LatentLensFormats
package import LatentLensModels
internal import LatentLensTensors
internal import LatentLensTokenization

/// Writing hidden states of one forward pass, of all tokens, for use elsewhere.
package struct StatesJob: Sendable {
  /// What goes in.
  package enum Source: Sendable {
    /// Exact tensors in a safetensors file.
    case inputs(String)
    /// Pictures, with a prompt around them where the model reads.
    case image([String], prompt: String?)
    case text(String)

    /// The file that tokens come from; nil where a model makes them.
    fileprivate var file: String? { if case .inputs(let path) = self { path } else { nil } }
  }

  private let pass: StagePass
  /// The model, for errors.
  private let source: String
  /// The stages to write, in the order in which the pass shows them.
  private let stages: [Stage]

  /// Lays out the pass; nothing is run yet.
  ///
  /// - Parameters:
  ///   - layers: the decoder's layers to write; an encoder's are written all.
  ///   - logits: whether to write the logits, too.
  /// - Throws: where the model cannot take this input, or has no such layer.
  package init(_ model: Model, source: Source, layers: LayerSelection, logits: Bool) throws {
    self.source = model.identity.source
    pass = try Self.pass(of: model, source)
    switch pass {
    case .seeing(let pass): stages = pass.stages
    case .reading(let pass):
      guard !pass.layout.ids.isEmpty else {
        throw HostError("\(source.file ?? self.source): there are no tokens to encode")
      }
      // A norm behind the encoder's last block is no part of what a decoder is given to read.
      let seen = pass.encoding?.stages.filter { $0 != .visionNorm } ?? []
      let read = try HostError.naming(self.source) { () throws(HostError) in
        try layers.stages(blockCount: pass.decoder.blockCount, hasConnector: !seen.isEmpty)
      }
      stages = seen + read + (layers == .all ? [.norm] : []) + (logits ? [.logits] : [])
    }
  }

  private static func pass(of model: Model, _ source: Source) throws -> StagePass {
    switch source {
    case .text(let text):
      return .reading(try ForwardPass(model, ids: model.text().tokenizer.get().encode(text)))
    case .image(let paths, let prompt):
      guard case .whole(let whole) = model else {
        let sight = try model.sight()
        return .seeing(EncoderPass(sight, images: try paths.map(sight.see)))
      }
      return .reading(
        try ForwardPass(model: whole, images: paths.map(whole.see), prompt: prompt))
    case .inputs(let path):
      return try ReplayedInputs(contentsOf: path, for: model).pass(of: model)
    }
  }

  private static let work = "latentlens states"

  /// Makes sure that states may be written to a file.
  ///
  /// - Throws: `FileError` where something stands there that may not be replaced.
  package static func admit(_ path: String, _ policy: OutputPolicy) throws(FileError) {
    try policy.admit(tensors: path, madeBy: work)
  }

  /// Runs the pass and writes the file, each state as it comes.
  ///
  /// - Throws: where the file cannot be written; `HostError` that names stage and token where a state has
  ///   a NaN or an infinity. Nothing is left at `path` then.
  package func run(to path: String) throws {
    let positions = pass.visualPositions
    var tensors: [SafetensorsWriter.Declaration] = stages.compactMap { stage in
      pass.shape(of: stage).map { .init(stage.tensorName, .f32, $0) }
    }
    if let positions { tensors.append(.init("visual_positions", .i64, [positions.count])) }
    let writer = try SafetensorsWriter(
      path: path, tensors: tensors, metadata: [(SafetensorsWriter.maker, Self.work)])
    var failure: (any Error)?
    let wanted = Set(stages)
    pass.run(
      observer: StageObserver(wants: wanted.contains) { stage, state in
        guard failure == nil else { return }
        do {
          let values = state.values()
          try Finiteness.check(values, of: stage, columns: state.columns, in: source)
          try writer.write(values)
        } catch {
          failure = error
        }
      })
    if let failure { throw failure }
    if let positions { try writer.write(positions.map { Int64($0) }) }
    try writer.finish()
  }
}
