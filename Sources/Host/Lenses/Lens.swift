package import LatentLensComponents
internal import LatentLensFormats
package import LatentLensKernels

/// A way to put hidden states into words, as a value: what it is called, what its scores are, and how it
/// is made for a decoder.
package struct Lens: Sendable {
  /// What command lines, manifests and results call it.
  package let name: String
  /// What people call it.
  package let title: String
  package let score: ScoreKind
  /// How many principal directions it takes from states, beside their mean, before it compares them, for which
  /// other pictures have to be measured; nil where it takes nothing away.
  package let removedDirections: Int?
  private let source: Source

  /// The lenses that there are. A new one is a file beside this one, and a name in this list.
  package static let all: [Lens] = [
    .latent, .logit, .embedding, .tuned, .centeredLatent, .centeredEmbedding,
    .latentAllButTop, .embeddingAllButTop,
  ]

  /// What a lens is made from, beside a decoder, and how.
  package enum Source: Sendable {
    /// Nothing else.
    case decoder(@Sendable (LensResources) throws -> any LensReader)
    /// A contextual index of the decoder's own states.
    case index(@Sendable (ContextualIndex, LensResources) throws -> any LensReader)
    /// What stands at a path; the text says what, as in "a folder with config.json".
    case path(String, @Sendable (String, LensResources) throws -> any LensReader)
  }

  package init(
    _ name: String, title: String, score: ScoreKind, removedDirections: Int? = nil,
    from source: Source
  ) {
    self.name = name
    self.title = title
    self.score = score
    self.removedDirections = removedDirections
    self.source = source
  }

  /// What has to be given beside a decoder.
  package enum Need: Sendable, Equatable {
    case nothing
    case index
    /// The path of what the text says.
    case path(String)
  }

  package var needs: Need {
    switch source {
    case .decoder: .nothing
    case .index: .index
    case .path(let what, _): .path(what)
    }
  }

  /// Makes the lens for a decoder.
  ///
  /// - Throws: `HostError` where something that the lens needs is not given; whatever is wrong with what
  ///   stands at its path.
  package func make(_ resources: LensResources) throws -> any LensReader {
    if removedDirections != nil, resources.common == nil {
      throw HostError(
        "\(title) needs pictures to measure what visual tokens share; give --calibration")
    }
    switch source {
    case .decoder(let make): return try make(resources)
    case .index(let make):
      guard let index = resources.index else {
        throw HostError(
          "\(title) needs an index; give --index, or build one with `index build`")
      }
      return try make(index, resources)
    case .path(let what, let make):
      guard let path = resources.path else {
        throw HostError("\(title) needs \(what); write `\(name)=PATH`")
      }
      return try make(path, resources)
    }
  }
}

extension Lens {
  /// Whether other pictures have to be measured for it.
  package var isCalibrated: Bool { removedDirections != nil }

  /// How many directions "all but the top" takes away (docs/findings.md tells of others).
  package static let topDirections = 4
}

/// What a lens' scores are.
package enum ScoreKind: String, Sendable, CaseIterable {
  /// A cosine; results call it a similarity.
  case cosine = "similarity"
  /// A logit, with its share of the softmax beside it.
  case logit
}

/// What lenses are made from.
package struct LensResources: Sendable {
  package let decoder: any LanguageDecoder
  /// What searches compute with.
  package let compute: Compute
  /// An index of the decoder's states; nil where there is none.
  package let index: ContextualIndex?
  /// What the states that are read have in common, for lenses that take it away; nil where nobody has
  /// measured it.
  package let common: CommonStates?
  /// What was given for the lens that is made; nil where nothing was.
  package let path: String?

  package init(
    decoder: any LanguageDecoder, compute: Compute, index: ContextualIndex? = nil,
    common: CommonStates? = nil, path: String? = nil
  ) {
    self.decoder = decoder
    self.compute = compute
    self.index = index
    self.common = common
    self.path = path
  }
}
