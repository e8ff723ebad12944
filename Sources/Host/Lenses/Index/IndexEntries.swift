internal import LatentLensFormats
internal import LatentLensTensors

/// Where each row of an index came from: its token, and the token's place in its sentence.
package struct IndexEntries: Sendable {
  /// Token of each row.
  package let tokenIDs: [Int]
  /// Position of each row's token in its tokenised sentence, special tokens counted.
  package let positions: [Int]
  /// Sentence of each row, an index into `sentences`.
  package let sentenceIDs: [Int]
  /// The corpus, in its order.
  package let sentences: [String]
  /// The number that each row has in the whole index, ascending, where this is a part of one.
  package let rowNumbers: [Int]?

  static let fileName = "tokens.safetensors"

  package var count: Int { tokenIDs.count }

  package init(
    tokenIDs: [Int], positions: [Int], sentenceIDs: [Int], sentences: [String],
    rowNumbers: [Int]? = nil
  ) {
    precondition(
      tokenIDs.count == positions.count && tokenIDs.count == sentenceIDs.count
        && rowNumbers.map { $0.count == tokenIDs.count } ?? true)
    self.tokenIDs = tokenIDs
    self.positions = positions
    self.sentenceIDs = sentenceIDs
    self.sentences = sentences
    self.rowNumbers = rowNumbers
  }

  /// The same with the numbers that rows have in the whole index.
  package func numbered(_ rowNumbers: [Int]?) -> IndexEntries {
    IndexEntries(
      tokenIDs: tokenIDs, positions: positions, sentenceIDs: sentenceIDs, sentences: sentences,
      rowNumbers: rowNumbers)
  }

  init(contentsOf path: String, rows: Int) throws {
    let file = try SafetensorsFile(contentsOf: path)
    func numbers(
      _ name: String, count: Int?, most: Int64 = Int64(Int32.max)
    ) throws -> [Int] {
      guard let weight = file.tensors[name] else {
        throw IndexError("\(path): has no tensor `\(name)`; build the index again")
      }
      guard weight.shape.count == 1, count == nil || weight.shape[0] == count,
        [.i32, .i64, .u8].contains(weight.encoding)
      else {
        throw IndexError(
          "\(path): `\(name)` is \(weight.encoding) \(weight.shape), expected "
            + "whole numbers [\(count.map(String.init) ?? "n")]; build the index again")
      }
      let integers = weight.integers()
      guard integers.allSatisfy({ 0...most ~= $0 }) else {
        throw IndexError(
          "\(path): `\(name)` has numbers below 0 or above \(most); build the index again")
      }
      return integers.map { Int($0) }
    }
    tokenIDs = try numbers("token_id", count: rows)
    positions = try numbers("position", count: rows)
    sentenceIDs = try numbers("sentence", count: rows)
    let text = try numbers("corpus_utf8", count: nil).map { UInt8(truncatingIfNeeded: $0) }
    let offsets = try numbers("corpus_offsets", count: nil, most: .max)
    guard offsets.first == 0, offsets.last == text.count,
      zip(offsets, offsets.dropFirst()).allSatisfy(<=),
      sentenceIDs.allSatisfy({ 0 <= $0 && $0 < offsets.count - 1 })
    else {
      throw IndexError("\(path): the corpus offsets are damaged; build the index again")
    }
    rowNumbers = file.tensors["row"] == nil ? nil : try numbers("row", count: rows, most: .max)
    guard rowNumbers.map({ zip($0, $0.dropFirst()).allSatisfy(<) && $0.first ?? 0 >= 0 }) ?? true
    else {
      throw IndexError("\(path): the numbers of rows are damaged; build the index again")
    }
    sentences = zip(offsets, offsets.dropFirst()).map {
      String(decoding: text[$0..<$1], as: UTF8.self)
    }
  }

  func write(to path: String) throws(FileError) {
    let text = sentences.flatMap { Array($0.utf8) }
    var offsets: [Int64] = [0]
    for sentence in sentences {
      offsets.append(offsets[offsets.count - 1] + Int64(sentence.utf8.count))
    }
    var tensors: [SafetensorsWriter.Declaration] = [
      .init("corpus_offsets", .i64, [offsets.count]),
      .init("token_id", .i32, [count]),
      .init("position", .i32, [count]),
      .init("sentence", .i32, [count]),
      .init("corpus_utf8", .u8, [text.count]),
    ]
    if rowNumbers != nil { tensors.insert(.init("row", .i64, [count]), at: 1) }
    let writer = try SafetensorsWriter(path: path, tensors: tensors)
    try writer.write(offsets)
    if let rowNumbers { try writer.write(rowNumbers.map { Int64($0) }) }
    try writer.write(tokenIDs.map { Int32($0) })
    try writer.write(positions.map { Int32($0) })
    try writer.write(sentenceIDs.map { Int32($0) })
    try writer.write(text)
    try writer.finish()
  }
}
