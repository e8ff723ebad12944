internal import LatentLensFormats
public import LatentLensImaging
public import LatentLensTokenization

/// The small files of a model, read without its weights.
public struct ModelFiles: Sendable {
  private let source: String
  private let textFolder: String
  private let imageFolder: String
  private let preprocessing: JSONNode?
  public let orientation: RGBImage.Orientation

  /// Finds the files of a manifest, a folder or `hf:OWNER/NAME`.
  public init(_ source: String) throws {
    let manifest = try ModelManifest(locating: source)
    self.source = source
    preprocessing = manifest.preprocessing
    orientation = manifest.orientation == .exif ? .exif : .asStored
    switch manifest.source {
    case .checkpoint(let path):
      textFolder = try HubCache.path(of: path)
      imageFolder = textFolder
    case .parts(let encoder, _, let decoder):
      textFolder = try HubCache.path(of: decoder.weights)
      imageFolder = try encoder.map { try HubCache.path(of: $0.weights) } ?? textFolder
    }
  }

  public func tokenizer() throws -> Tokenizer {
    guard let file = Self.first(["tokenizer.json"], in: textFolder) else {
      throw HostError("\(source): has no tokenizer.json; put it beside the weights")
    }
    return try Tokenizer(contentsOf: file)
  }

  public func imageProcessor() throws -> ImageProcessor {
    if let preprocessing { return try ImageProcessor(preprocessing) }
    guard let file = Self.first(Self.processorNames, in: imageFolder) else {
      throw HostError("\(source): has no preprocessor_config.json; put it beside the weights")
    }
    return try ImageProcessor(contentsOf: file)
  }

  static let processorNames = ["preprocessor_config.json", "processor_config.json"]

  /// The first of some files that is there.
  static func first(_ names: [String], in folder: String) -> String? {
    names.map { "\(folder)/\($0)" }.first { PathKind(of: $0) == .file }
  }
}
