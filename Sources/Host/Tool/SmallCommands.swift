import ArgumentParser
import Foundation
import LatentLensFormats
import LatentLensImaging
internal import LatentLensKernels
import LatentLensModelHost
import LatentLensTensors
import LatentLensTokenization

struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turns lines of {\"text\": …} into lines of {\"ids\": […]}, or back.",
    discussion: """
      Example: echo '{"text": "a red boat"}' | latentlens tokenize --model models/demo
      """)

  @Option(help: "A model manifest, a folder with tokenizer.json, or hf:OWNER/NAME.")
  var model: String

  @Flag(help: "From ids to text.")
  var decode = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let tokenizer = try ModelFiles(model).tokenizer()
    var number = 0
    while let line = readLine() {
      number += 1
      let node = try JSONNode(parsing: Array(line.utf8), file: "standard input, line \(number)")
      let answer: JSONValue
      if decode {
        let ids = try node.required("ids").decode([Int].self)
        for id in ids where tokenizer.token(id) == nil {
          throw try node.required("ids").error("\(id) is no token of this tokenizer")
        }
        answer = ["text": .string(tokenizer.decode(ids))]
      } else {
        let ids = tokenizer.encode(try node.required("text").string())
        answer = ["ids": .array(ids.map { .integer(Int64($0)) })]
      }
      common.console.write(answer.text())
    }
  }
}

struct Preprocess: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the pixel tensor that the encoder would see.",
    discussion: """
      Example: latentlens preprocess --model models/demo --image models/demo/images/night.jpg --out pixels.safetensors
      """)

  @Option(help: "A model manifest, a folder with preprocessor_config.json, or hf:OWNER/NAME.")
  var model: String

  @Option(help: "The image.")
  var image: String

  @Option(help: "The safetensors file to write.")
  var out: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let files = try ModelFiles(model)
    let processed = try files.imageProcessor()(
      RGBImage(contentsOf: image, orientation: files.orientation), path: image)
    var tensors = [SafetensorsWriter.Declaration("pixel_values", .f32, processed.shape)]
    if processed.patchGrid != nil { tensors.append(.init("image_grid_thw", .i64, [1, 3])) }
    let writer = try SafetensorsWriter(path: out, tensors: tensors)
    try writer.write(processed.values)
    if let grid = processed.patchGrid {
      try writer.write([1, Int64(grid.rows), Int64(grid.columns)])
    }
    try writer.finish()
    common.console.note(out)
  }
}

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Captions an image greedily, to see that a VLM works before it is interpreted.",
    discussion: """
      Example: latentlens generate --model models/demo/model.json --image models/demo/images/night.jpg
      """)

  @Option(help: "A model manifest, a checkpoint folder, or hf:OWNER/NAME.")
  var model: String

  @Option(help: "The image.")
  var image: String

  @Option(help: "The prompt, with <image> where the visual tokens go.")
  var prompt: String?

  @Option(name: .customLong("max-tokens"), help: "The most tokens to generate.")
  var maxTokens = 64

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if maxTokens < 1 { throw ValidationError("--max-tokens has to be at least 1") }
  }

  func run() throws {
    let loaded = try common.loader.load(model)
    let pass = try ForwardPass(loaded, image: loaded.see(image), prompt: prompt)
    let ids = pass.generate(limit: maxTokens, endTokens: loaded.endTokens)
    let text = try loaded.requireTokenizer().decode(ids, skippingSpecialTokens: true)
    common.console.write(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the adapters that are compiled in, and the manifests found.",
    discussion: """
      Example: latentlens models
      """)

  @Flag(help: "As JSON.")
  var json = false

  @Option(help: "The folder to look for manifests in.")
  var folder = "models"

  @OptionGroup var common: CommonOptions

  func run() throws {
    let list = ModelList(registry: CommandLineTool.registry, manifestsIn: folder)
    common.console.write(json ? list.json.text(indented: true) : list.table)
  }
}

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Validates manifests and the checkpoints behind them, without loading weights.",
    discussion: """
      Example: latentlens check models/demo
      """)

  @Argument(help: "Manifests or checkpoint folders.")
  var sources: [String]

  @OptionGroup var common: CommonOptions

  func run() throws {
    var failures = 0
    for source in sources {
      do {
        let report = try ManifestCheck(source, loader: common.loader)
        common.console.write(report.text)
        if !report.isSound { failures += 1 }
      } catch {
        Console.complain(error)
        failures += 1
      }
    }
    if failures > 0 { throw ExitCode.failure }
  }
}

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Proves a model: geometry, self-checks, and parity with captured tensors.",
    discussion: """
      Example: latentlens verify --model models/demo/model.json --golden models/demo/golden
      """)

  @Option(help: "A model manifest, a checkpoint folder, or hf:OWNER/NAME.")
  var model: String

  @Option(help: "A folder of tensors captured from the reference implementation.")
  var golden: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    // Parity is a matter of the reference arithmetic, unless another is asked for.
    let loader = ModelLoader(
      registry: CommandLineTool.registry, threads: common.threads,
      precision: common.compute?.precision ?? .f32)
    let verification = try Verification(loader.load(model), golden: golden)
    common.console.write(verification.text)
    if !verification.passed { throw ExitCode.failure }
  }
}
