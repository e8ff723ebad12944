extension ImageProcessor {
  /// What a processor's class in transformers assumes where its file is silent.
  struct Defaults {
    /// What the class does.
    enum Kind {
      case classic
      case area
      case tiles
      case overlappingTiles(OverlappingTiling.Fit)
      case letterbox
    }

    var kind = Kind.classic
    var shortestEdge: Int?
    var side = 224
    var filter = ResamplingFilter.bicubic
    var crop: (Int, Int)?
    var mean = clipMean
    var deviation = clipDeviation
    var padsToSquare = false
    var resolutions: [[Int]] = []

    private static let clipMean = [0.48145466, 0.4578275, 0.40821073]
    private static let clipDeviation = [0.26862954, 0.26130258, 0.27577711]
    private static let half = [0.5, 0.5, 0.5]

    /// Whether `"size": 224` means the shortest edge, as in classes that keep the aspect.
    var squareNumberIsShortestEdge: Bool { shortestEdge != nil }

    func resize(_ filter: ResamplingFilter) -> Step {
      shortestEdge.map { .resizeShortestEdge($0, filter) }
        ?? .resize(width: side, height: side, filter)
    }

    static let names = [
      "CLIPImageProcessor", "CLIPFeatureExtractor", "LlavaImageProcessor", "SiglipImageProcessor",
      "ViTImageProcessor", "BitImageProcessor", "LlavaNextImageProcessor",
      "Qwen2VLImageProcessor", "MolmoImageProcessor",
      "Molmo2ImageProcessor", "LetterboxImageProcessor",
    ]

    /// The defaults of a class; its `Fast` and `Pil` variants share them.
    static func named(_ name: String) -> Defaults? {
      var name = name
      for suffix in ["Fast", "Pil"] where name.hasSuffix(suffix) {
        name = String(name.dropLast(suffix.count))
      }
      switch name {
      case "CLIPImageProcessor", "CLIPFeatureExtractor", "BitImageProcessor":
        return Defaults(shortestEdge: 224, crop: (224, 224))
      case "LlavaImageProcessor":
        return Defaults(shortestEdge: 224, crop: (224, 224), padsToSquare: true)
      case "SiglipImageProcessor": return Defaults(mean: half, deviation: half)
      case "ViTImageProcessor":
        return Defaults(filter: .bilinear, mean: half, deviation: half)
      case "LlavaNextImageProcessor":
        return Defaults(
          kind: .tiles,
          resolutions: [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]])
      case "Qwen2VLImageProcessor": return Defaults(kind: .area)
      case "MolmoImageProcessor":
        return Defaults(kind: .overlappingTiles(.letterbox), side: 336)
      case "Molmo2ImageProcessor":
        return Defaults(
          kind: .overlappingTiles(.squash), side: 378, mean: half, deviation: half)
      case "LetterboxImageProcessor": return Defaults(kind: .letterbox, side: 336)
      default: return nil
      }
    }
  }
}
