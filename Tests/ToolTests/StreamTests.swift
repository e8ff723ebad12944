import Foundation
import LatentLensTestSupport
import Testing

/// Standard output and error that are closed, full, or read by nobody, and what a terminal would obey.
@Suite struct StreamTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs a line of bash, in which `$tool` is the executable.
  private func shell(_ line: String) throws -> (status: Int32, output: String, complaint: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", line]
    process.environment = ProcessInfo.processInfo.environment.merging([
      "tool": Tool.path, "folder": folder.path,
    ]) { $1 }
    process.currentDirectoryURL = URL(fileURLWithPath: Fixtures.repository)
    let (output, complaint) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = complaint
    try process.run()
    let told = output.fileHandleForReading.readDataToEndOfFile()
    let complained = complaint.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: told, as: UTF8.self),
      String(decoding: complained, as: UTF8.self)
    )
  }

  /// The reader of the pipe has gone before anything is written; whoever began the tool may have told it to
  /// pass over the signal.
  @Test(arguments: ["", "trap '' PIPE; "])
  func aPipeThatNobodyReadsEndsQuietly(_ trap: String) throws {
    let found = try shell(
      "\(trap)(sleep 0.3; exec \"$tool\" models --json) | true; echo ${PIPESTATUS[0]}")
    #expect(found.output == "141\n" && found.complaint.isEmpty, "\(found)")
  }

  @Test(arguments: ["models --json", "--help", "tokenize --model models/demo < $folder/lines"])
  func aFullDiskIsToldInOneLine(_ command: String) throws {
    _ = try folder.write("{\"text\": \"a\"}\n", to: "lines")
    let full = try shell("\"$tool\" \(command) > /dev/full")
    #expect(full.status == 1)
    #expect(
      full.complaint
        == "latentlens: standard output: cannot be written: no space left on device\n")
    let closed = try shell("\"$tool\" \(command) >&-")
    #expect(closed.status == 1)
    #expect(
      closed.complaint == "latentlens: standard output: cannot be written: bad file descriptor\n")
  }

  @Test(arguments: ["2>&-", "2>/dev/full", "2> >(true)"])
  func whereNobodyCanBeToldTheStatusTells(_ error: String) throws {
    let failed = try shell("\"$tool\" check nowhere \(error)")
    #expect(failed.status == 1 && failed.output.isEmpty && failed.complaint.isEmpty)
    let done = try shell("\"$tool\" models --json \(error) | head -c 1")
    #expect(done.status == 0 && done.output == "{")
  }

  /// What would be a complaint must not end up in a file that was opened in the place of a closed stream.
  @Test func nothingIsWrittenIntoAFileInAStreamsPlace() throws {
    let states = "states --model models/demo --text a --layers 0 --out"
    let found = try shell(
      """
      "$tool" \(states) "$folder/closed" <&- >&- 2>&-
      "$tool" \(states) "$folder/open" --quiet && cmp "$folder/open" "$folder/closed"
      """)
    #expect(found.status == 0, "\(found)")
  }

  @Test func aFileThatMayNotGrowIsToldInOneLine() throws {
    let found = try shell(
      """
      ulimit -f 1
      "$tool" states --model models/demo --text a --out "$folder/states"
      """)
    #expect(
      found.status == 1 && found.complaint.contains("states: cannot be written: file too large"))
    #expect(found.complaint.split(separator: "\n").count == 1)
    #expect(folder.contents == [])
  }

  @Test func whatATerminalObeysIsWrittenOut() throws {
    let failed = try Tool.run(["check", "\(folder.path)/\u{1B}[31mred\u{9B}2J\u{202E}"])
    #expect(failed.complaint.contains("\\u{1B}[31mred\\u{009B}2J\\u{202E}"), "\(failed.complaint)")
    let harmful = ["\u{1B}", "\u{9B}", "\u{202E}"]
    for text in harmful { #expect(!failed.complaint.contains(text)) }
    _ = try folder.write(
      "{\"name\": \"\u{1B}]0;title\\u0007\", \"checkpoint\": \"c\"}", to: "m.json")
    let table = try Tool.run(["models", "--folder", folder.path])
    #expect(table.output.contains("\\u{1B}]0;title\\u{07}") && !table.output.contains("\u{1B}"))
    let json = try Tool.run(["models", "--json", "--folder", folder.path])
    #expect(json.output.contains("\\u001b]0;title\\u0007"))
  }

  @Test func wrongUsageIsOneLine() throws {
    for (arguments, command) in [
      (["nonsense"], "latentlens"), (["states", "--model", "m"], "latentlens states"),
      (["index", "build", "--dtype", "f99"], "latentlens index build"),
      (
        ["states", "--model", "m", "--text", "t", "--out", "o", "--layers", "first"],
        "latentlens states"
      ),
    ] {
      let outcome = try Tool.run(arguments)
      #expect(outcome.status == 64 && outcome.output.isEmpty)
      #expect(outcome.complaint.split(separator: "\n").count == 1, "\(outcome.complaint)")
      #expect(outcome.complaint.hasPrefix("latentlens: "))
      #expect(outcome.complaint.hasSuffix("; see `\(command) --help`\n"), "\(outcome.complaint)")
    }
  }

  /// Memory that the system does not give is one line, wherever it was asked for; no process hangs.
  @Test func memoryThatIsNotThereIsToldInOneLine() throws {
    var refused = 0
    for megabytes in stride(from: 160, through: 700, by: 60) {
      let found = try shell(
        """
        ulimit -v \(megabytes * 1024)
        OPENBLAS_NUM_THREADS=1 timeout 60 "$tool" states --model models/demo --text 'a red boat' \
          --out "$folder/states" --quiet
        """)
      guard found.status != 0 else { continue }
      refused += 1
      // Below some size the system's loader cannot begin.
      guard !found.complaint.contains("shared libraries") else { continue }
      #expect(found.status == 1, "\(megabytes): \(found)")
      #expect(found.complaint.split(separator: "\n").count == 1, "\(megabytes): \(found)")
      #expect(found.complaint.contains("memory"), "\(megabytes): \(found)")
    }
    #expect(refused > 0)
  }
}
