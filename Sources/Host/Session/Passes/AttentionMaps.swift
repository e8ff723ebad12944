internal import Foundation
package import LatentLensComponents

/// How the tokens that are read of one sequence attend to each other, layer by layer: what is kept of it.
package struct AttentionMaps: Sendable, Equatable, Codable {
  /// For each token how many of those that are read it sees, counted from the first.
  package let reach: [Int]
  /// Which of them is the first of the sequence; nil where that one is not read.
  package let start: Int?
  package let layers: [Layer]

  package init(reach: [Int], start: Int?, layers: [Layer]) {
    self.reach = reach
    self.start = start
    self.layers = layers
  }

  /// The weights of one block, their mean over heads.
  package struct Layer: Sendable, Equatable, Codable {
    /// What the block leaves.
    package let layer: Stage
    /// The largest of each token's weights on those that are read.
    package let top: [Float]
    /// Each token's weight on the first of the sequence.
    package let first: [Float]
    /// Each token's weight on all visual tokens together, but for the first of the sequence; nil for texts.
    package let picture: [Float]?
    /// Token by token the weights on those that it sees, as parts of its largest.
    package let weights: [UInt8]

    package init(
      layer: Stage, top: [Float], first: [Float], picture: [Float]?, weights: [UInt8]
    ) {
      self.layer = layer
      self.top = top
      self.first = first
      self.picture = picture
      self.weights = weights
    }
  }

  /// About how many bytes results take for them.
  package var storedByteCount: Int {
    layers.reduce(0) { $0 + $1.weights.count * 4 / 3 + $1.top.count * 30 }
  }
}

extension AttentionMaps {
  /// A byte less is 2^(-1/16) times as much, so that every weight is told to 2.2 %, whatever the largest is: a token
  /// that takes nearly everything, as the first often does, leaves room for what is a thousandth of it.
  static let stepsPerHalving: Float = 16

  /// What is stored of a weight beside the largest of its row; 0 where it is under 1/60,000 of that.
  static func byte(of weight: Float, top: Float) -> UInt8 {
    guard weight > 0, top > 0 else { return 0 }
    return UInt8(max(0, min(255, (255 + stepsPerHalving * log2(weight / top)).rounded())))
  }

  /// The weight that a byte stands for.
  package static func weight(of byte: UInt8, top: Float) -> Float {
    byte == 0 ? 0 : top * exp2((Float(byte) - 255) / stepsPerHalving)
  }

  /// A weight as it is told: to a ten-millionth, which 32 bits hold.
  static func told(_ weight: Double) -> Float { Float((min(weight, 1) * 1e7).rounded() / 1e7) }
}
