internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensRanks

/// The contextual index of a model of a run: none, one that is there, or one that has to be built first.
enum IndexAtHand {
  case none
  case there(ContextualIndex)
  case planned(IndexBuild, path: String, model: Model)

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
      let build = try IndexBuild(
        model, corpus: Corpus(contentsOf: corpus), options: options, ranks: ranks)
      let path = "\(folder)/\(build.folderName)"
      guard PathKind(of: path) != nil else {
        self = .planned(build, path: path, model: model)
        return
      }
      let index = try model.openIndex(path)
      guard index.description.identity == build.identity else {
        throw HostError(
          "\(path): has the name of the index that is asked for, but was built otherwise; remove it"
        )
      }
      self = .there(index)
    }
  }

  /// The index, built if it has to be.
  ///
  /// - Parameter progress: is told how much of the corpus is done; what it throws ends the build.
  func open(progress: (IndexBuild.Progress) throws -> Void) throws -> ContextualIndex? {
    switch self {
    case .none: return nil
    case .there(let index): return index
    case .planned(let build, let path, let model):
      try build.run(to: path, progress: progress)
      return try model.openIndex(path)
    }
  }
}

extension IndexBuild {
  /// A name that tells indices apart whose rows differ.
  fileprivate var folderName: String {
    let name = modelName.map { $0.isLetter || $0.isNumber ? $0 : "-" }
    return "\(String(name))-\(identity.digest.prefix(12)).index"
  }
}
