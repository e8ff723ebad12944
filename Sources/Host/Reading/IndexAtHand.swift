internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensRanks

/// The contextual index of a model of a run: none, one that is there, or one that has to be built first.
enum IndexAtHand {
  case none
  case there(ContextualIndex)
  case planned(KeptIndex)

  /// Opens the index that a request names, or the one that an earlier run has kept of the same decoder,
  /// corpus and rules; decides the rows of one that nobody has built yet.
  ///
  /// - Parameters:
  ///   - folder: where runs keep the indices that they build.
  ///   - ranks: the processes that build together.
  init(_ request: Request, for model: Model, in folder: String, ranks: Ranks) throws {
    guard request.needsIndex, let source = request.index else {
      self = .none
      return
    }
    switch source {
    case .existing(let path): self = .there(try model.openIndex(path))
    case .build(let corpus, let options):
      let kept = try KeptIndex(
        of: model, corpus: Corpus(contentsOf: corpus), options, in: folder, ranks)
      self = try kept.opened().map(Self.there) ?? .planned(kept)
    }
  }

  /// The index, built if it has to be.
  ///
  /// - Parameter progress: is told how much of the corpus is done; what it throws ends the build.
  func open(progress: (IndexBuild.Progress) throws -> Void) throws -> ContextualIndex? {
    switch self {
    case .none: nil
    case .there(let index): index
    case .planned(let kept): try kept.built(progress: progress)
    }
  }
}

/// An index that a run keeps beside its results, under a name that its identity alone decides: models that share a
/// decoder share it, whatever they are called and whatever else is in them.
struct KeptIndex {
  private let build: IndexBuild
  private let path: String
  private let model: Model
  private let ranks: Ranks

  fileprivate init(
    of model: Model, corpus: Corpus, _ options: IndexOptions, in folder: String, _ ranks: Ranks
  ) throws {
    // Its name goes into `index.json`, whose digest results tell.
    let maker = model.identity.adapters[.decoder] ?? "decoder"
    build = try IndexBuild(model, corpus: corpus, options: options, ranks: ranks, named: maker)
    let name = String(maker.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    path = "\(folder)/\(name)-\(build.identity.digest.prefix(12)).index"
    self.model = model
    self.ranks = ranks
  }

  /// The index; nil where nobody has built it.
  ///
  /// - Throws: `HostError` where something else has its name.
  fileprivate func opened() throws -> ContextualIndex? {
    // The first looks for all: it may come into being meanwhile.
    guard try ranks.onFirst({ PathKind(of: path) != nil }) else { return nil }
    let index = try model.openIndex(path)
    guard index.description.identity == build.identity else {
      throw HostError(
        "\(path): has the name of the index that is asked for, but was built otherwise; remove it")
    }
    return index
  }

  fileprivate func built(
    progress: (IndexBuild.Progress) throws -> Void
  ) throws -> ContextualIndex {
    // Another model of the run may have built it by now.
    if let index = try opened() { return index }
    try build.run(to: path, progress: progress)
    return try model.openIndex(path)
  }
}
