package import LatentLensComponents
package import LatentLensTensors

/// A lens that has been made for a decoder: reads hidden states, and knows how it can be caught wrong.
package protocol LensReader: Sendable {
  /// The `topK` neighbours of each row of a batch, best first; ties go to what stands first in the
  /// vocabulary or the index.
  ///
  /// - Parameter batch: states `[rows, hiddenSize]` as the stages give them, before any final norm and not
  ///   made unit: the lens does what it needs itself, so that no caller can forget.
  func neighbors(of batch: borrowing StateBatch, topK: Int) -> [[Neighbor]]

  /// The score that each row of a batch has with one neighbour, whether that is near it or not: how a reading
  /// of one token compares with what another token would have had.
  ///
  /// - Parameter neighbors: one for each row, as `neighbors(of:topK:)` gives them.
  func scores(of batch: borrowing StateBatch, with neighbors: [Neighbor]) -> [Float]

  /// Reads states of which it is known what a lens of this kind has to find.
  ///
  /// These checks hold for any model. They catch the silent errors of the field, such as a norm that is
  /// applied twice, a layer that is off by one, or a query that is not made unit.
  func check(_ probe: any LensProbe) throws -> Check
}

/// A decoder, as the checks of lenses try it.
package protocol LensProbe {
  /// Some text as tokens, all of them in the decoder's own vocabulary.
  var ids: [Int] { get }

  /// The states of all of some tokens at some stages of the decoder.
  func states(of ids: [Int], at stages: [Stage]) throws -> StateBatch

  /// The logits `[ids.count, vocabularySize]` that the model itself gives.
  func logits(of ids: [Int]) throws -> Matrix

  /// A text as tokens, as an index would have them.
  func tokenize(_ text: String) -> [Int]
}

/// One neighbour of a hidden state.
package struct Neighbor: Sendable, Equatable {
  package let tokenID: Int
  /// What its lens' `ScoreKind` says.
  package let score: Float
  /// The share of the softmax over the vocabulary, where the score is a logit.
  package let probability: Double?
  /// Where in an index the neighbour stands; nil for neighbours from the vocabulary.
  package let origin: Origin?

  /// A row of a contextual index.
  package struct Origin: Sendable, Hashable, Comparable {
    package let layer: Int
    package let row: Int

    package init(layer: Int, row: Int) {
      self.layer = layer
      self.row = row
    }

    package static func < (left: Origin, right: Origin) -> Bool {
      (left.layer, left.row) < (right.layer, right.row)
    }
  }

  package init(tokenID: Int, score: Float, probability: Double? = nil, origin: Origin? = nil) {
    self.tokenID = tokenID
    self.score = score
    self.probability = probability
    self.origin = origin
  }
}
