package import LatentLensFormats
package import LatentLensIndexing
package import LatentLensLenses
package import LatentLensModels

/// What a run asks for: which models read which images through which lenses.
///
/// Manifests and command lines are read into it, and results tell it; what is not asked for stands here.
package struct Request: Sendable {
  package var name: String
  /// Model manifests, checkpoint folders, or `hf:OWNER/NAME`.
  package var models: [String]
  /// Image files.
  package var images: [String]
  /// What the model is asked, with `<image>` where the visual tokens go; nil takes each model's own.
  package var prompt: String?
  package var lenses = ChosenLens.standard
  package var layers = LayerSelection.all
  /// How many neighbours of each token are told.
  package var topK = 5
  package var tokens = TokenSelection.visual
  /// Whether each model captions each image.
  package var captions = true
  /// Where the contextual index comes from; nil where no lens needs one.
  package var index: IndexSource?
  /// The folder for what is found.
  package var output = "out"

  package init(name: String, models: [String], images: [String]) {
    self.name = name
    self.models = models
    self.images = images
  }

  /// What is asked for where nobody says otherwise.
  package static let standard = Request(name: "", models: [], images: [])

  /// How many neighbours can be asked for; more than these nobody reads.
  package static let topKRange = 1...1000

  /// Which tokens of the sequence are read.
  package enum TokenSelection: String, Sendable, Decodable, CaseIterable {
    /// The visual tokens.
    case visual
    /// The text around them, too.
    case all
  }

  /// Where the contextual index comes from.
  package enum IndexSource: Sendable {
    case existing(String)
    case build(corpus: String, options: IndexOptions)
  }
}

extension Request {
  /// Whether a lens that is asked for needs an index.
  var needsIndex: Bool { lenses.contains { $0.lens.needs == .index } }

  /// Makes sure that the request can be carried out, as far as it can be told without any model.
  ///
  /// - Throws: `HostError` that names what is missing or said twice.
  package func check() throws(HostError) {
    guard !models.isEmpty else { throw HostError("there is no model to read with") }
    guard !images.isEmpty else { throw HostError("there is no image to read") }
    guard !lenses.isEmpty else { throw HostError("there is no lens to read through") }
    guard Self.topKRange ~= topK else {
      throw HostError(
        "the number of neighbours has to be between 1 and \(Self.topKRange.upperBound)")
    }
    for (number, chosen) in lenses.enumerated() {
      let lens = chosen.lens
      if lenses[..<number].contains(where: { $0.lens.name == lens.name }) {
        throw HostError("the lens `\(lens.name)` is asked for twice")
      }
      if lens.needs == .index, index == nil {
        throw HostError(
          "\(lens.title) needs an index; give --index, or build one with `index build`")
      }
    }
  }
}
