import CLatentLensServer
import Foundation
import LatentLensEvaluation
import LatentLensFormats
import LatentLensReading
import LatentLensReport
import LatentLensServing

/// What is read of finished runs, and what a browser asks of one.
extension Reader {
  static let results = Reader("results") { bytes, workshop in
    let folder = try workshop.folder("results", of: "Fuzz/Made", ["0.truth.json"])
    _ = try workshop.write(bytes, to: "results/results.json")
    try look(at: folder)
  }

  /// Results whose readings stand in parts, which are sound.
  static let parted = Reader("parted") { bytes, workshop in
    let folder = try workshop.copy("parted", of: "Fuzz/Made/parted")
    _ = try workshop.write(bytes, to: "parted/results.json")
    try look(at: folder)
  }

  /// A part that is the one which the results name.
  static let part = Reader("part") { bytes, workshop in
    let folder = try workshop.copy("part", of: "Fuzz/Made/parted")
    let name = "parts-0123456789ab/0.safetensors"
    let sound = workshop.made("parted/\(name)")
    let size = try Data(contentsOf: sound).count
    let path = try workshop.write(bytes, to: "part/\(name)")
    let made = try Data(contentsOf: workshop.made("parted/results.json"))
    let results = String(decoding: made, as: UTF8.self)
      .replacingOccurrences(
        of: try SHA256.digest(ofFile: sound.path), with: try SHA256.digest(ofFile: path)
      )
      .replacingOccurrences(of: "\"bytes\": \(size)", with: "\"bytes\": \(bytes.count)")
    _ = try workshop.write(Array(results.utf8), to: "part/results.json")
    try look(at: folder)
  }

  /// What a picture shows, beside results that are sound.
  static let truth = Reader("truth") { bytes, workshop in
    let folder = try workshop.folder("truth", of: "Fuzz/Made", ["results.json"])
    _ = try workshop.write(bytes, to: "truth/0.truth.json")
    try evaluate(folder)
  }

  private static func evaluate(_ folder: String) throws {
    var options = EvaluationOptions()
    options.truthFolder = folder
    _ = try Evaluation(of: FinishedRun(in: folder), options).json.text()
  }

  /// Does all that is done with a finished run.
  private static func look(at folder: String) throws {
    var complaints: [any Error] = []
    func attempt(_ work: () throws -> Void) {
      do { try work() } catch { complaints.append(error) }
    }
    attempt { _ = try SiteContents(of: FinishedRun(in: folder)) }
    attempt {
      for plot in try Plots(of: FinishedRun(in: folder).figures()).plots {
        _ = try (plot.file(.svg), plot.file(.csv))
      }
    }
    // Whole, and in parts.
    for (number, limit) in [Int.max, 0].enumerated() {
      let out = "\(folder)-\(number)"
      defer { try? FileManager.default.removeItem(atPath: out) }
      attempt { try Comparison(of: [folder, folder]).write(to: out, partLimit: limit) }
    }
    attempt { try evaluate(folder) }
    for complaint in complaints {
      let sentence = String(describing: complaint)
      precondition(sentence.contains(folder), "names no file: \(sentence)")
    }
  }

  // MARK: Serving

  private static let token = String(repeating: "0123456789abcdef", count: 4)
  private static let served = [
    "report.html", "parts-0123456789ab/0.safetensors", "parts-0123456789ab/ab",
  ]
  private static let hosts = ["127.0.0.1:8000", "localhost:8000"]

  /// A method, a host and an address, a line each: a file is sent for what is its name to the letter, and for nothing
  /// else.
  static let request = Reader("request") { bytes, _ in
    let lines = bytes.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
      .map { Array($0.prefix { $0 != 0 }) }
    guard lines.count == 3 else { return }
    let (method, host, url) = (lines[0], lines[1], lines[2])
    let wanted = served.firstIndex { Array("/\(token)/\($0)".utf8) == url }
    let isSent =
      method == Array("GET".utf8) && hosts.contains { Array($0.utf8) == host } && wanted != nil
    var number = 0
    // C reads texts that end with a zero, for the call.
    func text(_ line: [UInt8]) -> [CChar] { line.map { CChar(bitPattern: $0) } + [0] }
    let answer = unsafe withSite { site in
      unsafe server_route(site, text(method), text(host), text(url), &number)
    }
    precondition((answer == server_sends) == isSent, "\(answer) to \(lines)")
    precondition(!isSent || number == wanted, "sends another file")
  }

  private static func withSite<Value>(_ body: (UnsafePointer<server_site>) -> Value) -> Value {
    let names = unsafe served.map { unsafe strdup($0) }
    let token = unsafe strdup(token)
    defer {
      for number in served.indices { unsafe free(names[number]) }
      unsafe free(token)
    }
    let files = unsafe names.map { unsafe server_file(name: $0, path: $0, type: $0) }
    return unsafe files.withUnsafeBufferPointer { files in
      var site = unsafe server_site()
      unsafe site.files = files.baseAddress
      unsafe site.count = files.count
      unsafe site.token = UnsafePointer(token)
      unsafe server_name_hosts(&site, 8000)
      return unsafe body(&site)
    }
  }
}
