internal import LatentLensComponents
package import LatentLensFormats
package import LatentLensIndexing
package import LatentLensLenses
package import LatentLensModels

/// What a run asks for: which models read which images and texts through which lenses.
///
/// Manifests and command lines are read into it, and results tell it; what is not asked for stands here.
package struct Request: Sendable {
  package var name: String
  /// Model manifests, checkpoint folders, or `hf:OWNER/NAME`.
  package var models: [String]
  /// Image files.
  package var images: [String]
  /// Texts, of which every token is read; they stand alone, without images and without a prompt.
  package var texts: [String]
  /// Image files on which the means are measured that centred lenses take away; none of them is read.
  package var calibration: [String] = []
  /// Images that a folder or a glob has given, and nobody has named: one that cannot be read is left out.
  package var found: Set<String> = []
  /// Whether one of these that cannot be read is an error all the same.
  package var isStrict = false
  /// What stands beside each model, to hold its readings against.
  package var controls: [Control] = []
  /// What the model is asked, with `<image>` where the visual tokens go; nil takes each model's own.
  package var prompt: String?
  package var lenses = ChosenLens.standard
  package var layers = LayerSelection.all
  /// How many neighbours of each token are told.
  package var topK = 5
  /// Which tokens are read where there is an image.
  package var tokens = TokenSelection.visual
  /// Whether each model captions each image.
  package var captions = true
  /// Whether it is kept how tokens attend to each other, at the layers that are read.
  package var attention = false
  /// Where the contextual index comes from; nil where no lens needs one.
  package var index: IndexSource?
  /// The folder for what is found.
  package var output = "out"

  package init(name: String, models: [String], images: [String] = [], texts: [String] = []) {
    self.name = name
    self.models = models
    self.images = images
    self.texts = texts
  }

  /// What is asked for where nobody says otherwise.
  package static let standard = Request(name: "", models: [])

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
  /// Whether a lens that is asked for needs an index, or what texts have in common is measured on one.
  var needsIndex: Bool {
    lenses.contains { $0.lens.needs == .index } || (directions != nil && !texts.isEmpty)
  }

  /// What is read that may be a folder: models, and an index that is there.
  var folders: [String] {
    if case .existing(let path) = index { models + [path] } else { models }
  }

  /// The most principal directions that a lens that is asked for takes away, beside a mean; nil where none
  /// takes anything.
  var directions: Int? { lenses.compactMap(\.lens.removedDirections).max() }

  /// The layers to read of a decoder with `blockCount` blocks.
  ///
  /// A connector has no output for text, so that it is a layer only where visual tokens are all that is
  /// read of an image.
  func stages(blockCount: Int) throws(HostError) -> [Stage] {
    try layers.stages(
      blockCount: blockCount, hasConnector: !images.isEmpty && tokens == .visual)
  }

  /// Makes sure that the request can be carried out, as far as it can be told without any model.
  ///
  /// - Throws: `HostError` that names what is missing, said twice, or said of nothing.
  package func check() throws(HostError) {
    guard !models.isEmpty else { throw HostError("there is no model to read with") }
    guard !images.isEmpty || !texts.isEmpty else {
      throw HostError("there is nothing to read; name an image or give a text")
    }
    if images.isEmpty, prompt != nil {
      throw HostError(
        "a prompt goes around images, of which there is none; put its words into the text")
    }
    if images.isEmpty, tokens != .visual {
      throw HostError(
        "`tokens` chooses among those around an image, of which there is none; every token of a text "
          + "is read anyway")
    }
    guard !lenses.isEmpty else { throw HostError("there is no lens to read through") }
    guard Self.topKRange ~= topK else {
      throw HostError(
        "the number of neighbours has to be between 1 and \(Self.topKRange.upperBound)")
    }
    if let lens = lenses.first(where: \.lens.isCalibrated)?.lens {
      if !images.isEmpty, calibration.isEmpty {
        throw HostError(
          "\(lens.title) measures what visual tokens have in common on pictures that are not read; name "
            + "some as `calibration`")
      }
      if !texts.isEmpty, index == nil {
        throw HostError(
          "\(lens.title) measures what texts have in common on an index; give --index")
      }
    }
    if let read = calibration.first(where: images.contains) {
      throw HostError("\(read) is read itself; calibrate on other pictures")
    }
    if images.isEmpty, !calibration.isEmpty || !controls.isEmpty {
      throw HostError("calibration and controls are of images, of which there is none")
    }
    if Set(controls).count < controls.count {
      throw HostError("a control is asked for twice")
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
