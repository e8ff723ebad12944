import Foundation
import LatentLensFormats
import LatentLensTokenization

/// The files that `Tests/Fixtures/tokenizers/make.py` has written.
enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/tokenizers")

  static let names = ["gpt2", "llama3", "qwen2", "olmo", "llama2", "vicuna"]

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer(contentsOf: path("\(name)/tokenizer.json"))
  }

  static func expected(_ name: String) throws -> Expected {
    try JSONNode(contentsOf: path("\(name)/expected.json")).decode()
  }

  static func sentences() throws -> [String] {
    let text = try String(contentsOfFile: path("sentences.txt"), encoding: .utf8)
    return text.split(separator: "\n").map(String.init)
  }

  static func hostile() throws -> Hostile {
    try JSONNode(contentsOf: path("hostile.json")).decode()
  }

  static func variants() throws -> [Variant] {
    try JSONNode(contentsOf: path("variants.json")).decode()
  }

  /// Every assigned code point (but most of the ideographs) between letters, in blocks.
  ///
  /// Code points younger than Unicode 14 are left out: regular expressions know them or not by the
  /// version of PCRE2.
  static func assignedBlocks(excluding excluded: Set<Int>) -> [String] {
    let chosen = (0..<0x110000).lazy.filter { code in
      guard let scalar = Unicode.Scalar(UInt32(code)), !excluded.contains(code),
        let age = scalar.properties.age, age.major <= 14
      else { return false }
      switch scalar.properties.generalCategory {
      case .unassigned, .privateUse, .surrogate: return false
      case .otherLetter: return code < 0x3400 || code % 37 == 0
      default: return true
      }
    }.map { "a\(Unicode.Scalar(UInt32($0))!)b " }
    return blocks(Array(chosen), size: 512).map { $0.joined() }
  }

  static func blocks<Item>(_ items: [Item], size: Int) -> [[Item]] {
    stride(from: 0, to: items.count, by: size).map {
      Array(items[$0..<min($0 + size, items.count)])
    }
  }
}

struct Expected: Decodable {
  struct Fragment: Decodable {
    let ids: [Int]
    let text: String
  }

  let count: Int
  let sentences: [String]
  let decoded: [String]
  let hostile: [[Int]]
  let bare: String
  let decodedHostile: [String]
  let fragments: [Fragment]
  let long: [String]
  let excluded: [Int]
  let codePoints: [String]
  let offsets: [String]?
}

struct Hostile: Decodable {
  struct Long: Decodable {
    let text: String
    let count: Int
  }

  let texts: [String]
  let long: [Long]
}

struct Variant: Decodable {
  let name: String
  let base: String
  let changes: JSONNode
  let ids: [String]
  let decoded: [String]
}

/// The hash by which ids are compared: FNV-1a over little-endian words, a text ended by 0xFFFFFFFF.
func hash(_ lists: [[Int]]) -> String {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for word in lists.joined(separator: [0xFFFF_FFFF]) + [0xFFFF_FFFF] {
    var rest = UInt32(word)
    for _ in 0..<4 {
      hash = (hash ^ UInt64(rest & 0xFF)) &* 0x100_0000_01B3
      rest >>= 8
    }
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

func hash(_ texts: [String]) -> String {
  hash(texts.map { $0.utf8.map(Int.init) })
}
