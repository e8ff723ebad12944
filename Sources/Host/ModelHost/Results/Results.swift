public import LatentLensLenses

/// What a run found out: one shape for all lenses, with neighbours interned per model.
public struct Results: Sendable {
  public var run: RunSummary
  public var models: [ModelResults]

  /// What was asked for, as resolved.
  public struct RunSummary: Sendable {
    public var name: String
    public var prompt: String?
    public var lenses: [LensKind]
    public var topK: Int
    public var images: [String]
    public var models: [String]
  }
}

/// The findings about one model.
public struct ModelResults: Sendable {
  public let name: String
  public let provenance: Provenance
  public let blockCount: Int
  public let hiddenSize: Int
  public let layers: [StateLayer]
  public let lenses: [LensKind]
  public let contextualLayers: [Int]
  public let checks: [Check]
  public let vocabulary: NeighborTable
  public let images: [ImageResults]
}

/// What produced the findings, so that they can be traced.
public struct Provenance: Sendable {
  public let weights: String
  public let tokenizer: String?
  public let index: String?
  public let prompt: String
  public let promptIDs: [Int]
  public let adapters: [String: String]
  /// The precision of linear layers.
  public let compute: String
}

/// A check that has to hold, its figure, and the bound the figure has to keep.
public struct Check: Sendable, Equatable {
  public let name: String
  public let figure: Double
  public let bound: Double

  public var passed: Bool { figure <= bound }

  public init(name: String, figure: Double, bound: Double) {
    self.name = name
    self.figure = figure
    self.bound = bound
  }
}

/// The findings about one image.
public struct ImageResults: Sendable {
  public let path: String
  public let name: String
  public let width: Int
  public let height: Int
  public let digest: String
  public let caption: String?
  /// How the stored picture was turned before it was seen; width, height and polygons are of the
  /// turned picture.
  public let orientation: ModelManifest.ImageOrientation
  public let tokens: [VisualToken]
  public let readings: [Reading]
}

/// What one lens reads at one layer: the neighbours of every visual token.
public struct Reading: Sendable {
  public let lens: LensKind
  public let layer: StateLayer
  /// Per visual token, best first.
  public let neighbors: [[Found]]
  /// The L2 norm of each visual token's hidden state.
  public let norms: [Float]

  /// A neighbour: an entry of the model's table, and how near it is.
  public struct Found: Sendable {
    public let entry: Int
    public let score: Float
    public let probability: Double?
  }
}
