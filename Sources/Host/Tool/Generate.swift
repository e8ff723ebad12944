import ArgumentParser
import Foundation
import LatentLensModels
import LatentLensSession
import LatentLensTokenization

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Captions images greedily, to see that a VLM works before it is interpreted.",
    discussion: """
      Example: latentlens generate --model models/demo/model.json --image models/demo/images/night.jpg
      """)

  @Option(help: Help.model)
  var model: String

  @Option(
    parsing: .upToNextOption, help: "Images; the prompt needs as many <image>.")
  var image: [String]

  @Option(help: Help.prompt)
  var prompt: String?

  @Option(name: .customLong("max-tokens"), help: "The most tokens to generate.")
  var maxTokens = 64

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if maxTokens < 1 { throw ValidationError("--max-tokens has to be at least 1") }
  }

  func run() throws {
    let loaded = try common.loader.load(model).whole()
    let pass = try ForwardPass(model: loaded, images: image.map(loaded.see), prompt: prompt)
    let ids = try pass.generate(limit: maxTokens, endTokens: loaded.text.endTokens)
    let text = try loaded.text.tokenizer.get().decode(ids, skippingSpecialTokens: true)
    try common.console.write(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
