import ArgumentParser
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensRanks
import LatentLensReading
import LatentLensTensors

struct Index: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Builds, joins, converts and describes contextual indices.",
    discussion: """
      Example: latentlens index build --model models/demo --corpus models/demo/corpus.txt --out demo.index
      """,
    subcommands: [
      Build.self, Merge.self, Import.self, Export.self, Convert.self, Info.self, Verify.self,
    ])

  struct Build: SharedCommand {
    static let configuration = CommandConfiguration(
      abstract: "Encodes a corpus with a model's decoder into an index.",
      discussion: """
        A build that was interrupted goes on when the same command is given again.

        Example: latentlens index build --model models/demo --corpus models/demo/corpus.txt --out demo.index
        """)

    @Option(help: Help.model)
    var model: String

    @Option(help: "Sentences: one per line, or the first column of a .csv.")
    var corpus: String

    @Option(help: "The folder to make.")
    var out: String

    @Option(
      parsing: .unconditional,
      help: "Contextual layers (default: 1,2,4,8,16,24 and the two before the last).",
      transform: { try LayerSelection($0) })
    var layers: LayerSelection?

    @Option(
      help: "How rows are stored: \(Encoding.indexNames.joined(separator: ", ")).",
      transform: { try Encoding(stored: $0) })
    var dtype = IndexOptions().elementType

    @Option(
      help: ArgumentHelp(
        "Which tokens become rows: first, matched.",
        discussion: """
          `first` is the method's own rule: every token from the third on, in the order of the corpus. `matched` \
          keeps the last token of each word, the same words of the same sentences for every tokenizer, so \
          that decoders can be compared.
          """))
    var keep = IndexOptions().keep

    @Option(
      name: .customLong("max-contexts"),
      help: "The most rows that share one token text, or one word where these are matched.")
    var maxContexts = IndexOptions().maxContexts

    @Option(
      help: "Builds one of several parts, which `index merge` joins: 1/4, 2/4, 3/4 and 4/4.",
      transform: { text in
        guard let part = IndexPart(text) else {
          throw ValidationError("`\(text)` is no part; write I/N, from 1/N to N/N")
        }
        return part
      })
    var shard: IndexPart?

    @Flag(help: Help.plan)
    var plan = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
      if maxContexts < 1 { throw ValidationError("--max-contexts has to be at least 1") }
      if shard != nil, common.ranks.count > 1 {
        throw ValidationError("--shard is for one process; several divide the work themselves")
      }
    }

    func run() throws {
      let corpus = try Corpus(contentsOf: corpus)
      let options = IndexOptions(
        layers: layers, elementType: dtype, maxContexts: maxContexts, keep: keep)
      if plan {
        let plan = try Plan(
          ofIndexFor: model, corpus: corpus, options: options, loader: common.loader)
        try common.console.write(plan.description)
        return
      }
      let build = try IndexBuild(
        common.loader.load(model), corpus: corpus, options: options, part: shard,
        ranks: common.ranks)
      let progress = common.console.progress("index")
      let interruption = common.interruption()
      defer { progress.finish() }
      let outcome = try build.run(to: out, policy: output.policy) {
        progress.update(RunJob.Step($0))
        try interruption.check()
      }
      progress.finish()
      let made = "\(build.rows) rows, layers \(build.layers)"
      try common.console.note(outcome.told(of: out, made))
    }
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Joins the parts of an index to the index that a single build gives, byte for byte.",
      discussion: """
        Example: latentlens index merge part-1.index part-2.index --out demo.index
        """)

    @Argument(help: "The folders that `index build --shard` has made, in any order.")
    var parts: [String]

    @Option(help: "The folder to make.")
    var out: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      let merge = try IndexMerge(parts)
      let outcome = try merge.run(to: out, policy: output.policy, compute: common.reference)
      try common.console.note(
        outcome.told(of: out, "\(merge.rows) rows of \(parts.count) parts"))
    }
  }

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Describes an index.",
      discussion: """
        Example: latentlens index info demo.index
        """)

    @Argument(help: "The index folder.")
    var index: String

    @Flag(help: "Print index.json as it stands.")
    var json = false

    @OptionGroup var common: CommonOptions

    func run() throws {
      let index = try ContextualIndex(contentsOf: index)
      if json {
        try common.console.write(index.description.json, indented: true)
      } else {
        try common.console.write(index.summary)
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Recomputes every checksum of an index.",
      discussion: """
        Example: latentlens index verify demo.index
        """)

    @Argument(help: "The index folder.")
    var index: String

    @OptionGroup var common: CommonOptions

    func run() throws {
      let index = try ContextualIndex(contentsOf: index)
      try index.verify()
      try common.console.note("\(index.path): all \(index.description.files.count) checksums hold")
    }
  }
}

extension IndexIdentity.BuildRules.Keep: ExpressibleByArgument {}

extension IndexWriter.Outcome {
  /// What is said of an index that was made, or was there already.
  func told(of path: String, _ made: String) -> String {
    self == .made ? "\(path): \(made)" : "\(path): is whole already; \(made)"
  }
}
