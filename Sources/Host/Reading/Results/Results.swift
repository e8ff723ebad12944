package import LatentLensComponents
package import LatentLensIndexing
package import LatentLensLenses
package import LatentLensModels
package import LatentLensSession

/// What a run found out: one shape for all lenses, with neighbours interned per model.
package struct Results {
  /// What was asked for, as resolved.
  package let request: Request
  package let models: [ModelResults]

  /// The parts that hold the readings; nil where they are all in memory.
  let parts: PartFolder?

  /// What a report shows: controls are in its figures, and have no pane of their own.
  var withoutControls: Results {
    Results(
      request: request, models: models.filter { $0.control == nil }, parts: parts)
  }

  /// Checks that do not hold, with the names of their models.
  package var failedChecks: [(model: String, check: Check)] {
    models.flatMap { model in
      model.checks.filter { !$0.passed }.map { (model.name, $0) }
    }
  }
}

/// The findings about one model.
package struct ModelResults: Sendable {
  package let name: String
  /// What the model is a control of; nil for one that was asked for.
  package let control: (kind: Control, of: String)?
  package let provenance: Provenance
  package let blockCount: Int
  package let hiddenSize: Int
  /// The stages that were read, ascending.
  package let layers: [Stage]
  package let lenses: [Lens]
  /// The layers of the index; none where there was none.
  package let contextualLayers: [Int]
  package let checks: [Check]
  /// For each lens and layer where its scores lie, and what stands against them; of images alone.
  package let bands: [LayerBands]
  package let vocabulary: NeighborTable
  package let images: [ImageResults]
  package let texts: [TextResults]
  /// What was found in all of the images, and in all of the texts, for each lens and layer.
  let imageSummaries: [LayerSummary]
  let textSummaries: [LayerSummary]
  /// What is kept of its states; nil where there were too few places.
  package let sketch: StateSketch?
  /// The layers at which it was kept how tokens attend, ascending; nil where nobody has asked.
  package let attentionLayers: [Stage]?
}

/// What produced the findings, so that they can be traced.
package struct Provenance: Sendable {
  /// A digest of all weights.
  package let weights: String
  /// A digest of the tokenizer's file.
  package let tokenizer: String?
  /// A digest of the index; nil where none was used.
  package let index: String?
  /// The prompt as it was laid out around an image; nil where there was none.
  package let prompt: String?
  /// Its tokens, of the last image.
  package let promptIDs: [Int]
  /// The architecture names of the parts.
  package let adapters: [Role: String]
  /// The precision of linear layers.
  package let compute: String
}

/// The findings about one image.
package struct ImageResults: Sendable {
  package let path: String
  package let name: String
  /// The size of the picture in pixels, turned as it was seen.
  package let width: Int
  package let height: Int
  /// The SHA-256 of its file.
  package let digest: String
  package let caption: String?
  /// How many of the tokens, the last ones, the model has said itself.
  package let saidCount: Int
  /// How the stored picture was turned before it was seen; width, height and polygons are of the
  /// turned picture.
  package let orientation: ModelManifest.ImageOrientation
  package let tokens: [VisualToken]
  let stored: StoredReadings
  /// How its tokens attend, as far as it is in memory; nil where nobody has asked.
  package let attention: AttentionMaps?

  /// What was read, as far as it is in memory.
  package var readings: [Reading] { if case .held(let readings) = stored { readings } else { [] } }
}

/// Readings, where they are until results are written.
enum StoredReadings: Sendable {
  /// In memory, by the numbers of the model's entries.
  case held([Reading])
  /// In a file of the run's parts.
  case part(Part)
}

/// The findings about one text, of which every token is read.
package struct TextResults: Sendable {
  package let text: String
  package let tokens: [TextToken]
  package let readings: [Reading]
  /// How its tokens attend; nil where nobody has asked.
  package let attention: AttentionMaps?
}
