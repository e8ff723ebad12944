public import LatentLensComponents
public import LatentLensLenses
public import LatentLensModels
public import LatentLensSession

/// What a run found out: one shape for all lenses, with neighbours interned per model.
public struct Results: Sendable {
  /// What was asked for, as resolved.
  public let request: Request
  public let models: [ModelResults]

  /// Checks that do not hold, with the names of their models.
  public var failedChecks: [(model: String, check: Check)] {
    models.flatMap { model in
      model.checks.filter { !$0.passed }.map { (model.name, $0) }
    }
  }
}

/// The findings about one model.
public struct ModelResults: Sendable {
  public let name: String
  public let provenance: Provenance
  public let blockCount: Int
  public let hiddenSize: Int
  /// The stages that were read, ascending.
  public let layers: [Stage]
  public let lenses: [Lens]
  /// The layers of the index; none where there was none.
  public let contextualLayers: [Int]
  public let checks: [Check]
  public let vocabulary: NeighborTable
  public let images: [ImageResults]
}

/// What produced the findings, so that they can be traced.
public struct Provenance: Sendable {
  /// A digest of all weights.
  public let weights: String
  /// A digest of the tokenizer's file.
  public let tokenizer: String?
  /// A digest of the index; nil where none was used.
  public let index: String?
  /// The prompt as it was laid out around an image.
  public let prompt: String
  /// Its tokens, of the last image.
  public let promptIDs: [Int]
  /// The architecture names of the parts.
  public let adapters: [Role: String]
  /// The precision of linear layers.
  public let compute: String
}

/// The findings about one image.
public struct ImageResults: Sendable {
  public let path: String
  public let name: String
  /// The size of the picture in pixels, turned as it was seen.
  public let width: Int
  public let height: Int
  /// The SHA-256 of its file.
  public let digest: String
  public let caption: String?
  /// How the stored picture was turned before it was seen; width, height and polygons are of the
  /// turned picture.
  public let orientation: ModelManifest.ImageOrientation
  public let tokens: [VisualToken]
  public let readings: [Reading]
}

/// What one lens reads at one layer: the neighbours of every token.
public struct Reading: Sendable {
  public let lens: Lens
  public let layer: Stage
  /// Per token, best first.
  public let neighbors: [[Found]]
  /// The L2 norm of each token's hidden state.
  public let norms: [Float]

  /// A neighbour: an entry of the model's table, and how near it is.
  public struct Found: Sendable {
    public let entry: Int
    /// What the lens' `ScoreKind` says.
    public let score: Float
    /// The share of the softmax, where the score is a logit.
    public let probability: Double?
  }
}
