package import LatentLensFormats
internal import LatentLensImaging
package import LatentLensIndexing
package import LatentLensModels
package import LatentLensRanks

/// Everything that a request asks for, from manifests to report.
package struct RunJob: Sendable {
  let request: Request
  let loader: ModelLoader
  private let ranks: Ranks
  private let partLimit: Int

  /// - Parameters:
  ///   - ranks: the processes that do it together: each reads some of the images and texts.
  ///   - partLimit: results whose readings would take more bytes are written in parts.
  /// - Throws: `HostError` for a request that cannot be carried out, whatever the models.
  package init(
    _ request: Request, loader: ModelLoader, ranks: Ranks = .alone, partLimit: Int? = nil
  ) throws(HostError) {
    try request.check()
    self.request = request
    self.loader = loader
    self.ranks = ranks
    self.partLimit = partLimit ?? PartFolder.standardLimit
  }

  /// How far a run is.
  package struct Step: Sendable {
    package let done: Int
    package let total: Int
    package let unit: String
    /// What else there is to say; empty where there is nothing.
    package let detail: String

    package init(done: Int, total: Int, unit: String, detail: String = "") {
      self.done = done
      self.total = total
      self.unit = unit
      self.detail = detail
    }
  }

  /// What a run leaves behind.
  package struct Outcome {
    package let results: Results
    /// The path of the report.
    package let report: String
  }

  /// Interprets all images and texts with all models; writes `results.json`, `report.html`, and
  /// of pictures `sketch.safetensors`; of many pictures a folder of parts.
  ///
  /// A run that fails leaves none, nor an empty folder. A contextual index that it has built stays: it is
  /// whole, and the next run takes it.
  /// - Parameters:
  ///   - policy: whether results of other work may be replaced.
  ///   - leaveOut: is told what is wrong with a picture that is left out; of several processes the first alone.
  ///   - progress: what it throws ends the run; an index that is being built is gone on with by the next.
  /// - Returns: nil where another process writes what was found.
  package func run(
    policy: OutputPolicy = OutputPolicy(), leaveOut: (String) -> Void = { _ in },
    progress: (Step) throws -> Void = { _ in }
  ) throws -> Outcome? {
    let parts = PartFolder(in: request.output, limit: partLimit)
    guard ranks.isFirst else {
      _ = try read(parts, leaveOut, progress)
      return nil
    }
    let output = try RunOutput(
      to: request.output, .run(named: request.name), policy: policy.reading(request.folders))
    return try output.whileWritten {
      let results = try read(parts, leaveOut, progress)
      let shown = results.withoutControls
      try output.write(
        RunOutput.Page(
          title: request.name, pictures: PictureShelf(of: results), figures: Figures(of: shown),
          writeResults: { try shown.writeJSON($0) }),
        sketches: results.models.map(\.sketch), parts: results.parts,
        writeResults: { try results.writeJSON($0) })
      return Outcome(results: results, report: output.reportPath)
    }
  }

  /// Reads this process' share of the images and texts.
  ///
  /// - Returns: what all have found, on the first process.
  private func read(
    _ parts: PartFolder, _ leaveOut: (String) -> Void, _ progress: (Step) throws -> Void
  ) throws -> Results {
    // Everything that can be wrong is looked at before the first index is built, which may take hours.
    let models = try request.models.map { source in
      let model = try loader.load(source)
      return (
        try interpreters(of: model, source),
        try IndexAtHand(request, for: model, in: request.output, ranks: ranks)
      )
    }
    let looked = try look(
      with: models.compactMap { interpreters, _ in interpreters.first }, leaveOut, progress)
    let unit = looked.texts.isEmpty ? "images" : "inputs"
    let found = try models.flatMap { interpreters, index in
      let opened = try index.open { try progress(Step($0)) }
      return try interpreters.compactMap { interpreter in
        try interpreter.reading(looked).run(index: opened, ranks: ranks, parts: parts) {
          try progress(Step(done: $0, total: $1, unit: unit))
        }
      }
    }
    guard parts.isNeeded else { return Results(request: looked, models: found, parts: nil) }
    // What came before it was too much is written now.
    return Results(
      request: looked, models: try found.map { try $0.written(to: parts) }, parts: parts)
  }

  /// Looks at every picture as every model will; several processes share them.
  private func look(
    with interpreters: [Interpreter], _ leaveOut: (String) -> Void,
    _ progress: (Step) throws -> Void
  ) throws -> Request {
    let pictures = request.images + request.calibration
    let own = ranks.share(of: pictures.count)
    var lacking: [Request.Lacking] = []
    for number in own {
      try ranks.check()
      try progress(
        Step(
          done: number - own.lowerBound, total: own.count, unit: "images",
          detail: "looking at them"))
      let path = pictures[number]
      do {
        for interpreter in interpreters { try interpreter.look(at: path) }
      } catch  where request.mayLack(path) {
        let found = Request.Lacking(path: path, reason: Request.leftOut(error))
        lacking.append(found)
        // Told as it comes; what others have found follows.
        if ranks.isFirst { leaveOut(found.reason) }
      }
    }
    let all = try ranks.gather(lacking)
    for found in (all ?? []).dropFirst().joined() { leaveOut(found.reason) }
    let paths = try ranks.onFirst { (all ?? []).joined().map(\.path) }
    return try request.without(Set(paths))
  }

  /// A model that is asked for, and what stands beside it.
  private func interpreters(of model: Model, _ source: String) throws -> [Interpreter] {
    let controls = try request.controls.map { control in
      let other =
        switch control {
        case .untrained: try loader.load(source, isUntrained: true)
        case .noise: model
        }
      return try Interpreter(other, control: control, request: request)
    }
    return [try Interpreter(model, request: request)] + controls
  }
}

extension RunJob.Step {
  /// How far the building of an index is.
  package init(_ build: IndexBuild.Progress) {
    self.init(
      done: build.tokens, total: build.allTokens, unit: "tokens",
      detail: "\(build.sentences) sentences, \(build.rows) rows")
  }
}
