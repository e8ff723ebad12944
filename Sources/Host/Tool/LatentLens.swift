import ArgumentParser
import Foundation
public import LatentLensComponents
import LatentLensKernels
import LatentLensModelHost

/// The whole tool over some families: an executable calls it with those that are compiled in, its own
/// among them.
public enum CommandLineTool {
  @TaskLocal static var registry = Registry([])

  /// Does what the command line asks, and ends the process where that fails.
  public static func main(_ registry: Registry) {
    $registry.withValue(registry) { LatentLens.main() }
  }
}

/// The command: what a user types, and nothing of how it is done.
struct LatentLens: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latentlens",
    abstract: "Tells what a vision-language model sees, token by token.",
    discussion: """
      Example: latentlens run models/demo/run.json
      """,
    version: LatentLensVersion.number,
    subcommands: [
      Run.self, Interpret.self, Compare.self, Index.self, Search.self, States.self, Tokenize.self,
      Preprocess.self, Generate.self, Models.self, Check.self, Verify.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error where exitCode(for: error) == .success || error is ExitCode {
      exit(withError: error)
    } catch let error where exitCode(for: error) == .validationFailure {
      exit(withError: error)
    } catch {
      Console.complain(error)
      exit(withError: ExitCode.failure)
    }
  }
}

/// The arithmetics that a user can ask for.
enum Arithmetic: String, ExpressibleByArgument, CaseIterable {
  case f32, bf16

  var precision: Compute.Precision {
    switch self {
    case .f32: .f32
    case .bf16: .bf16
    }
  }
}

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

  var loader: ModelLoader {
    ModelLoader(
      registry: CommandLineTool.registry, threads: threads, precision: compute?.precision)
  }

  /// For work without a model, and for proofs, which are held to the reference arithmetic.
  var reference: Compute { Compute(threads: threads) }
}
