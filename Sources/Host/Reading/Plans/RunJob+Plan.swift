internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensImaging
internal import LatentLensIndexing
internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensSession

extension RunJob {
  /// What the whole run will take.
  ///
  /// - Throws: what is wrong with the request and the models' files, as far as it is seen without reading
  ///   weights or more of pictures than the first one's size.
  package func plan() throws -> Plan {
    var plan = Plan(rate: Plan.measuredRate(Compute(threads: loader.threads)))
    for source in request.models {
      let survey = try loader.survey(source)
      try survey.requireSoundness()
      let model = try survey.model.whole()
      let index = try indexPlan(for: model.text, rate: plan.rate)
      if let built = index.built { plan.add(built) }
      plan.add(try reading(with: model, indexRows: index.rows, rate: plan.rate))
    }
    return plan
  }

  /// What building the index will take, if it is built; and how many rows it has over all its layers.
  private func indexPlan(
    for text: TextHalf, rate: Double
  ) throws -> (built: Plan?, rows: Int) {
    guard request.needsIndex, let source = request.index else { return (nil, 0) }
    switch source {
    case .existing(let path):
      let index = try IndexDescription(contentsOf: "\(path)/\(IndexDescription.fileName)")
      return (nil, index.rows * index.identity.layers.count)
    case .build(let corpus, let options):
      let draft = try IndexDraft(
        Corpus(contentsOf: corpus), tokenizer: text.tokenizer.get(),
        blockCount: text.decoder.blockCount, options: options)
      return (Plan(draft, for: text, rate: rate), draft.rows * draft.layers.count)
    }
  }

  /// What sending the images through the model and reading them takes.
  private func reading(
    with model: VisionLanguage, indexRows: Int, rate: Double
  ) throws -> Plan {
    let decoder = model.text.decoder
    // The first picture stands for all.
    let blank = try ForwardPass(
      model: model, images: [model.blank(likeFile: request.images[0])], prompt: request.prompt)
    let layers = try request.layers.stages(
      blockCount: decoder.blockCount, hasConnector: request.tokens == .visual)
    let tokens =
      request.tokens == .visual ? blank.layout.visualPositions.count : blank.layout.ids.count
    let queries = layers.count * tokens
    let compared = request.lenses.reduce(0) { sum, chosen in
      sum + (chosen.lens.needs == .index ? indexRows : decoder.vocabularySize)
    }
    let images = request.images.count
    let found = queries * request.topK * request.lenses.count
    let perImage =
      2 * Double(blank.layout.ids.count) * Double(model.text.parameterCount)
      + 2 * Double(queries) * Double(compared) * Double(decoder.hiddenSize)
    return Plan(
      diskBytes: images * found * 16 * 2,
      memoryBytes: queries * decoder.hiddenSize * 8 + images * found * 40,
      operations: Double(images) * perImage, rate: rate)
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
