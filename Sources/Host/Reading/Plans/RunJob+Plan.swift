internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensImaging
internal import LatentLensIndexing
internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensSession
internal import LatentLensTokenization

extension RunJob {
  /// What the whole run will take.
  ///
  /// - Throws: what is wrong with the request and the models' files, as far as it is seen without reading
  ///   weights or more of pictures than the first one's size.
  package func plan() throws -> Plan {
    var plan = Plan(rate: Plan.measuredRate(Compute(threads: loader.threads)))
    var builders: [Model] = []
    for source in request.models {
      let survey = try loader.survey(source)
      try survey.requireSoundness()
      let index = try indexPlan(for: survey.model, rate: plan.rate)
      if let built = index.built,
        try !builders.contains(where: { try $0.sharesIndex(survey.model) })
      {
        plan.add(built)
        builders.append(survey.model)
      }
      plan.add(try reading(with: survey.model, indexRows: index.rows, rate: plan.rate))
    }
    return plan
  }

  /// What building the index will take, if it is built; and how many rows it has over all its layers.
  private func indexPlan(
    for model: Model, rate: Double
  ) throws -> (built: Plan?, rows: Int) {
    guard request.needsIndex, let source = request.index else { return (nil, 0) }
    switch source {
    case .existing(let path):
      let index = try IndexDescription(contentsOf: "\(path)/\(IndexDescription.fileName)")
      return (nil, index.rows * index.identity.layers.count)
    case .build(let corpus, let options):
      let text = try model.text()
      let draft = try IndexDraft(
        Corpus(contentsOf: corpus), for: text, named: model.identity.source, options: options)
      return (
        Plan(draft, for: text, with: model.identity.compute, rate: rate),
        draft.rows * draft.layers.count
      )
    }
  }

  /// What sending the images and texts through the model and reading them takes.
  private func reading(with model: Model, indexRows: Int, rate: Double) throws -> Plan {
    let text = try model.text()
    let stages = try HostError.naming(model.identity.source) { () throws(HostError) in
      try request.stages(blockCount: text.decoder.blockCount)
    }
    let layers = stages.count
    let attending = request.attention ? stages.count(where: \.leavesBlock) : 0
    let compared = request.lenses.reduce(0) { sum, chosen in
      sum + (chosen.lens.needs == .index ? indexRows : text.decoder.vocabularySize)
    }
    var plan = Plan(rate: rate)
    var (found, attended) = (0, 0)
    for pass in try passes(of: model) {
      let queries = layers * pass.read
      found += queries * request.topK * request.lenses.count
      attended += attending * pass.read * (pass.read + 1) / 2
      plan.operations +=
        2 * Double(pass.tokens) * Double(text.parameterCount)
        + 2 * Double(queries) * Double(compared) * Double(text.decoder.hiddenSize)
        + 2 * Double(attending * pass.tokens) * Double(pass.tokens * text.decoder.hiddenSize)
      plan.memoryBytes = max(plan.memoryBytes, queries * text.decoder.hiddenSize * 8)
    }
    plan.memoryBytes += found * 40 + attended
    plan.diskBytes = (found * 16 + attended * 4 / 3) * 2
    return plan
  }

  /// For each image and each text the tokens that go through the decoder, and how many of them are read.
  private func passes(of model: Model) throws -> [(tokens: Int, read: Int)] {
    var passes: [(tokens: Int, read: Int)] = []
    if let first = request.images.first {
      let model = try model.whole()
      // The first picture stands for all.
      let blank = try ForwardPass(
        model: model, images: [model.blank(likeFile: first)], prompt: request.prompt
      ).layout
      let read = request.tokens == .visual ? blank.visualPositions.count : blank.ids.count
      passes += Array(repeating: (blank.ids.count, read), count: request.images.count)
    }
    for text in request.texts {
      let text = TokenizedText(text, tokenizer: try model.text().tokenizer.get())
      let count = try ForwardPass(model, text: text).layout.ids.count
      passes.append((count, count))
    }
    return passes
  }
}

extension Model {
  /// Whether an index that a run builds of this model is that of another, as far as is seen without reading weights.
  fileprivate func sharesIndex(_ other: Model) throws -> Bool {
    let (own, others) = (try text(), try other.text())
    return own.fingerprint.isOfTheSame(as: others.fingerprint)
      && own.configurationDigest == others.configurationDigest
      && own.tokenizerDigest == others.tokenizerDigest
      && identity.compute.arithmetic.name == other.identity.compute.arithmetic.name
  }
}

extension VisionLanguage {
  /// A picture of nothing, as large as another and as the model sees it: has as many visual tokens.
  fileprivate func blank(likeFile path: String) throws -> SeenImage {
    let (width, height) = try RGBImage.size(ofFile: path, orientation: sight.orientation.decoding)
    return try see(
      RGBImage(
        width: width, height: height, pixels: Array(repeating: 0, count: 3 * width * height)),
      path: path)
  }
}
