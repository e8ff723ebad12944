import ArgumentParser
import LatentLensLenses
import LatentLensModels
import LatentLensReading

struct Interpret: SharedCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads the visual tokens of images, or every token of texts, without a manifest.",
    discussion: """
      Example: latentlens interpret --model models/demo --image models/demo/images/night.jpg \
      --lens logit,embedding --prompt '<im_start><image><im_end>' --out out/night
      A decoder alone is enough for texts: latentlens interpret --model FILE.gguf \
      --text 'They sat on the bank of the river.' --lens logit --out out/bank
      """)

  @Option(help: Help.model)
  var model: String

  @Option(parsing: .upToNextOption, help: "Images, folders of images, or globs.")
  var image: [String] = []

  @Option(parsing: .upToNextOption, help: "Texts; every token of them is read, without a prompt.")
  var text: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: "Pictures, not read, on which lenses that take it away measure what visual tokens share."
  )
  var calibration: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: "What to read beside the model, to hold its readings against: untrained, noise.")
  var control: [Control] = []

  @Option(
    help: ArgumentHelp(
      "Lenses, separated by commas or one by one: \(Lens.list).",
      discussion: "By default \(ChosenLens.standard.map(\.text).joined(separator: ","))."))
  var lens: [String] = []

  @Option(
    parsing: .unconditional, help: Help.layers, transform: { try LayerSelection($0) })
  var layers = Request.standard.layers

  @Option(help: "The contextual index; LatentLens needs one.")
  var index: String?

  @Option(help: Help.prompt)
  var prompt: String?

  @Option(
    help: "Which tokens to read of an image: visual, or all to read the text around them too.")
  var tokens = TokenChoice(selection: Request.standard.tokens)

  @Option(name: .customLong("top-k"), help: "Neighbours per token.")
  var topK = Request.standard.topK

  @Flag(help: Help.attention)
  var attention = false

  @Option(help: "The folder for results.json and report.html.")
  var out: String

  @Flag(help: Help.plan)
  var plan = false

  @OptionGroup var pictures: PictureOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var parts: PartOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if image.isEmpty, text.isEmpty {
      throw ValidationError("give images with --image, or texts with --text")
    }
    guard Request.topKRange ~= topK else {
      throw ValidationError("--top-k has to be between 1 and \(Request.topKRange.upperBound)")
    }
    _ = try lenses()
  }

  func run() throws {
    var request = Request(
      name: model, models: [model], images: try image.flatMap(ImageFiles.find), texts: text)
    request.calibration = try calibration.flatMap(ImageFiles.find)
    request.found = ImageFiles.unnamed(
      request.images + request.calibration, in: image + calibration)
    request.isStrict = pictures.strict
    request.controls = control
    request.prompt = prompt
    request.lenses = try lenses()
    request.layers = layers
    request.topK = topK
    request.tokens = tokens.selection
    request.attention = attention
    request.index = index.map(Request.IndexSource.existing)
    request.output = out
    try common.carryOut(
      request, as: "interpret", planOnly: plan, policy: output.policy,
      partLimit: parts.limit)
  }

  private func lenses() throws -> [ChosenLens] {
    guard !lens.isEmpty else { return Request.standard.lenses }
    do {
      return try lens.flatMap { $0.split(separator: ",") }.map { try ChosenLens(String($0)) }
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

extension Control: ExpressibleByArgument {}

/// Which tokens are read, by their names in manifests.
struct TokenChoice: ExpressibleByArgument {
  let selection: Request.TokenSelection

  init(selection: Request.TokenSelection) { self.selection = selection }

  init?(argument: String) {
    guard let selection = Request.TokenSelection(rawValue: argument) else { return nil }
    self.selection = selection
  }

  var defaultValueDescription: String { selection.rawValue }
  static var allValueStrings: [String] { Request.TokenSelection.allCases.map(\.rawValue) }
}
