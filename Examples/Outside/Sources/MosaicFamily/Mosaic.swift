public import LatentLensComponents

/// Mosaic, a VLM that exists nowhere else: what it sees with, how it cuts pictures, and how it is put together.
public let mosaic = Family(
  "Mosaic", Mosaic.self, MosaicConnector.self, MosaicProcessor.self)

/// A picture in two or four pieces, seen one by one and put together again, between an encoder and a
/// decoder of LatentLens' own.
public struct Mosaic: VisionLanguageModel {
  public static let architectures = ["mosaic"]

  public struct Configuration: AdapterConfiguration {
    let imageToken: Int

    public init(_ keys: ConfigurationKeys) throws {
      imageToken = try keys.token("image_token_id", default: 0)
    }
  }

  public static func recipe(for configuration: Configuration) -> Recipe {
    Recipe(
      encoder: .init(
        configuration: ConfigurationKeys.visionMember, names: [.init("vision.")]),
      connector: .init(architecture: "mosaic-connector", names: [.init("connector.")]),
      decoder: .init(configuration: ConfigurationKeys.textMember, names: [.init("language.")]),
      features: FeatureSelection(layers: [-1], keepsPrefix: false),
      placement: Placement(placeholder: configuration.imageToken))
  }
}
