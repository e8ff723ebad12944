internal import LatentLensFormats
internal import LatentLensImaging
internal import LatentLensNetwork

/// Everything that a judge is asked of some models, each once.
struct JudgeQuestions: Sendable {
  let models: [ReadModel]
  let series: [Series]
  private let judge: Judge
  /// In the order in which pictures are drawn.
  let questions: [Question]
  private let digests: [Key: String]

  /// What is judged of one lens at one layer of one model.
  struct Series: Sendable {
    /// Of the models.
    let model: Int
    let lens: String
    let layer: JSONValue
    let patches: [JudgedPatch]
    /// The same places with words that were read elsewhere.
    let others: [JudgedPatch]
  }

  /// A request that nobody has to send twice.
  struct Question: Sendable {
    let digest: String
    let model: Int
    let patch: JudgedPatch
  }

  private struct Key: Hashable {
    let model: Int
    let patch: JudgedPatch
  }

  init(of models: [ReadModel], _ judge: Judge, isDistinct: Bool) throws {
    self.models = models
    self.judge = judge
    series = try models.enumerated().flatMap { number, model in
      try PatchSample(model, limit: judge.patchCount, isDistinct: isDistinct).series.map {
        Series(
          model: number, lens: $0.lens, layer: $0.layer, patches: $0.patches,
          others: judge.hasControls ? PatchSample.others(of: $0.patches) : [])
      }
    }
    let keys = Set(
      series.flatMap { series in
        (series.patches + series.others).map { Key(model: series.model, patch: $0) }
      }
    ).sorted(by: Self.comesFirst)
    var digests: [Key: String] = [:]
    var questions: [Question] = []
    var known: Set<String> = []
    var drawing = Drawing(models)
    for key in keys {
      let digest = Self.digest(key.patch.words, try drawing.digests(key.model, key.patch), judge)
      digests[key] = digest
      if known.insert(digest).inserted {
        questions.append(Question(digest: digest, model: key.model, patch: key.patch))
      }
    }
    self.digests = digests
    self.questions = questions
  }

  /// The request that asks of a patch.
  func digest(model: Int, _ patch: JudgedPatch) -> String {
    digests[Key(model: model, patch: patch)] ?? ""
  }

  /// Picture by picture and region by region, so that each is drawn once.
  private static func comesFirst(_ one: Key, _ other: Key) -> Bool {
    let (a, b) = (one.patch, other.patch)
    let places = (
      (one.model, a.picture, a.region.center), (other.model, b.picture, b.region.center)
    )
    return places.0 == places.1
      ? a.words.lexicographicallyPrecedes(b.words) : places.0 < places.1
  }

  /// The digest of a request: of its address and its members, with the pixels of pictures in the places of
  /// their files, which different libraries write in different ways.
  private static func digest(
    _ words: [String], _ pictures: (whole: String, detail: String), _ judge: Judge
  ) -> String {
    let request = JudgePrompt.request(
      model: judge.endpoint.model, options: judge.options, whole: pictures.whole,
      detail: pictures.detail, words: words)
    return SHA256.digest(of: "\(judge.endpoint.address)\n\(request.text())")
  }

  /// The request of a question, as it is sent.
  func request(_ question: Question, _ drawing: inout Drawing) throws -> JSONValue {
    let (whole, detail) = try drawing.files(question.model, question.patch)
    return JudgePrompt.request(
      model: judge.endpoint.model, options: judge.options, whole: whole, detail: detail,
      words: question.patch.words)
  }
}
