extension BPE {
  /// A token and the number of bytes of the piece that it covers.
  struct Part {
    let id: Int32
    let length: Int
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
    /// In bytes; 0 once merged into its left neighbour.
    var length: Int
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
      return [Part(id: id, length: piece.count)]
    }
    workspace.symbols.removeAll(keepingCapacity: true)
    readCharacters(of: piece, into: &workspace.symbols)
    merge(&workspace.symbols, &workspace.queue)
    return workspace.symbols.compactMap { symbol in
      symbol.length == 0 ? nil : Part(id: symbol.id, length: symbol.length)
    }
  }

  // MARK: - Characters

  private func readCharacters(of piece: Span<UInt8>, into symbols: inout [Symbol]) {
    // An unknown token waits, since the next character may be fused into it.
    var unknownLength = 0
    var start = 0
    while start < piece.count {
      let end = start + Self.characterLength(piece[start])
      let character = piece.extracting(start..<min(end, piece.count))
      if let id = vocabulary.id(of: character) {
        appendUnknown(&unknownLength, to: &symbols)
        append(id, length: character.count, to: &symbols)
      } else if let bytes = byteTokens(of: character) {
        for id in bytes { append(id, length: 1, to: &symbols) }
      } else if fallback.unknown != nil {
        if !fallback.fusesUnknown { appendUnknown(&unknownLength, to: &symbols) }
        unknownLength += character.count
      }
      start = end
    }
    appendUnknown(&unknownLength, to: &symbols)
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

  private func append(_ id: Int32, length: Int, to symbols: inout [Symbol]) {
    let index = symbols.count
    symbols.append(Symbol(id: id, previous: index - 1, next: index + 1, length: length))
  }

  private func appendUnknown(_ length: inout Int, to symbols: inout [Symbol]) {
    guard length > 0, let unknown = fallback.unknown else { return }
    append(unknown, length: length, to: &symbols)
    length = 0
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
      guard symbols[index].length > 0, next < symbols.count,
        let merge = merges[Pair(left: symbols[index].id, right: symbols[next].id)],
        merge.result == candidate.result
      else { continue }
      symbols[index].id = merge.result
      symbols[index].length += symbols[next].length
      symbols[index].next = symbols[next].next
      symbols[next].length = 0
      if symbols[index].next < symbols.count { symbols[symbols[index].next].previous = index }
      if symbols[index].previous >= 0 { enqueue(symbols[index].previous, symbols, &queue) }
      enqueue(index, symbols, &queue)
    }
  }

  private func enqueue(_ index: Int, _ symbols: [Symbol], _ queue: inout MergeQueue) {
    let next = symbols[index].next
    guard next < symbols.count,
      let merge = merges[Pair(left: symbols[index].id, right: symbols[next].id)]
    else { return }
    queue.insert(.init(rank: merge.rank, position: index, result: merge.result))
  }
}
