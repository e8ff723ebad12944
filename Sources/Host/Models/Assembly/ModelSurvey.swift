internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensKernels
internal import LatentLensTokenization
internal import LatentLensWeights

/// A model that was built, and everything about its files that does not fit.
package struct ModelSurvey: Sendable {
  /// The model; where tensors are missing, zeros stand for them.
  package let model: Model
  package let problems: [ModelProblem]
  /// The number of tensors that are read.
  package let tensorCount: Int

  init(_ blueprint: Blueprint, _ manifest: ModelManifest, loader: ModelLoader) throws {
    let compute = loader.compute(
      for: blueprint.chief.map { Array($0.checkpoint.tensors.values) } ?? [])
    let assembly = try Assembly(blueprint, registry: loader.registry, compute: compute)
    let digests = TensorDigests(files: blueprint.files, compute: compute)
    let weights = Role.allCases.flatMap { assembly.weights[$0] ?? [] }
    var problems = assembly.problems
    let identity = ModelIdentity(
      name: manifest.name, source: manifest.file, compute: compute,
      adapters: blueprint.parts.mapValues(\.architecture),
      weightsFingerprint: Fingerprint(of: weights, digests: digests))

    var sight: SightHalf?
    if let encoder = assembly.encoder, let part = blueprint.parts[.encoder] {
      let stored = try StoredProcessor(
        manifest: manifest, source: part.checkpoint.source, registry: loader.registry)
      problems += stored?.unreadKeys.map(ModelProblem.key) ?? []
      let processor: Result<any ImageProcessor, HostError> =
        stored.map { .success($0.processor) }
        ?? .failure(StoredProcessor.absent(in: manifest.file))
      sight = SightHalf(encoder: encoder, processor: processor, orientation: manifest.orientation)
    }
    var text: TextHalf?
    if let decoder = assembly.decoder, let part = blueprint.parts[.decoder] {
      let own = assembly.weights[.decoder] ?? []
      text = try TextHalf(
        decoder, part.checkpoint, named: manifest.file,
        fingerprint: Fingerprint(of: own, digests: digests),
        configurationDigest: assembly.configurationDigests[.decoder] ?? "",
        parameterCount: own.reduce(0) { $0 + $1.count },
        tokenTexts: assembly.connector?.tokenTexts ?? [:])
    }
    self.problems = problems.causesFirst
    tensorCount = weights.count

    if let sight, let text, let connector = assembly.connector, let joint = blueprint.joint {
      let bridge = Bridge(
        connector: connector, joint: joint, positions: manifest.positions,
        showsInjections: manifest.showsInjections)
      model = .whole(
        VisionLanguage(
          identity: identity, sight: sight, bridge: bridge, text: text, prompt: manifest.prompt,
          turn: manifest.turn ?? blueprint.turn))
    } else if let text, blueprint.parts.count == 1 {
      model = .decoder(DecoderModel(identity: identity, text: text))
    } else if let sight, blueprint.parts.count == 1 {
      model = .encoder(EncoderModel(identity: identity, sight: sight))
    } else {
      throw HostError(
        "\(manifest.file): is no model: it takes a decoder, an encoder, or both with a connector")
    }
  }

  /// Makes sure that the model can be run.
  ///
  /// - Throws: `UnreadKeysError` or `WeightError`; tensors that nobody reads are no error.
  package func requireSoundness() throws {
    let keys = problems.compactMap { if case .key(let key) = $0 { key } else { nil } }
    guard keys.isEmpty else { throw UnreadKeysError(keys) }
    let weights = problems.compactMap { if case .weight(let weight) = $0 { weight } else { nil } }
    let fatal = weights.filter(\.isFatal)
    guard fatal.isEmpty else { throw WeightError(source: model.identity.source, problems: fatal) }
  }
}

extension TextHalf {
  /// Reads what goes with a decoder's weights.
  fileprivate init(
    _ decoder: any LanguageDecoder, _ checkpoint: Checkpoint, named source: String,
    fingerprint: Fingerprint, configurationDigest: String, parameterCount: Int,
    tokenTexts: [Int: String]
  ) throws {
    let stored = try checkpoint.source.tokenizer()
    self.init(
      decoder: decoder,
      tokenizer: stored.map { .success($0.tokenizer.knowing(tokenTexts)) }
        ?? .failure(StoredTokenizer.absent(in: source)),
      tokenizerDigest: stored?.digest, endTokens: try Self.endTokens(checkpoint),
      fingerprint: fingerprint, configurationDigest: configurationDigest,
      parameterCount: parameterCount)
  }

  /// `eos_token_id` of `generation_config.json`, else of `config.json`: one token or several.
  private static func endTokens(_ checkpoint: Checkpoint) throws -> Set<Int> {
    let generation = try checkpoint.source.file("generation_config.json").map {
      try JSONNode(contentsOf: $0)
    }
    for root in [generation, checkpoint.configuration].compactMap({ $0 }) {
      guard let node = root["eos_token_id"] ?? root["text_config"]?["eos_token_id"] else {
        continue
      }
      if case .array = node.value { return try Set(node.decode([Int].self)) }
      return [try node.integer()]
    }
    return []
  }
}
