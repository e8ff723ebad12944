import ArgumentParser
import LatentLensFormats
import LatentLensModels
import LatentLensSession

struct States: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes hidden states, to use elsewhere.",
    discussion: """
      Example: latentlens states --model models/demo --text 'a red boat' --layers all --out states.safetensors
      """)

  @Option(help: Help.model)
  var model: String

  @Option(help: "Exact tensors to replay: token_ids, pixel_values.")
  var inputs: String?

  @Option(
    parsing: .upToNextOption,
    help: """
      Images; a model that reads needs as many <image> in its prompt, an encoder alone needs none.
      """)
  var image: [String] = []

  @Option(help: Help.prompt)
  var prompt: String?

  @Option(help: "A text.")
  var text: String?

  @Option(
    parsing: .unconditional, help: Help.layers, transform: { try LayerSelection($0) })
  var layers = LayerSelection.all

  @Flag(help: "Write the logits too.")
  var logits = false

  @Option(help: "The safetensors file to write.")
  var out: String

  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  private var sources: [StatesJob.Source] {
    var sources: [StatesJob.Source] = []
    if let inputs { sources.append(.inputs(inputs)) }
    if !image.isEmpty { sources.append(.image(image, prompt: prompt)) }
    if let text { sources.append(.text(text)) }
    return sources
  }

  func validate() throws {
    if sources.count != 1 {
      throw ValidationError("give one of --inputs, --image and --text")
    }
  }

  func run() throws {
    try StatesJob.admit(out, output.policy.reading((inputs.map { [$0] } ?? []) + image))
    let loaded = try common.loader.load(model)
    for source in sources {
      let job = try StatesJob(loaded, source: source, layers: layers, logits: logits)
      try job.run(to: out)
    }
    try common.console.note(out)
  }
}
