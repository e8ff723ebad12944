extension BPE {
  /// A token and the bytes of the piece that it stands for.
  struct Part {
    let id: Int32
    let range: Range<Int>
  }

  /// The memory of one encoding: buffers, and the pieces it has met with what became of them.
  struct Workspace {
    fileprivate var symbols: [Symbol] = []
    fileprivate var queue = MergeQueue()
    fileprivate var known = ByteStringTable()
    fileprivate var knownParts: [Range<Int>] = []
    fileprivate var parts: [Part] = []
  }

  fileprivate struct Symbol {
    var id: Int32
    var previous: Int
    var next: Int
    /// Empty once merged into its left neighbour.
    var range: Range<Int>
  }

  /// The tokens of one piece of text, valid UTF-8, from left to right.
  func encode(_ piece: Span<UInt8>, in workspace: inout Workspace) -> ArraySlice<Part> {
    // Long pieces hardly come twice.
    guard piece.count <= 256 else {
      return ArraySlice(merged(piece, &workspace))
    }
    let (number, isNew) = workspace.known.insert(piece)
    if isNew {
      let start = workspace.parts.count
      workspace.parts += merged(piece, &workspace)
      workspace.knownParts.append(start..<workspace.parts.count)
    }
    return workspace.parts[workspace.knownParts[number]]
  }

  private func merged(_ piece: Span<UInt8>, _ workspace: inout Workspace) -> [Part] {
    if ignoresMerges, let id = vocabulary.id(of: piece) {
      return [Part(id: id, range: 0..<piece.count)]
    }
    workspace.symbols.removeAll(keepingCapacity: true)
    readCharacters(of: piece, into: &workspace.symbols)
    merge(&workspace.symbols, &workspace.queue)
    return workspace.symbols.compactMap { symbol in
      symbol.range.isEmpty ? nil : Part(id: symbol.id, range: symbol.range)
    }
  }

  // MARK: - Characters

  private func readCharacters(of piece: Span<UInt8>, into symbols: inout [Symbol]) {
    // An unknown token waits, since the next character may be fused into it.
    var unknown = 0..<0
    var start = 0
    while start < piece.count {
      let range = start..<min(start + Self.characterLength(piece[start]), piece.count)
      start = range.upperBound
      let character = piece.extracting(range)
      if let id = vocabulary.id(of: character) {
        appendUnknown(&unknown, to: &symbols)
        append(id, range, to: &symbols)
      } else if let bytes = byteTokens(of: character) {
        for (byte, id) in zip(range, bytes) { append(id, byte..<byte + 1, to: &symbols) }
      } else if fallback.unknown != nil {
        if !fallback.fusesUnknown { appendUnknown(&unknown, to: &symbols) }
        unknown = (unknown.isEmpty ? range : unknown).lowerBound..<range.upperBound
      }
    }
    appendUnknown(&unknown, to: &symbols)
  }

  private static func characterLength(_ first: UInt8) -> Int {
    first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
  }

  private func byteTokens(of character: Span<UInt8>) -> [Int32]? {
    guard !fallback.bytes.isEmpty else { return nil }
    var tokens: [Int32] = []
    for index in character.indices {
      guard let token = fallback.bytes[Int(character[index])] else { return nil }
      tokens.append(token)
    }
    return tokens
  }

  private func append(_ id: Int32, _ range: Range<Int>, to symbols: inout [Symbol]) {
    let index = symbols.count
    symbols.append(Symbol(id: id, previous: index - 1, next: index + 1, range: range))
  }

  private func appendUnknown(_ range: inout Range<Int>, to symbols: inout [Symbol]) {
    guard !range.isEmpty, let unknown = fallback.unknown else { return }
    append(unknown, range, to: &symbols)
    range = 0..<0
  }

  // MARK: - Merging

  /// Merges neighbours in a doubly linked list, driven by a heap: O(n log n).
  private func merge(_ symbols: inout [Symbol], _ queue: inout MergeQueue) {
    queue.removeAll()
    for index in symbols.indices.dropLast() {
      enqueue(index, symbols, &queue)
    }
    while let candidate = queue.popFirst() {
      let index = candidate.position
      let next = symbols[index].next
      // A candidate is stale if either side of it has been merged into something else since.
      guard !symbols[index].range.isEmpty, next < symbols.count,
        let merge = merges[symbols[index].id, symbols[next].id],
        merge.result == candidate.result
      else { continue }
      symbols[index].id = merge.result
      symbols[index].range = symbols[index].range.lowerBound..<symbols[next].range.upperBound
      symbols[index].next = symbols[next].next
      symbols[next].range = 0..<0
      if symbols[index].next < symbols.count { symbols[symbols[index].next].previous = index }
      if symbols[index].previous >= 0 { enqueue(symbols[index].previous, symbols, &queue) }
      enqueue(index, symbols, &queue)
    }
  }

  private func enqueue(_ index: Int, _ symbols: [Symbol], _ queue: inout MergeQueue) {
    let next = symbols[index].next
    guard next < symbols.count,
      let merge = merges[symbols[index].id, symbols[next].id]
    else { return }
    queue.insert(.init(rank: merge.rank, position: index, result: merge.result))
  }
}
