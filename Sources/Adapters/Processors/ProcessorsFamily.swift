public import LatentLensComponents

/// The image processors that families share, chosen by the names of transformers' classes.
public let processors = Family("Processors", ClassicProcessor.self)
