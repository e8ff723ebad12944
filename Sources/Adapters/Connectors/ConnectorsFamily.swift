public import LatentLensComponents

/// The connectors that families share, chosen by name.
public let connectors = Family(
  "Connectors",
  connectors: [
    LinearConnector.self, MLPConnector.self, GatedMLPConnector.self, LatentLensConnector.self,
  ])
