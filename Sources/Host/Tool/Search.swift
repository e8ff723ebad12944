import ArgumentParser
import LatentLensFormats
import LatentLensIndexing
import LatentLensModels
import LatentLensReading

struct Search: SharedCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the nearest rows of an index for any vectors, or for every token of a text.",
    discussion: """
      Example: latentlens search --index demo.index --queries states.safetensors --tensor hidden.4 --top-k 5
      A text: latentlens search --index demo.index --model models/demo --text 'a red boat' --at 4 --top-k 5
      """)

  @Option(help: "The index folder.")
  var index: String

  @Option(help: "A safetensors file with the vectors, [rows, hidden size].")
  var queries: String?

  @Option(help: "The tensor's name (default: the only one in the file).")
  var tensor: String?

  @Option(
    help: """
      The model that the index was built with; reads the texts. Without it, the token and the word of \
      neighbours are null, since an index holds no tokenizer.
      """)
  var model: String?

  @Option(parsing: .upToNextOption, help: "Texts; every token of them is looked for.")
  var text: [String] = []

  @Option(
    parsing: .unconditional,
    help: "Layers of the texts (default: all): numbers, ranges and norm; -1 is the last.",
    transform: { try LayerSelection($0) })
  var at: LayerSelection?

  @Option(name: .customLong("top-k"), help: "Neighbours per vector.")
  var topK: Int

  @Option(
    parsing: .unconditional, help: "Contextual layers to search; -1 is the index' deepest.",
    transform: { try LayerSelection($0) })
  var layers = LayerSelection.all

  @Flag(
    help: """
      Compare every row by itself in 64-bit floats, by other code than the fast search has: slow, and the \
      same rows.
      """)
  var exhaustive = false

  @Flag(
    help: """
      Tell rows, memory, time, and how many rows will have to be looked at again, and stop. Reads a sample \
      of the index, the queries, and of a model what `--plan` reads of it elsewhere.
      """)
  var plan = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if topK < 1 { throw ValidationError("--top-k has to be at least 1") }
    if (queries == nil) == text.isEmpty {
      throw ValidationError("give one of --queries and --text")
    }
    if !text.isEmpty, model == nil {
      throw ValidationError("--text needs --model, which reads it")
    }
    if queries == nil, tensor != nil { throw ValidationError("--tensor belongs to --queries") }
    if text.isEmpty, at != nil { throw ValidationError("--at belongs to --text") }
  }

  func run() throws {
    if plan {
      try common.console.write(forecast().description)
      return
    }
    let search = try IndexSearch(
      index: index, model: model.map { try common.loader.load($0) }, layers: layers,
      compute: common.reference, ranks: common.ranks)
    let write: (String) throws -> Void = { try common.console.write($0) }
    if let queries {
      try search.neighbors(
        ofTensor: tensor, in: queries, topK: topK, exhaustive: exhaustive, write: write)
    } else {
      try search.neighbors(
        ofTexts: text, at: at ?? .all, topK: topK, exhaustive: exhaustive, write: write)
    }
  }

  private func forecast() throws -> Plan {
    let search = try IndexSearch(
      index: index, model: nil, layers: layers, compute: common.reference)
    let forecast =
      try queries.map { try search.forecast(ofTensor: tensor, in: $0, topK: topK) }
      ?? search.forecast(
        of: common.loader.countStates(
          ofTexts: text, at: at ?? .all, model: model ?? ""), topK: topK)
    return Plan(of: forecast, compute: common.reference)
  }
}
