/// What is wrong with a GGUF file.
package typealias GGUFError = FormatError<GGUFProblem>

/// The ways in which it can be wrong.
package enum GGUFProblem: FormatProblem {
  case unreadable(String)
  case foreign
  case version(UInt32)
  case bigEndian
  /// The file ends before what stands at the place does.
  case ends(in: String, byte: Int)
  /// Something in the header, by its place.
  case header(String, reason: String, byte: Int)
  case key(String, reason: String)
  case tensor(String, reason: String)
  /// A file of several that make one model.
  case shard(reason: String)

  package var sentence: String {
    switch self {
    case .unreadable(let reason): reason
    case .foreign: "is no GGUF file: it does not begin with `GGUF`; download it again"
    case .version(let version):
      "is GGUF of version \(version), and 2 and 3 are read here; convert it with llama.cpp"
    case .bigEndian: "is a big-endian GGUF file; give the little-endian one"
    case .ends(let place, let byte):
      "ends at byte \(byte), within \(place); it is truncated or damaged, download it again"
    case .header(let place, let reason, let byte):
      "\(place) \(reason), at byte \(byte); the file is damaged, download it again"
    case .key(let key, let reason): "key `\(Self.quotable(key))` \(reason)"
    case .tensor(let name, let reason): "tensor `\(Self.quotable(name))` \(reason)"
    case .shard(let reason): reason
    }
  }

  /// A name that may be anything, for a sentence on one line.
  static func quotable(_ name: String) -> String {
    let breaking: [Unicode.GeneralCategory] = [.control, .lineSeparator, .paragraphSeparator]
    let shown = name.unicodeScalars.prefix(80).map {
      breaking.contains($0.properties.generalCategory) ? "\u{FFFD}" : String($0)
    }
    return shown.joined() + (name.unicodeScalars.count > 80 ? "…" : "")
  }
}
