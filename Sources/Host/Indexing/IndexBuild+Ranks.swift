internal import LatentLensFormats
internal import LatentLensLenses
internal import LatentLensRanks

extension IndexBuild {
  /// Builds the index together with other processes: each a part beside the others, which the first joins.
  ///
  /// The first holds the index' name all the while, so that nobody else builds there. What is done outlives the
  /// processes: as many, started again, go on from there.
  func writeTogether(
    _ own: IndexPart, to path: String, _ policy: OutputPolicy,
    _ progress: (Progress) throws -> Void
  ) throws -> IndexWriter.Outcome {
    let whole = description(of: nil)
    let steps = "\(Self.steps) in \(own.count) parts"
    var writer: IndexWriter?
    let wasThere = try ranks.onFirst {
      if IndexWriter.isThere(whole, at: path, steps: steps) { return true }
      writer = try IndexWriter(path: path, description: whole, steps: steps, policy: policy)
      return false
    }
    if wasThere { return .wasThere }
    _ = try write(own, to: IndexWriter.path(ofPart: own, of: path), policy, progress)
    let parts = try ranks.gather(IndexWriter.path(ofPart: own, of: path))
    return try ranks.onFirst {
      if let parts, let writer { try IndexMerge(parts).run(with: writer, compute) }
      return .made
    }
  }
}

extension IndexPart {
  /// What one of several processes builds or searches; nil where there is but one.
  init?(_ ranks: Ranks) {
    guard ranks.count > 1 else { return nil }
    self.init(ranks.number + 1, of: ranks.count)
  }
}
