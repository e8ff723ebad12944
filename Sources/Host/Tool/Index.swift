import ArgumentParser
import LatentLensFormats
import LatentLensLenses
import LatentLensModelHost
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

    @Option(help: "A model manifest, a checkpoint folder, or hf:OWNER/NAME.")
    var model: String

    @Option(help: "Sentences: one per line, or the first column of a .csv.")
    var corpus: String

    @Option(help: "The folder to make.")
    var out: String

    @Option(help: "Contextual layers (default: 1,2,4,8,16,24 and the two before the last).")
    var layers: String?

    @Option(help: "How rows are stored: f32, f16, bf16 or i8.")
    var dtype = "f32"

    @Option(name: .customLong("max-contexts"), help: "The most rows that share one token text.")
    var maxContexts = 50

    @Flag(help: "Tell rows, bytes, memory and time, and stop before any state is computed.")
    var plan = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
      if ElementType(indexName: dtype) == nil {
        throw ValidationError("`\(dtype)` is not one of f32, f16, bf16, i8")
      }
      if maxContexts < 1 { throw ValidationError("--max-contexts has to be at least 1") }
    }

    func run() throws {
      let corpus = try Corpus(contentsOf: corpus)
      let build = try IndexBuild(
        common.loader.load(model), corpus: corpus,
        options: IndexOptions(
          layers: layers.map { try LayerSelection($0) },
          elementType: ElementType(indexName: dtype) ?? .f32, maxContexts: maxContexts))
      if plan {
        common.console.write(build.plan.description)
        return
      }
      let progress = common.console.progress("index")
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
