public import LatentLensFormats
public import LatentLensIndexing
public import LatentLensLenses
public import LatentLensModels

/// What a run asks for: which models read which images through which lenses.
///
/// Manifests and command lines are read into it, and results tell it; what is not asked for stands here.
public struct Request: Sendable {
  public var name: String
  /// Model manifests, checkpoint folders, or `hf:OWNER/NAME`.
  public var models: [String]
  /// Image files.
  public var images: [String]
  /// What the model is asked, with `<image>` where the visual tokens go; nil takes each model's own.
  public var prompt: String?
  public var lenses = ChosenLens.standard
  public var layers = LayerSelection.all
  /// How many neighbours of each token are told.
  public var topK = 5
  public var tokens = TokenSelection.visual
  /// Whether each model captions each image.
  public var captions = true
  /// Where the contextual index comes from; nil where no lens needs one.
  public var index: IndexSource?
  /// The folder for what is found.
  public var output = "out"

  public init(name: String, models: [String], images: [String]) {
    self.name = name
    self.models = models
    self.images = images
  }

  /// What is asked for where nobody says otherwise.
  public static let standard = Request(name: "", models: [], images: [])

  /// How many neighbours can be asked for; more than these nobody reads.
  public static let topKRange = 1...1000

  /// Which tokens of the sequence are read.
  public enum TokenSelection: String, Sendable, Decodable, CaseIterable {
    /// The visual tokens.
    case visual
    /// The text around them, too.
    case all
  }

  /// Where the contextual index comes from.
  public enum IndexSource: Sendable {
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
  public func check() throws(HostError) {
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
