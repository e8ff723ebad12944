import ArgumentParser
import Catalog
import Components
import Foundation
import Kernels
import ModelHost

/// The command: what a user types, and nothing of how it is done.
@main
struct LatentLens: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latentlens",
    abstract: "Tells what a vision-language model sees, token by token.",
    discussion: """
      Example: latentlens run models/demo/run.json
      """,
    version: LatentLensVersion.number,
    subcommands: [
      Run.self, Interpret.self, Index.self, Search.self, States.self, Tokenize.self,
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

/// Options that every command has.
struct CommonOptions: ParsableArguments {
  @Option(help: "Threads to compute with (default: all cores).")
  var threads: Int?

  @Flag(help: "No progress and no summary.")
  var quiet = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads has to be at least 1") }
  }

  var compute: Compute { Compute(threads: threads) }
  var console: Console { Console(isQuiet: quiet) }
  var loader: ModelLoader { ModelLoader(registry: .standard, compute: compute) }
}
