import Foundation
import LatentLensFormats
import LatentLensReading

/// What a person sees: results on standard output, progress and complaints on standard error.
///
/// Where several processes work together, the first speaks for all.
struct Console {
  let isQuiet: Bool
  /// Whether another process speaks.
  var isMute = false

  /// Writes a result, of which what a terminal would obey is written out.
  ///
  /// - Throws: what `StandardStream` throws, where it cannot be written or nobody reads it.
  func write(_ text: String) throws { try put(text.harmless) }

  /// Writes a result as JSON, which has ways of its own to say what a terminal would obey.
  func write(_ json: JSONValue, indented: Bool = false) throws {
    try put(json.text(indented: indented))
  }

  private func put(_ text: String) throws {
    guard !isMute else { return }
    try StandardStream.output.write(text + "\n")
  }

  /// Writes something that is good to know, unless silence was asked for.
  func note(_ text: String) throws {
    if !isQuiet { try write(text) }
  }

  /// Writes an error as one line.
  static func complain(_ error: any Error) { complain(String(describing: error)) }

  /// Writes what is wrong as one line.
  static func complain(_ sentence: String) {
    let text = sentence.split(whereSeparator: \.isNewline).joined(separator: " ")
    // Where nobody can be told, the status has to tell.
    try? StandardStream.error.write("latentlens: \(text.harmless)\n")
  }

  /// Asks a question on the terminal; only a clear yes is one.
  func agrees(_ question: String) -> Bool {
    FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
    return ["y", "yes"].contains(readLine()?.lowercased())
  }

  /// Reports the progress of some work, if somebody is watching.
  func progress(_ work: String) -> Progress {
    Progress(work, isShown: !isQuiet && !isMute && isatty(STDERR_FILENO) != 0)
  }
}

extension String {
  /// The text with what a terminal would obey written out: control characters other than line ends and tabs,
  /// and those that turn the direction of writing.
  var harmless: String {
    func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0x09, 0x0A: false
      case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
      default: false
      }
    }
    guard unicodeScalars.contains(where: isObeyed) else { return self }
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if isObeyed(scalar) {
        text.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
      } else {
        text.append(scalar)
      }
    }
    return String(text)
  }
}
