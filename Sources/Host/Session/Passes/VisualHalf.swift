internal import LatentLensComponents
internal import LatentLensModels
internal import LatentLensTensors

/// What a pass sees: its images, and what encodes them and joins them to the decoder.
struct VisualHalf: Sendable {
  let encoder: any VisionEncoder
  let bridge: Bridge
  /// In the order of the prompt; at least one.
  let images: [VisualInput]
  /// Whether the decoder gets noise in the place of what the connector made of the images.
  let isNoise: Bool

  var encoding: EncoderPass { EncoderPass(encoder, images: images.map(\.pixels)) }

  /// Shows the stages before the decoder, as far as somebody looks.
  ///
  /// - Parameter isRead: whether a decoder is about to read the visual tokens.
  /// - Returns: the features of the images; nil where nobody needs them.
  func run(observer: StageObserver, isRead: Bool) -> VisualFeatures? {
    guard isRead || observer.wants(.connector) else {
      encoding.run(observer: observer)
      return nil
    }
    let features = images.map { ImageFeatures($0, encoder, bridge.joint.features) }
    encoding.run(observer: observer) { features[$0].observer }
    return VisualFeatures(features, bridge, isNoise: isNoise)
  }
}
