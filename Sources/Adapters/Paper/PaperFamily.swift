public import LatentLensComponents

/// The method's own nine VLMs (arXiv 2602.00462): what joins encoders and decoders that others publish.
public let paper = Family("Paper", LatentLensConnector.self, LetterboxProcessor.self)
