internal import Foundation
internal import LatentLensFormats
internal import LatentLensTensors

/// A GGUF file, or all files of one that was split (`NAME-00001-of-00003.gguf`).
struct GGUFParts: Sendable {
  /// The file that was opened.
  let path: String
  /// All files in order.
  let files: [String]
  /// The metadata of the first.
  let values: NameTable<GGUFValue>
  let tensors: NameTable<Weight>

  init(_ path: String) throws(GGUFError) {
    let opened = try GGUFFile(contentsOf: path)
    self.path = path
    let count = opened.number("split.count") ?? 1
    guard count > 1 else {
      (files, values, tensors) = ([path], opened.values, opened.tensors)
      return
    }
    let names = try Self.names(of: opened, count: count)
    var (values, tensors): (NameTable<GGUFValue>, NameTable<Weight>) = ([:], [:])
    for (index, name) in names.enumerated() {
      let shard = try GGUFFile(contentsOf: name)
      guard shard.number("split.no") == index, shard.number("split.count") == count else {
        throw Self.error(name, "is not shard \(index + 1) of \(count), as its name says")
      }
      if index == 0 { values = shard.values }
      for (tensor, weight) in shard.tensors {
        guard tensors.updateValue(weight, forKey: tensor) == nil else {
          throw GGUFError(
            path: name, problem: .tensor(tensor, reason: "is in another shard too"))
        }
      }
    }
    if let total = opened.number("split.tensors.count"), total != tensors.count {
      throw Self.error(path, "says that \(total) tensors are in its shards; \(tensors.count) are")
    }
    (files, self.values, self.tensors) = (names, values, tensors)
  }

  /// The names of a file's shards, which it has to have like the others.
  private static func names(of file: GGUFFile, count: Int) throws(GGUFError) -> [String] {
    func ending(_ index: Int) -> String {
      func digits(_ number: Int) -> String { String(format: "%05d", number) }
      return "-\(digits(index + 1))-of-\(digits(count)).gguf"
    }
    let index = file.number("split.no") ?? 0
    guard count < 100_000, 0..<count ~= index, file.path.hasSuffix(ending(index)) else {
      throw error(
        file.path,
        "is shard \(index) of \(count), counted from 0; give it its own name, NAME-00001-of-00002.gguf, beside "
          + "the others")
    }
    let stem = String(file.path.dropLast(ending(index).count))
    let names = (0..<count).map { stem + ending($0) }
    for name in names where PathKind(of: name) != .file {
      throw error(name, "is a shard of the same model, but missing; download it")
    }
    return names
  }

  private static func error(_ path: String, _ reason: String) -> GGUFError {
    GGUFError(path: path, problem: .shard(reason: reason))
  }

  /// The number of tokens in the list; nil where there is none.
  var tokenCount: Int? {
    if case .array(let tokens) = values["tokenizer.ggml.tokens"] { tokens.count } else { nil }
  }

  /// The tokens that end a text or a turn.
  var endTokens: [Int] {
    let found = ["eos", "eot"].compactMap { name -> Int? in
      guard case .unsigned(let id) = values["tokenizer.ggml.\(name)_token_id"] else { return nil }
      return Int(exactly: id)
    }
    return Set(found).sorted()
  }
}

extension GGUFFile {
  fileprivate func number(_ key: String) -> Int? {
    switch values[key] {
    case .unsigned(let number): Int(exactly: number)
    case .signed(let number): Int(exactly: number)
    default: nil
    }
  }
}
