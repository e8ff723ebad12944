import ArgumentParser
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensTensors

extension Index {
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reads an index that the method's own Python package has made.",
      discussion: """
        Some of its sentences are encoded again: an index of another decoder is refused.

        Example: latentlens index import cache --model models/demo --out demo.index
        """)

    @Argument(help: "The folder with layer_N/embeddings_cache.pt in it.")
    var cache: String

    @Option(help: Help.model)
    var model: String

    @Option(help: "The folder to make.")
    var out: String

    @Option(
      help:
        "How rows are stored: \(Encoding.indexNames.joined(separator: ", ")); as they are by default.",
      transform: { try Encoding(stored: $0) })
    var dtype: Encoding?

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      let work = try IndexImport(cache, model: common.loader.load(model), elementType: dtype)
      let policy = output.policy.reading([cache])
      let least = try common.passing("import") {
        try work.run(to: out, policy: policy, progress: $0)
      }
      let made = "\(work.entries.count) rows, layers \(work.layers)"
      guard let least else {
        return try common.console.note(IndexWriter.Outcome.wasThere.told(of: out, made))
      }
      try common.console.note(
        "\(out): \(made); cosines of at least \(least) with the model's own states")
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes an index as other programs read it.",
      discussion: """
        `package` is what the method's own Python package loads (ContextualIndex.from_directory), `npy` an \
        array for each layer, as FAISS takes them.

        Example: latentlens index export demo.index --model models/demo --out cache
        """)

    @Argument(help: "The index folder.")
    var index: String

    @Option(help: Help.model)
    var model: String

    @Option(help: "The folder to make.")
    var out: String

    @Option(help: "The format: \(ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format = ExportFormat.package

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      let model = try common.loader.load(model)
      let index = try model.openIndex(index)
      let tokenizer = try model.text().tokenizer.get()
      try common.passing("export") {
        try index.export(
          to: out, as: format, tokenizer: tokenizer, policy: output.policy, progress: $0)
      }
      try common.console.note("\(out): \(index.rows) rows, layers \(index.layers)")
    }
  }

  struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes an index with its rows stored otherwise.",
      discussion: """
        Example: latentlens index convert demo.index --dtype i8 --out small.index
        """)

    @Argument(help: "The index folder.")
    var index: String

    @Option(
      help: "How rows are stored: \(Encoding.indexNames.joined(separator: ", ")).",
      transform: { try Encoding(stored: $0) })
    var dtype: Encoding

    @Option(help: "The folder to make.")
    var out: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      let index = try ContextualIndex(contentsOf: index)
      let outcome = try common.passing("convert") {
        try index.convert(
          to: dtype, at: out, policy: output.policy, compute: common.reference, progress: $0)
      }
      try common.console.note(outcome.told(of: out, "\(index.rows) rows as \(dtype.indexName)"))
    }
  }
}

extension ExportFormat: ExpressibleByArgument {}

extension Encoding {
  /// - Throws: `ValidationError` for a type that no index stores.
  init(stored name: String) throws {
    guard let type = Encoding(indexName: name) else {
      throw ValidationError(
        "`\(name)` is not one of \(Encoding.indexNames.joined(separator: ", "))")
    }
    self = type
  }
}

extension CommonOptions {
  /// Lets rows pass from one index to another, watched and ended as other work is.
  fileprivate func passing<Result>(
    _ work: String, _ body: ((_ done: Int, _ total: Int) throws -> Void) throws -> Result
  ) throws -> Result {
    let progress = console.progress(work)
    let interruption = Interruption()
    defer { progress.finish() }
    return try body { done, total in
      progress.update(RunJob.Step(done: done, total: total, unit: "rows"))
      try interruption.check()
    }
  }
}
