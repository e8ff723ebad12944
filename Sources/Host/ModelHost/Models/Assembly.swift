internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensImaging
internal import LatentLensKernels
internal import LatentLensTensors
internal import LatentLensTokenization
internal import LatentLensWeights

/// A model on the bench: parts are added one by one, and complaints about weights gathered.
struct Assembly {
  let manifest: ModelManifest
  let loader: ModelLoader

  var registry: Registry { loader.registry }
  /// Settled by the decoder's weights, which are most of the work, or by an encoder's alone.
  private var compute: Compute

  private var encoder: (any VisionEncoder)?
  private var bridge: Model.Bridge?
  private var decoder: (any LanguageDecoder)?
  private var adapters: [String: String] = [:]
  private(set) var problems: [WeightProblem] = []
  private var weights: [Weight] = []
  private var decoderWeights: [Weight] = []
  private var turn: String?
  private var textFolder: String?
  private var imageFolder: String?

  init(manifest: ModelManifest, loader: ModelLoader) {
    self.manifest = manifest
    self.loader = loader
    compute = Compute(threads: loader.threads)
  }

  // MARK: A whole checkpoint

  /// Adds what one checkpoint holds: a whole VLM, a decoder alone, or an encoder alone.
  mutating func build(checkpoint path: String) throws {
    let checkpoint = try Checkpoint(path)
    guard let configuration = checkpoint.configuration else {
      throw HostError("\(path): is a weights file; `checkpoint` needs a folder with config.json")
    }
    textFolder = checkpoint.path
    imageFolder = checkpoint.path
    compute = loader.compute(for: checkpoint.tensors.values)
    let type = try configuration.required("model_type").string()
    if let model = registry.model(type) {
      try add(recipe: try recipe(model, configuration), of: checkpoint, configuration)
    } else if registry.decoder(type) != nil {
      try addDecoder(type, configuration, checkpoint.tensors, of: checkpoint)
    } else if registry.encoder(type) != nil {
      try addEncoder(type, configuration, checkpoint.tensors, of: checkpoint)
    } else {
      throw try configuration.required("model_type").error(
        "`\(type)` has no adapter here; " + nearestAdapter(to: checkpoint, configuration))
    }
  }

  func recipe<M: VisionLanguageModel>(
    _ model: M.Type, _ configuration: JSONNode
  ) throws -> Recipe {
    let decoded = try configuration.decode(M.Configuration.self)
    return try supported(configuration) { () throws(UnsupportedConfiguration) in
      try M.recipe(for: decoded)
    }
  }

  mutating func add(
    recipe: Recipe, of checkpoint: Checkpoint, _ configuration: JSONNode
  ) throws {
    func part(_ part: Recipe.Part) throws -> (String, JSONNode, [String: Weight]) {
      let own = try part.configuration.map(configuration.required) ?? configuration
      let node = own.overridden(
        by: Dictionary(
          uniqueKeysWithValues: part.inherited.compactMap { key in
            configuration[key].map { (key, $0.value) }
          }))
      let architecture = try part.architecture ?? node.required("model_type").string()
      return (architecture, node, part.tensors(of: checkpoint.tensors))
    }
    let (encoderName, encoderNode, encoderTensors) = try part(recipe.encoder)
    try addEncoder(encoderName, encoderNode, encoderTensors, of: checkpoint)
    let (decoderName, decoderNode, decoderTensors) = try part(recipe.decoder)
    try addDecoder(decoderName, decoderNode, decoderTensors, of: checkpoint)
    let (connectorName, connectorNode, connectorTensors) = try part(recipe.connector)
    try addConnector(
      connectorName, connectorNode, connectorTensors, of: checkpoint,
      features: recipe.features, placement: recipe.placement)
    turn = recipe.turn
    let parts = [encoderTensors, decoderTensors, connectorTensors]
    let owned = Set(parts.flatMap(\.values).map(\.name))
    problems += checkpoint.tensors.values.filter { !owned.contains($0.name) }
      .map { .unread(name: $0.name, shape: $0.shape) }
  }

  // MARK: Parts from different places

  /// Adds parts that each have a checkpoint of their own.
  mutating func build(
    encoder: PartManifest?, connector: PartManifest?, decoder: PartManifest
  ) throws {
    let decoderCheckpoint = try Checkpoint(decoder.weights)
    textFolder = decoderCheckpoint.path
    compute = loader.compute(for: decoderCheckpoint.tensors.values)
    let decoderNode = try configuration(of: decoder, in: decoderCheckpoint)
    try addDecoder(
      try architecture(of: decoder, decoderNode), decoderNode,
      decoder.tensors(of: decoderCheckpoint), of: decoderCheckpoint)
    guard let encoder else { return }
    let encoderCheckpoint = try Checkpoint(encoder.weights)
    imageFolder = encoderCheckpoint.path
    let encoderNode = try configuration(of: encoder, in: encoderCheckpoint)
    try addEncoder(
      try architecture(of: encoder, encoderNode), encoderNode,
      encoder.tensors(of: encoderCheckpoint), of: encoderCheckpoint)
    guard let connector else { return }
    let connectorCheckpoint = try Checkpoint(connector.weights)
    let connectorNode = try configuration(of: connector, in: connectorCheckpoint)
    try addConnector(
      try architecture(of: connector, connectorNode), connectorNode,
      connector.tensors(of: connectorCheckpoint), of: connectorCheckpoint,
      features: FeatureSelection(
        layers: encoder.layers ?? [-2], keepsPrefix: encoder.keepsPrefix ?? false),
      placement: Placement(
        placeholder: try connector.placeholder ?? placeholderToken(),
        combination: connector.combination ?? .replace))
  }

  private func configuration(of part: PartManifest, in checkpoint: Checkpoint) throws -> JSONNode {
    let stored = checkpoint.configuration ?? JSONNode([:], file: manifest.file)
    guard let overrides = part.configuration else { return stored }
    return try stored.overridden(
      by: Dictionary(uniqueKeysWithValues: overrides.members().map { ($0.key, $0.node.value) }))
  }

  private func architecture(of part: PartManifest, _ configuration: JSONNode) throws -> String {
    try part.adapter ?? configuration.required("model_type").string()
  }

  private func placeholderToken() throws -> Int {
    guard let file = textFolder.map({ "\($0)/tokenizer.json" }),
      let token = try Tokenizer(contentsOf: file).id(of: PromptLayout.marker)
    else {
      throw HostError(
        "\(manifest.file): the tokenizer has no `\(PromptLayout.marker)` token to put images at")
    }
    return token
  }

  // MARK: Components

  private func ledger(
    _ tensors: [String: Weight], of checkpoint: Checkpoint, for component: any Component.Type
  ) -> WeightLedger {
    let ledger = WeightLedger(
      tensors, source: checkpoint.path, compute: compute,
      renaming: component.storedPrefixes.map { (prefix: $0, replacement: "") })
    ledger.ignore(component.foreignTensors)
    return ledger
  }

  mutating func addEncoder(
    _ architecture: String, _ configuration: JSONNode, _ tensors: [String: Weight],
    of checkpoint: Checkpoint
  ) throws {
    guard let type = registry.encoder(architecture) else {
      throw unknown("vision encoder", architecture, registry.encoderArchitectures)
    }
    let ledger = ledger(tensors, of: checkpoint, for: type)
    encoder = try build(type, configuration, ledger)
    adapters["encoder"] = architecture
    collect(ledger)
  }

  mutating func addDecoder(
    _ architecture: String, _ configuration: JSONNode, _ tensors: [String: Weight],
    of checkpoint: Checkpoint
  ) throws {
    guard let type = registry.decoder(architecture) else {
      throw unknown("decoder", architecture, registry.decoderArchitectures)
    }
    let ledger = ledger(tensors, of: checkpoint, for: type)
    decoder = try build(type, configuration, ledger)
    adapters["decoder"] = architecture
    decoderWeights = ledger.readTensors
    collect(ledger)
  }

  private mutating func addConnector(
    _ architecture: String, _ configuration: JSONNode, _ tensors: [String: Weight],
    of checkpoint: Checkpoint,
    features: FeatureSelection, placement: Placement
  ) throws {
    guard let encoder, let decoder else { preconditionFailure("a connector joins two parts") }
    guard let type = registry.connector(architecture) else {
      throw unknown("connector", architecture, registry.connectorArchitectures)
    }
    let ledger = ledger(tensors, of: checkpoint, for: type)
    for layer in features.layers where abs(layer) > encoder.blockCount {
      throw HostError(
        "\(manifest.file): feature layer \(layer) is not there: the encoder has "
          + "\(encoder.blockCount) blocks")
    }
    let shape = ConnectorShape(
      inputWidth: encoder.width * features.layers.count, outputWidth: decoder.hiddenSize)
    bridge = Model.Bridge(
      connector: try build(type, configuration, ledger, joining: shape), features: features,
      placement: placement, positions: manifest.positions,
      showsInjections: manifest.showsInjections)
    adapters["connector"] = architecture
    collect(ledger)
  }

  private func build<C: SelfContainedComponent>(
    _ type: C.Type, _ configuration: JSONNode, _ ledger: WeightLedger
  ) throws -> C {
    let decoded = try configuration.decode(C.Configuration.self)
    return try supported(configuration) { () throws(UnsupportedConfiguration) in
      try C(decoded, weights: ledger.root)
    }
  }

  private func build<C: Connector>(
    _ type: C.Type, _ configuration: JSONNode, _ ledger: WeightLedger, joining shape: ConnectorShape
  ) throws -> C {
    let decoded = try configuration.decode(C.Configuration.self)
    return try supported(configuration) { () throws(UnsupportedConfiguration) in
      try C(decoded, joining: shape, weights: ledger.root)
    }
  }

  /// Gives an adapter's complaint the file and place of the configuration.
  private func supported<Value>(
    _ configuration: JSONNode, _ body: () throws(UnsupportedConfiguration) -> Value
  ) throws -> Value {
    do {
      return try body()
    } catch {
      throw configuration.error(error.description)
    }
  }

  private func unknown(_ kind: String, _ found: String, _ known: [String]) -> HostError {
    HostError(
      "\(manifest.file): no \(kind) adapter takes `\(found)`; "
        + "there are \(known.joined(separator: ", "))")
  }

  private mutating func collect(_ ledger: WeightLedger) {
    problems += ledger.problems
    weights += ledger.readTensors
  }

  // MARK: The finished model

  func finish() throws -> ModelSurvey {
    let tokenizerFile = textFolder.flatMap { ModelFiles.first(["tokenizer.json"], in: $0) }
    let processorFile = imageFolder.flatMap {
      ModelFiles.first(ModelFiles.processorNames, in: $0)
    }
    let model = Model(
      name: manifest.name, source: manifest.file, compute: compute,
      tokenizer: try tokenizerFile.map { try Tokenizer(contentsOf: $0) },
      imageProcessor: try manifest.preprocessing.map { try ImageProcessor($0) }
        ?? processorFile.map { try ImageProcessor(contentsOf: $0) },
      orientation: manifest.orientation,
      vision: encoder.map { Model.Vision(encoder: $0, bridge: bridge) }, decoder: decoder,
      prompt: manifest.prompt, turn: manifest.turn ?? turn, endTokens: try endTokens(),
      decoderParameters: decoderWeights.reduce(0) { $0 + $1.count }, adapters: adapters,
      weightsFingerprint: Checkpoint.fingerprint(of: weights),
      decoderFingerprint: decoder == nil ? nil : Checkpoint.fingerprint(of: decoderWeights),
      tokenizerDigest: try tokenizerFile.map { "sha256:" + (try SHA256.digest(ofFile: $0)) })
    return ModelSurvey(model: model, problems: problems, tensorCount: weights.count)
  }

  /// `eos_token_id` of `generation_config.json`, else of `config.json`: one token or several.
  private func endTokens() throws -> Set<Int> {
    guard let textFolder else { return [] }
    for name in ["generation_config.json", "config.json"] {
      guard let file = ModelFiles.first([name], in: textFolder) else { continue }
      let root = try JSONNode(contentsOf: file)
      guard let node = root["eos_token_id"] ?? root["text_config"]?["eos_token_id"] else {
        continue
      }
      if case .array = node.value { return try Set(node.decode([Int].self)) }
      return [try node.integer()]
    }
    return []
  }
}
