import ArgumentParser
import Foundation
public import LatentLensComponents
import LatentLensReading

/// The whole tool over some families: an executable calls it with those that are compiled in, its own
/// among them.
public enum CommandLineTool {
  @TaskLocal static var registry = Registry([])

  /// Does what the command line asks, and ends the process where that fails.
  public static func main(_ registry: Registry) {
    $registry.withValue(registry) { RootCommand.main() }
  }
}

/// The command: what a user types, and nothing of how it is done.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latentlens",
    abstract: "Tells what a vision-language model sees, token by token.",
    discussion: """
      Example: latentlens run models/demo/run.json
      """,
    version: LatentLensVersion.number,
    subcommands: [
      Run.self, Interpret.self, Compare.self, Plot.self, Evaluate.self, Index.self, Search.self,
      States.self,
      Tokenize.self, Preprocess.self, Generate.self, Models.self, Check.self, Verify.self,
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
