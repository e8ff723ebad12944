internal import LatentLensComponents
internal import LatentLensFormats
package import LatentLensKernels
internal import LatentLensModels
internal import LatentLensTokenization

/// A prompt as the decoder sees it: token ids, with a placeholder at each visual token's position.
package struct PromptLayout: Sendable, Equatable {
  package let ids: [Int]
  /// For each image the rows of `ids` that its visual tokens take, ascending.
  package let images: [[Int]]
  /// The sequence with the places of its tokens.
  package let segments: Segments
  /// The place of the token that will follow.
  package let nextPlace: Int

  /// The rows of `ids` that visual tokens of any image take, ascending.
  package var visualPositions: [Int] { images.flatMap(\.self) }

  /// A layout of text alone.
  init(ids: [Int]) {
    self.init(ids: ids, images: [], arrangements: [], positions: .sequential)
  }

  /// Lays out a prompt around images, which go where its markers stand, in order.
  ///
  /// The text between markers is tokenised piece by piece, as the reference processors do: the marker is a
  /// token of its own. Special tokens of the tokenizer's template (BOS) come once, with the first piece.
  /// - Parameter continuation: tokens that follow the prompt.
  init(
    prompt: String, arrangements: [VisualArrangement], bridge: Bridge, tokenizer: Tokenizer,
    continuation: [Int]
  ) throws(HostError) {
    let pieces = prompt.split(around: ModelManifest.imageMarker)
    guard pieces.count == arrangements.count + 1 else {
      throw HostError(
        "the prompt `\(prompt)` has \(pieces.count - 1) `\(ModelManifest.imageMarker)` markers; it needs "
          + (arrangements.count == 1
            ? "one, where the visual tokens go"
            : "\(arrangements.count), one for each image in order"))
    }
    var ids = tokenizer.encode(String(pieces[0]), addingSpecialTokens: true)
    var images: [[Int]] = []
    for (arrangement, piece) in zip(arrangements, pieces.dropFirst()) {
      let slots = arrangement.slots
      images.append(slots.indices.filter { slots[$0] == .visual }.map { ids.count + $0 })
      ids += slots.map { slot in
        switch slot {
        case .visual: bridge.joint.placement.placeholder
        case .token(let id): id
        }
      }
      ids += tokenizer.encode(String(piece), addingSpecialTokens: false)
    }
    self.init(
      ids: ids + continuation, images: images, arrangements: arrangements,
      positions: bridge.positions)
  }

  /// A layout whose ids are given: the placeholders among them are dealt to the images in order.
  ///
  /// - Parameter source: what errors about the images call them.
  init(
    ids: [Int], arrangements: [VisualArrangement], bridge: Bridge, source: String
  ) throws(HostError) {
    let placeholder = bridge.joint.placement.placeholder
    let positions = ids.indices.filter { ids[$0] == placeholder }
    let wanted = arrangements.reduce(0) { $0 + $1.tokens.count }
    guard positions.count == wanted else {
      throw HostError(
        "\(source): `token_ids` has \(positions.count) placeholders (\(placeholder)), but the "
          + (arrangements.count == 1 ? "image gives" : "\(arrangements.count) images give")
          + " \(wanted) visual tokens")
    }
    var images: [[Int]] = []
    var dealt = 0
    for arrangement in arrangements {
      images.append(Array(positions[dealt..<dealt + arrangement.tokens.count]))
      dealt += arrangement.tokens.count
    }
    self.init(
      ids: ids, images: images, arrangements: arrangements, positions: bridge.positions)
  }

  private init(
    ids: [Int], images: [[Int]], arrangements: [VisualArrangement], positions: Bridge.Positions
  ) {
    self.ids = ids
    self.images = images
    let blocks = zip(images, arrangements).compactMap { positions, arrangement in
      positions.isEmpty
        ? nil : arrangement.rotaryRaster.map { VisualBlock(positions: positions, raster: $0) }
    }
    let coordinates =
      positions == .raster && !blocks.isEmpty
      ? VisualBlock.coordinates(ofTokens: ids.count, with: blocks) : nil
    segments = Segments(
      counts: [ids.count], coordinates: coordinates,
      mutualPositions: zip(images, arrangements).compactMap(Self.mutualRange))
    nextPlace = coordinates.map { ($0.joined().max() ?? -1) + 1 } ?? ids.count
  }

  /// From the first to the last token that belongs to an image; nil where its tokens are masked like any
  /// other.
  private static func mutualRange(
    _ positions: [Int], _ arrangement: VisualArrangement
  ) -> Range<Int>? {
    guard arrangement.isMutual, let first = positions.first, let last = positions.last else {
      return nil
    }
    let leading = arrangement.slots.prefix { $0 != .visual }.count
    let trailing = arrangement.slots.reversed().prefix { $0 != .visual }.count
    return max(0, first - leading)..<last + trailing + 1
  }
}

extension String {
  /// The pieces between the occurrences of a text, one more than there are of these.
  func split(around text: String) -> [Substring] {
    split(separator: text, omittingEmptySubsequences: false)
  }
}
