package import LatentLensComponents
package import LatentLensModels
internal import LatentLensTensors

/// A pass of a vision encoder over images, which knows nothing of words.
package struct EncoderPass: Sendable {
  private let encoder: any VisionEncoder
  private let images: [PixelValues]

  /// A pass of a model's encoder over images that it sees.
  package init(_ sight: SightHalf, images: [CheckedImage]) {
    self.init(sight.encoder, images: images.map(\.pixels))
  }

  /// A pass of an encoder over pixels that it takes.
  package init(_ encoder: any VisionEncoder, images: [PixelValues]) {
    self.encoder = encoder
    self.images = images
  }

  /// Shows `pixels`, `vision(i)` and, where the encoder has a norm behind its last block, `visionNorm`; runs
  /// no deeper than somebody looks.
  ///
  /// Images are encoded one by one. A stage is shown once, with the rows of all images, one image after the
  /// other.
  package func run(observer: StageObserver) {
    run(observer: observer) { _ in .none }
  }

  /// - Parameter own: who looks at the states of a single image, beside the observer of all images.
  func run(observer: StageObserver, own: (_ image: Int) -> StageObserver) {
    if observer.wants(.pixels) { observer(.pixels, pixels) }
    let gathering = StageGathering()
    let shared = images.count == 1 ? observer : gathering.observer(for: observer)
    for (index, pixels) in images.enumerated() {
      encode(pixels, observer: shared.joined(with: own(index)))
    }
    gathering.show(to: observer)
  }

  /// The shape in which a stage is shown; nil where the pass has no such stage.
  func shape(of stage: Stage) -> [Int]? {
    switch stage {
    case .pixels: return pixelShape
    case .vision(0...encoder.blockCount): return [rowCount, encoder.width]
    case .visionNorm where encoder.finalNorm != nil: return [rowCount, encoder.width]
    default: return nil
    }
  }

  private var rowCount: Int { images.reduce(0) { $0 + encoder.rowCount(for: $1) } }

  private func encode(_ pixels: PixelValues, observer: StageObserver) {
    let count = encoder.blockCount
    let norm = observer.wants(.visionNorm) ? encoder.finalNorm : nil
    let deepest = observer.deepest(of: Stage.vision, blockCount: count)
    guard let depth = norm == nil ? deepest : count else { return }
    let last = encoder.encode(pixels, through: depth, observer: observer)
    if let norm { observer(.visionNorm, norm(last)) }
  }

  /// The stages of the encoder, in order: its residual stream, then what its last norm makes of it.
  var stages: [Stage] {
    (0...encoder.blockCount).map(Stage.vision) + (encoder.finalNorm == nil ? [] : [.visionNorm])
  }

  /// The pixels of all images as rows.
  private var pixels: Matrix {
    Matrix(rows: pixelShape[0], columns: pixelShape[1], values: images.flatMap(\.values))
  }

  /// As many values in a row as the images' own rows have; a single one where these differ.
  private var pixelShape: [Int] {
    let lengths = Set(images.compactMap { $0.shape.last })
    let columns = lengths.count == 1 ? max(1, lengths.first ?? 1) : 1
    return [images.reduce(0) { $0 + $1.values.count } / columns, columns]
  }
}
