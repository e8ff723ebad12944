import ArgumentParser
import LatentLensLenses
import LatentLensModelHost

struct Interpret: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads the visual tokens of some images, without a manifest.",
    discussion: """
      Example: latentlens interpret --model models/demo --image models/demo/images/night.jpg \
      --lens logit,embedding --prompt '<im_start><image><im_end>' --out out/night
      """)

  @Option(help: "A model manifest, a checkpoint folder, or hf:OWNER/NAME.")
  var model: String

  @Option(parsing: .upToNextOption, help: "Images, folders of images, or globs.")
  var image: [String]

  @Option(help: "Lenses, separated by commas: latent, logit, embedding.")
  var lens = "latent,logit,embedding"

  @Option(help: "Layers: all, or numbers, ranges, connector and norm, separated by commas.")
  var layers = "all"

  @Option(help: "The contextual index; LatentLens needs one.")
  var index: String?

  @Option(help: "The prompt, with <image> where the visual tokens go.")
  var prompt: String?

  @Option(help: "Which tokens to read: visual, or all to read the text around them too.")
  var tokens: Tokens = .visual

  @Option(name: .customLong("top-k"), help: "Neighbours per visual token.")
  var topK = 5

  @Option(help: "The folder for results.json and report.html.")
  var out: String

  @Flag(help: "Tell rows, bytes, memory and time, and stop before anything is loaded.")
  var plan = false

  @OptionGroup var common: CommonOptions

  enum Tokens: String, ExpressibleByArgument, CaseIterable { case visual, all }

  func validate() throws {
    guard RunManifest.topKRange ~= topK else {
      throw ValidationError(
        "--top-k has to be between 1 and \(RunManifest.topKRange.upperBound)")
    }
    _ = try lenses()
  }

  func run() throws {
    let manifest = RunManifest(
      name: model, models: [model], images: try image.flatMap(ImageFiles.find), prompt: prompt,
      lenses: try lenses(), layers: try LayerSelection(layers), topK: topK,
      index: index.map(RunManifest.IndexSource.existing),
      tokens: tokens == .all ? .all : .visual, output: out)
    let job = RunJob(manifest, output: out, loader: common.loader)
    if plan {
      common.console.write(try job.plan().description)
      return
    }
    let progress = common.console.progress("interpret")
    let outcome = try job.run { progress.update($0.done, of: $0.total, unit: $0.unit) }
    progress.finish()
    common.console.note(outcome.summary)
    common.console.note("report: \(outcome.report)")
  }

  private func lenses() throws -> [LensKind] {
    try lens.split(separator: ",").map { name in
      guard let kind = LensKind(rawValue: String(name)) else {
        throw ValidationError("`\(name)` is no lens; there are latent, logit and embedding")
      }
      return kind
    }
  }
}
