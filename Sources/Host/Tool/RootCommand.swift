import ArgumentParser
import Foundation
public import LatentLensComponents
import LatentLensFormats
package import LatentLensRanks
import LatentLensReading
import LatentLensTensors

/// The whole tool over some families: an executable calls it with those that are compiled in, its own
/// among them.
public enum CommandLineTool {
  @TaskLocal static var registry = Registry([])
  @TaskLocal static var ranks = Ranks.alone

  /// Does what the command line asks, and ends the process where that fails.
  public static func main(_ registry: Registry) { main(registry, ranks: .alone) }

  /// The same, together with other processes.
  package static func main(_ registry: Registry, ranks: Ranks) {
    ProcessMemory.keepFreedBlocks()
    $registry.withValue(registry) { $ranks.withValue(ranks) { RootCommand.main() } }
  }
}

/// A command that several processes can do together; any other is for one alone.
protocol SharedCommand: ParsableCommand {}

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
      Run.self, Interpret.self, Compare.self, Serve.self, Plot.self, Evaluate.self, Find.self,
      Index.self, Search.self, States.self,
      Tokenize.self, Preprocess.self, Generate.self, Models.self, Check.self, Verify.self,
    ])

  static func main() {
    StandardStream.prepare()
    Faults.report(as: "latentlens: ")
    let ranks = CommandLineTool.ranks
    var status: Int32 = 0
    do {
      try ranks.together {
        var command = try parseAsRoot()
        guard ranks.count == 1 || command is any SharedCommand else {
          throw ValidationError(
            "`\(type(of: command)._commandName)` is done by one process; start it without mpirun")
        }
        try command.run()
      }
    } catch {
      // One line for all: before the others are waited for, which may take a while.
      status = told(error, isMute: !ranks.isFirst)
    }
    ranks.leave()
    // At once: libraries that were loaded have nothing to do that matters, and wait for their threads, which
    // may wait for memory.
    _exit(status)
  }

  /// Says what a command ended with, unless another process does, and gives the status that tells it to who called.
  private static func told(_ error: any Error, isMute: Bool = false) -> Int32 {
    let status = exitCode(for: error)
    switch error {
    case is StandardStream.Closed: StandardStream.endByClosedPipe()
    case let code as ExitCode: return code.rawValue
    case _ where isMute: return status.rawValue
    case _ where status == .success: return help(fullMessage(for: error))
    case _ where status == .validationFailure:
      Console.complain("\(message(for: error)); see `\(asked) --help`")
      return status.rawValue
    default:
      Console.complain(error)
      return ExitCode.failure.rawValue
    }
  }

  private static func help(_ text: String) -> Int32 {
    do {
      try StandardStream.output.write(text + "\n")
      return 0
    } catch {
      return told(error)
    }
  }

  /// The command that was asked for, as far as there is one of that name.
  private static var asked: String {
    var names = [_commandName]
    var known: [any ParsableCommand.Type] = configuration.subcommands
    for word in CommandLine.arguments.dropFirst() {
      guard let command = known.first(where: { $0._commandName == word }) else { break }
      names.append(word)
      known = command.configuration.subcommands
    }
    return names.joined(separator: " ")
  }
}
