import ArgumentParser
import LatentLensKernels
import LatentLensModels
import LatentLensRanks

/// Options that every command has.
struct CommonOptions: ParsableArguments {
  @Option(help: "Threads to compute with (default: all cores).")
  var threads: Int?

  @Option(
    help: """
      The arithmetic of linear layers: \(Arithmetic.all.map { "\($0.name) is \($0.summary)" }
        .joined(separator: "; ")) (default: bf16 for 16-bit checkpoints where the processor \
      multiplies bfloat16, else f32).
      """)
  var compute: ArithmeticName?

  @Flag(help: "No progress and no summary.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...4096 ~= threads) {
      throw ValidationError("--threads has to be between 1 and 4096")
    }
  }

  /// The processes that work on the command together.
  var ranks: Ranks { CommandLineTool.ranks }

  var console: Console { Console(isQuiet: quiet, isMute: !ranks.isFirst) }

  /// Begins to notice that an end is asked for.
  func interruption() -> Interruption { Interruption(isTold: ranks.isFirst) }

  var loader: ModelLoader { loader(compute?.arithmetic) }

  /// For proofs, which are held to the reference arithmetic unless another is asked for.
  var referenceLoader: ModelLoader { loader(compute?.arithmetic ?? .f32) }

  private func loader(_ arithmetic: Arithmetic?) -> ModelLoader {
    ModelLoader(registry: CommandLineTool.registry, threads: threads, arithmetic: arithmetic)
  }

  /// For work without a model.
  var reference: Compute { Compute(threads: threads) }
}

/// An arithmetic that a user can ask for, by the name that it has in the kernels.
struct ArithmeticName: ExpressibleByArgument {
  let arithmetic: Arithmetic

  init?(argument: String) {
    guard let known = Arithmetic.named(argument) else { return nil }
    arithmetic = known
  }

  static var allValueStrings: [String] { Arithmetic.all.map(\.name) }
}

/// What the helps of several commands say.
enum Help {
  static let model = ArgumentHelp("A model manifest, a checkpoint folder, or hf:OWNER/NAME.")
  static let prompt = ArgumentHelp("The prompt, with <image> where the visual tokens go.")
  static let layers = ArgumentHelp(
    """
    Layers: all, or numbers, ranges, connector and norm, separated by commas; -1 is the last.
    """)
  static let attention = ArgumentHelp(
    """
    Keep how the tokens that are read attend to each other at the layers that are read, for the report \
    (docs/comparing.md).
    """)
  static let plan = ArgumentHelp(
    """
    Tell rows, bytes, memory and time, and stop. Reads configurations, tokenizer.json, the corpus, \
    and the headers of weight files and of a picture; no weights and no pixels.
    """)
}
