import ArgumentParser
import LatentLensEvaluation
import LatentLensFormats
import LatentLensReading

struct Find: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells where words are among the neighbours of a finished run's visual tokens.",
    discussion: """
      Example: latentlens find --run out/demo boat 'red sail'

      A word is found in all its forms (boat, Boats), several in quotes as they follow each other in a sentence.
      Which words there are: latentlens find --run out/demo --words
      """)

  @Option(name: .customLong("run"), help: "The folder of a finished run.")
  var folder: String

  @Argument(help: "Words, or phrases in quotes.")
  var words: [String] = []

  @Flag(name: .customLong("words"), help: "Tell which words occur instead.")
  var tellsWords = false

  @Option(help: "How many words to tell of each model, the commonest first.")
  var top = 50

  @Option(parsing: .upToNextOption, help: "Lenses to look through (default: all that were used).")
  var lens: [String] = []

  @Option(parsing: .upToNextOption, help: "Layers to look at (default: all that were read).")
  var layer: [String] = []

  @Flag(
    help: """
      Tell also how near each visual token is to the words themselves, beside controls. A run keeps no states, so \
      that its models read its pictures again.
      """)
  var similarity = false

  @Flag(
    help: """
      Put what is found into the run's report, which shows it where one of the words is sought: hits in all \
      forms, and how near each patch is, if --similarity tells it.
      """)
  var report = false

  @Flag(help: "Tell everything as JSON: each token with its place, and all similarities.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if words.isEmpty != tellsWords {
      throw ValidationError("give words to find, or --words to be told which there are")
    }
    if tellsWords, similarity || report {
      throw ValidationError("--similarity and --report belong to words")
    }
    if top < 1 { throw ValidationError("--top has to be at least 1") }
    do {
      _ = try words.map { try WordQuery($0) }
    } catch {
      throw ValidationError("\(error)")
    }
  }

  func run() throws {
    let run = try FinishedRun(in: folder)
    if tellsWords {
      let occurring = try OccurringWords(in: run, lenses: lens, layers: layer)
      try common.console.write(json ? occurring.json.text() : occurring.table(limit: top))
      return
    }
    let queries = try words.map { try WordQuery($0) }
    let hits = try WordHits(of: queries, in: run, lenses: lens, layers: layer)
    let maps = similarity ? try self.maps(of: queries, in: run) : []
    try common.console.write(json ? hits.json(with: maps).text() : hits.table(with: maps))
    guard report else { return }
    let written = try run.write(found: hits.json(with: maps))
    if !json { try common.console.note("\nreport: \(written)") }
  }

  private func maps(of queries: [WordQuery], in run: FinishedRun) throws -> [WordMaps] {
    let interruption = Interruption()
    return try WordMaps.all(
      of: queries.map { query in
        SoughtWord(
          query.text, isMeant: { query.matches($0, at: $1) }, isToken: { query.matches($0) })
      }, in: run, layers: layer, loader: common.loader, check: { try interruption.check() })
  }
}
