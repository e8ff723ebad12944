import ArgumentParser
import LatentLensFormats
import LatentLensIndexing
import LatentLensModels

struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the nearest rows of an index for any vectors.",
    discussion: """
      Example: latentlens search --index demo.index --queries states.safetensors --tensor hidden.4 --top-k 5
      """)

  @Option(help: "The index folder.")
  var index: String

  @Option(help: "A safetensors file with the vectors, [rows, hidden size].")
  var queries: String

  @Option(help: "The tensor's name (default: the only one in the file).")
  var tensor: String?

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

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if topK < 1 { throw ValidationError("--top-k has to be at least 1") }
  }

  func run() throws {
    let search = try IndexSearch(index: index, layers: layers, compute: common.reference)
    common.console.write(
      try search.neighbors(ofTensor: tensor, in: queries, topK: topK, exhaustive: exhaustive)
        .text())
  }
}
