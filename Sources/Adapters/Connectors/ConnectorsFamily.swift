public import LatentLensComponents

/// The connectors that families share, chosen by name.
public let sharedConnectors = Family(
  "Connectors", LinearConnector.self, MLPConnector.self, GatedMLPConnector.self,
  PixelShuffleConnector.self, VisualVocabularyConnector.self)
