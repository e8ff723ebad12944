import ArgumentParser
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensTensors

struct Index: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Builds and describes contextual indices.",
    discussion: """
      Example: latentlens index build --model models/demo --corpus models/demo/corpus.txt --out demo.index
      """,
    subcommands: [Build.self, Info.self, Verify.self])

  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Encodes a corpus with a model's decoder into an index.",
      discussion: """
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

    @Option(help: "How rows are stored: \(Encoding.indexNames.joined(separator: ", ")).")
    var dtype = IndexOptions().elementType.indexName

    @Option(name: .customLong("max-contexts"), help: "The most rows that share one token text.")
    var maxContexts = IndexOptions().maxContexts

    @Flag(help: Help.plan)
    var plan = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
      _ = try options()
      if maxContexts < 1 { throw ValidationError("--max-contexts has to be at least 1") }
    }

    private func options() throws -> IndexOptions {
      guard let type = Encoding(indexName: dtype) else {
        throw ValidationError(
          "`\(dtype)` is not one of \(Encoding.indexNames.joined(separator: ", "))")
      }
      return IndexOptions(layers: layers, elementType: type, maxContexts: maxContexts)
    }

    func run() throws {
      let corpus = try Corpus(contentsOf: corpus)
      let options = try options()
      if plan {
        let plan = try Plan(
          ofIndexFor: model, corpus: corpus, options: options, loader: common.loader)
        common.console.write(plan.description)
        return
      }
      let build = try IndexBuild(common.loader.load(model), corpus: corpus, options: options)
      let progress = common.console.progress("index")
      defer { progress.finish() }
      try build.run(to: out) { progress.update($0, of: $1, unit: "tokens") }
      progress.finish()
      common.console.note("\(out): \(build.rows) rows, layers \(build.layers)")
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
      common.console.write(json ? index.description.json.text(indented: true) : index.summary)
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
      common.console.note("\(index.path): all \(index.description.files.count) checksums hold")
    }
  }
}
