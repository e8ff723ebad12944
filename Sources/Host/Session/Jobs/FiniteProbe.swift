internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensModels

/// Sends a picture and a text through a model and asks whether everything that comes by is a number.
struct FiniteProbe {
  /// The first stage that holds a NaN, an infinity or what is no better, as a sentence; nil where all are numbers.
  let complaint: String?

  /// - Parameter ids: the text, in the decoder's own vocabulary; none for an encoder alone.
  init(_ model: Model, ids: [Int]) throws {
    let watch = FinitenessWatch(of: model.identity.source)
    let observer = watch.observer()
    switch model {
    case .whole(let whole): try Self.see(whole, observer)
    case .encoder(let encoder): try Self.see(encoder.sight, observer)
    case .decoder: break
    }
    if watch.failure == nil, !ids.isEmpty {
      try ForwardPass(text: model.text(), identity: model.identity, ids: ids)
        .run(observer: observer)
    }
    complaint = watch.failure?.description
  }

  private static let picture = GeometryProbe.gradient(width: 64, height: 48)

  /// Shows what an encoder and a connector make of a picture; no decoder reads it.
  private static func see(_ model: VisionLanguage, _ observer: StageObserver) throws {
    guard case .success = model.sight.processor else { return }
    let image = try model.see(picture, path: "a gradient")
    let half = VisualHalf(
      encoder: model.sight.encoder, bridge: model.bridge, images: [image.input], isNoise: false)
    if let features = half.run(observer: observer, isRead: false) {
      observer(.connector, features.tokens())
    }
  }

  /// Shows what an encoder makes of a picture.
  private static func see(_ sight: SightHalf, _ observer: StageObserver) throws {
    guard case .success = sight.processor else { return }
    EncoderPass(sight, images: [try sight.see(picture, path: "a gradient")])
      .run(observer: observer)
  }
}
