import ArgumentParser
import LatentLensKernels
import LatentLensModels

/// Options that every command has.
struct CommonOptions: ParsableArguments {
  @Option(help: "Threads to compute with (default: all cores).")
  var threads: Int?

  @Option(
    help: """
      The arithmetic of linear layers: f32 is the reference, bf16 is faster (default: bf16 for \
      16-bit checkpoints where the processor multiplies bfloat16, else f32).
      """)
  var compute: Arithmetic?

  @Flag(help: "No progress and no summary.")
  var quiet = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads has to be at least 1") }
  }

  var console: Console { Console(isQuiet: quiet) }

  var loader: ModelLoader { loader(precision: compute?.precision) }

  /// For proofs, which are held to the reference arithmetic unless another is asked for.
  var referenceLoader: ModelLoader { loader(precision: compute?.precision ?? .f32) }

  private func loader(precision: Compute.Precision?) -> ModelLoader {
    ModelLoader(registry: CommandLineTool.registry, threads: threads, precision: precision)
  }

  /// For work without a model.
  var reference: Compute { Compute(threads: threads) }
}

/// An arithmetic that a user can ask for, by the name that it has in the kernels.
struct Arithmetic: ExpressibleByArgument {
  let precision: Compute.Precision

  init?(argument: String) {
    guard let precision = Compute.Precision(rawValue: argument) else { return nil }
    self.precision = precision
  }

  static var allValueStrings: [String] { Compute.Precision.allCases.map(\.rawValue) }
}

/// What the helps of several commands say.
enum Help {
  static let model = ArgumentHelp("A model manifest, a checkpoint folder, or hf:OWNER/NAME.")
  static let prompt = ArgumentHelp("The prompt, with <image> where the visual tokens go.")
  static let layers = ArgumentHelp(
    """
    Layers: all, or numbers, ranges, connector and norm, separated by commas; -1 is the last.
    """)
  static let plan = ArgumentHelp(
    """
    Tell rows, bytes, memory and time, and stop. Reads configurations, tokenizer.json, the corpus, \
    and the headers of weight files and of a picture; no weights and no pixels.
    """)
}
