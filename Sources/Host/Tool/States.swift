import ArgumentParser
import LatentLensModelHost

struct States: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes hidden states, to use elsewhere.",
    discussion: """
      Example: latentlens states --model models/demo --text 'a red boat' --layers all --out states.safetensors
      """)

  @Option(help: "A model manifest, a checkpoint folder, or hf:OWNER/NAME.")
  var model: String

  @Option(help: "Exact tensors to replay: token_ids, pixel_values.")
  var inputs: String?

  @Option(help: "An image; needs --prompt or a model with a prompt.")
  var image: String?

  @Option(help: "The prompt, with <image> where the visual tokens go.")
  var prompt: String?

  @Option(help: "A text.")
  var text: String?

  @Option(help: "Layers: all, or numbers, ranges, connector and norm, separated by commas.")
  var layers = "all"

  @Flag(help: "Write the logits too.")
  var logits = false

  @Option(help: "The safetensors file to write.")
  var out: String

  @OptionGroup var common: CommonOptions

  func validate() throws {
    let ways = [inputs, image, text].compactMap(\.self).count
    if ways != 1 { throw ValidationError("give one of --inputs, --image and --text") }
  }

  func run() throws {
    let loaded = try common.loader.load(model)
    let source: StatesJob.Source =
      if let inputs {
        .inputs(inputs)
      } else if let image {
        .image(image, prompt: prompt)
      } else {
        .text(text ?? "")
      }
    let job = try StatesJob(loaded, source: source, layers: LayerSelection(layers), logits: logits)
    try job.run(to: out)
    common.console.note(out)
  }
}
