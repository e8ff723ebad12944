internal import LatentLensComponents
public import LatentLensKernels
internal import LatentLensTokenization

/// A prompt as the decoder sees it: token ids, with a placeholder at each visual token's position.
public struct PromptLayout: Sendable, Equatable {
  /// What stands for the image in a prompt.
  public static let marker = "<image>"
  /// What stands for the user's words in a chat template.
  static let promptMarker = "{prompt}"

  public let ids: [Int]
  /// The rows of `ids` that visual tokens take, ascending.
  public let visualPositions: [Int]
  /// The sequence with the places of its tokens.
  public let segments: Segments
  /// The place of the token that will follow.
  public let nextPlace: Int

  /// Lays out a prompt around an image.
  ///
  /// The text on each side of the marker is tokenised by itself, as the reference processors do: the
  /// marker is a token of its own. Special tokens of the tokenizer's template (BOS) come once.
  init(
    prompt: String, arrangement: VisualArrangement, bridge: Model.Bridge, tokenizer: Tokenizer
  ) throws(HostError) {
    let sides = prompt.split(around: Self.marker)
    guard sides.count == 2 else {
      throw HostError(
        "the prompt `\(prompt)` has \(sides.count - 1) `\(Self.marker)` markers; it needs one, "
          + "where the visual tokens go")
    }
    let before = tokenizer.encode(String(sides[0]), addingSpecialTokens: true)
    let after = tokenizer.encode(String(sides[1]), addingSpecialTokens: false)
    let image = arrangement.slots.map { slot in
      switch slot {
      case .visual: bridge.placement.placeholder
      case .token(let id): id
      }
    }
    self.init(
      ids: before + image + after,
      visualPositions: arrangement.slots.indices
        .filter { arrangement.slots[$0] == .visual }.map { $0 + before.count },
      arrangement: arrangement, positions: bridge.positions)
  }

  /// A layout whose ids are given; visual tokens stand wherever the placeholder does.
  init(ids: [Int], bridge: Model.Bridge?, arrangement: VisualArrangement?) {
    let placeholder = arrangement == nil ? nil : bridge?.placement.placeholder
    self.init(
      ids: ids, visualPositions: ids.indices.filter { ids[$0] == placeholder },
      arrangement: arrangement, positions: bridge?.positions ?? .sequential)
  }

  private init(
    ids: [Int], visualPositions: [Int], arrangement: VisualArrangement?,
    positions: Model.Bridge.Positions
  ) {
    self.ids = ids
    self.visualPositions = visualPositions
    var coordinates: [[Int]]?
    if positions == .raster, let raster = arrangement?.rotaryRaster {
      coordinates = Self.coordinates(ids.count, visualPositions, raster)
    }
    segments = Segments(
      counts: [ids.count], coordinates: coordinates,
      mutualPositions: arrangement.flatMap { Self.mutualRange($0, visualPositions) })
    nextPlace = coordinates.map { ($0.joined().max() ?? -1) + 1 } ?? ids.count
  }

  /// Places on three axes, time, row and column: text counts on all of them at once, and goes on behind
  /// the longer side of the image (transformers `get_rope_index`).
  private static func coordinates(
    _ count: Int, _ visualPositions: [Int], _ raster: (rows: Int, columns: Int)
  ) -> [[Int]] {
    var places: [[Int]] = [[], [], []]
    var next = 0
    var seen = 0
    let visual = Set(visualPositions)
    for position in 0..<count {
      if visual.contains(position) {
        places[0].append(next)
        places[1].append(next + seen / max(raster.columns, 1))
        places[2].append(next + seen % max(raster.columns, 1))
        seen += 1
        if seen == visual.count { next += max(raster.rows, raster.columns) }
      } else {
        for axis in 0..<3 { places[axis].append(next) }
        next += 1
      }
    }
    return places
  }

  /// From the first to the last token that belongs to the image.
  private static func mutualRange(
    _ arrangement: VisualArrangement, _ visualPositions: [Int]
  ) -> Range<Int>? {
    guard arrangement.isMutual, let first = visualPositions.first, let last = visualPositions.last
    else { return nil }
    let leading = arrangement.slots.prefix { $0 != .visual }.count
    let trailing = arrangement.slots.reversed().prefix { $0 != .visual }.count
    return max(0, first - leading)..<last + trailing + 1
  }
}

extension Model {
  /// The prompt that the decoder will read: a user's words in the chat template, or a prompt that has the
  /// image's marker in it already, as it is.
  func prompt(for words: String?) throws -> String {
    if let words, words.split(around: PromptLayout.marker).count > 1 { return words }
    if words == nil, let prompt { return prompt }
    if let turn {
      return turn.split(around: PromptLayout.promptMarker)
        .joined(separator: words ?? Self.usualRequest)
    }
    guard let words else {
      throw HostError("\(source): has no prompt; give one that holds `\(PromptLayout.marker)`")
    }
    // The layout tells what is missing.
    return words
  }

  /// What the method's authors ask.
  private static let usualRequest = "Describe this image in detail."
}

extension String {
  /// The pieces between the occurrences of a text, one more than there are of these.
  func split(around text: String) -> [Substring] {
    split(separator: text, omittingEmptySubsequences: false)
  }
}
