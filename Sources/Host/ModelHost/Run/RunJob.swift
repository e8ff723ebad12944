internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensLenses
internal import LatentLensTensors

/// Everything that a run manifest asks for, from manifests to report.
public struct RunJob: Sendable {
  let manifest: RunManifest
  private let output: String
  let loader: ModelLoader

  /// - Parameter output: the folder to write to; nil takes the manifest's.
  public init(_ manifest: RunManifest, output: String?, loader: ModelLoader) {
    self.manifest = manifest
    self.output = output ?? manifest.output
    self.loader = loader
  }

  /// How far a run is.
  public struct Step: Sendable {
    public let done: Int
    public let total: Int
    public let unit: String
  }

  /// What a run leaves behind.
  public struct Outcome: Sendable {
    public let results: Results
    /// The path of the report.
    public let report: String
    /// A table for people.
    public var summary: String { results.summary }
  }

  /// Interprets all images with all models; writes `results.json` and `report.html`.
  public func run(progress: (Step) -> Void = { _ in }) throws -> Outcome {
    try OutputFolder.create(output)
    let request = Interpreter.Request(
      lenses: manifest.lenses, layers: manifest.layers, topK: manifest.topK,
      prompt: manifest.prompt, captions: manifest.captions, tokens: manifest.tokens)
    var models: [ModelResults] = []
    for source in manifest.models {
      let model = try loader.load(source)
      // Everything that can be wrong is looked at before the index is built, which may take hours.
      _ = try Interpreter(model, index: nil, request: request.withoutIndex)
      let index = try index(for: model, progress)
      let interpreter = try Interpreter(model, index: index, request: request)
      models.append(
        try interpreter.run(images: manifest.images) {
          progress(Step(done: $0, total: $1, unit: "images"))
        })
    }
    let results = Results(
      run: .init(
        name: manifest.name, prompt: manifest.prompt, lenses: manifest.lenses,
        topK: manifest.topK, images: manifest.images, models: manifest.models), models: models)
    try results.write(to: "\(output)/results.json")
    let report = "\(output)/report.html"
    try Report(
      title: manifest.name, pictures: Set(manifest.images),
      writeResults: { try results.writeJSON($0) }
    ).write(to: report)
    return Outcome(results: results, report: report)
  }

  /// Opens the index, or builds it once for this decoder, corpus and these rules.
  private func index(for model: Model, _ progress: (Step) -> Void) throws -> ContextualIndex? {
    guard manifest.lenses.contains(.latent), let source = manifest.index else { return nil }
    switch source {
    case .existing(let path): return try ContextualIndex(contentsOf: path)
    case .build(let corpusPath, let options):
      let corpus = try Corpus(contentsOf: corpusPath)
      let build = try IndexBuild(model, corpus: corpus, options: options)
      let path = "\(output)/\(build.folderName)"
      if PathKind(of: path) == nil {
        try build.run(to: path) { progress(Step(done: $0, total: $1, unit: "tokens")) }
      }
      return try ContextualIndex(contentsOf: path)
    }
  }
}

extension Interpreter.Request {
  /// The same request for the checks that need no index.
  fileprivate var withoutIndex: Interpreter.Request {
    var request = self
    request.lenses.removeAll { $0 == .latent }
    return request
  }
}

extension IndexBuild {
  /// A name that tells indices of other models, corpora, layers or rules apart.
  var folderName: String {
    let key = [
      model.decoderFingerprint ?? "", corpus.digest, "\(layers)", elementType.indexName,
      "\(rules.firstPosition) \(rules.maxContexts) \(rules.maxTokens)",
    ].joined(separator: "\n")
    let name = model.name.map { $0.isLetter || $0.isNumber ? $0 : "-" }
    return "\(String(name))-\(SHA256.digest(of: key).prefix(12)).index"
  }
}

/// The folder that a run writes to.
enum OutputFolder {
  static func create(_ path: String) throws(HostError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw HostError(
        "\(path): cannot be made a folder to write to; check its name and your permissions")
    }
    guard FileManager.default.isWritableFile(atPath: path) else {
      throw HostError("\(path): cannot be written to; choose another folder with --out")
    }
  }
}

extension Results {
  /// Writes `results.json`.
  func write(to path: String) throws {
    let file = try AtomicFile(path: path)
    try writeJSON { try file.write($0) }
    try file.commit()
  }
}
