import Foundation
import LatentLensTestSupport

/// The executable, run as a user runs it.
struct Tool {
  struct Outcome {
    let status: Int32
    let output: String
    let complaint: String
  }

  /// The tests' own folder holds the executable that was built with them.
  static let path = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0])
    .deletingLastPathComponent().appendingPathComponent("latentlens").path

  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:]
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = URL(fileURLWithPath: Fixtures.repository)
    let (standardInput, output, complaint) = (Pipe(), Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = output
    process.standardError = complaint
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    let told = output.fileHandleForReading.readDataToEndOfFile()
    let complained = complaint.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: told, as: UTF8.self),
      complaint: String(decoding: complained, as: UTF8.self))
  }
}

extension Tool {
  /// The executable, running on its own; nobody reads what it writes but its complaints.
  final class Running {
    private let process = Process()
    private let complaint = Pipe()

    init(_ arguments: [String]) throws {
      process.executableURL = URL(fileURLWithPath: Tool.path)
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: Fixtures.repository)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = complaint
      try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// Sends a signal, unless it has ended.
    func signal(_ number: Int32) {
      if process.isRunning { kill(process.processIdentifier, number) }
    }

    /// Waits for the end.
    func outcome() -> Outcome {
      let complained = complaint.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return Outcome(
        status: process.terminationStatus, output: "",
        complaint: String(decoding: complained, as: UTF8.self))
    }
  }
}
