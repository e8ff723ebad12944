public import Components
internal import Imaging
internal import Kernels

/// An image, ready for a model's encoder, and the way back to its pixels.
public struct VisualInput: Sendable {
  public let path: String
  public let imageWidth: Int
  public let imageHeight: Int
  public let pixels: PixelValues
  /// Where each visual token lies; none where the pixels did not come from an image.
  public let tokens: [VisualToken]
}

/// A visual token's place; a text token has none, and CLS and register tokens have neither.
public struct VisualToken: Sendable, Equatable {
  /// The row in the raster of patches; -1 where there is no place.
  public let row: Int
  public let column: Int
  /// The corners of its patch on the original image, in pixels: x0, y0, x1, y1, …
  public let polygon: [Double]
  /// The text of a text token.
  public let text: String?

  init(row: Int, column: Int, polygon: [Double]) {
    self.row = row
    self.column = column
    self.polygon = polygon
    text = nil
  }

  /// A token without a place on the picture.
  init(text: String?) {
    row = -1
    column = -1
    polygon = []
    self.text = text
  }
}

extension Model {
  /// Reads and preprocesses an image as the model's own processor says.
  public func see(_ path: String) throws -> VisualInput {
    let (vision, bridge, processor) = try requireVision()
    let image = try RGBImage(
      contentsOf: path, orientation: orientation == .exif ? .exif : .asStored)
    let processed = try processor(image, path: path)
    let pixels = PixelValues(
      shape: [3, processed.height, processed.width], values: processed.values)
    if let reason = vision.encoder.objection(to: pixels) {
      throw HostError(
        "\(path): preprocessing gives \(pixels.shape) pixels, but the encoder does not take them: "
          + "\(reason); check preprocessor_config.json")
    }
    let grid = vision.encoder.grid(for: pixels)
    var tokens: [VisualToken] = []
    for row in 0..<grid.rows {
      for column in 0..<grid.columns {
        let corners = processed.geometry.polygon(
          x: column * grid.patchSize, y: row * grid.patchSize, width: grid.patchSize,
          height: grid.patchSize)
        tokens.append(
          VisualToken(row: row, column: column, polygon: corners.flatMap { [$0.x, $0.y] }))
      }
    }
    // Prefix tokens that are kept stand in front of the patches and belong to no place.
    let prefix = bridge.features.keepsPrefix ? vision.encoder.prefixTokenCount : 0
    return VisualInput(
      path: path, imageWidth: image.width, imageHeight: image.height, pixels: pixels,
      tokens: Array(repeating: VisualToken(text: nil), count: prefix) + tokens)
  }

  /// Runs the encoder and the connector: the visual tokens `[tokens, hiddenSize]`.
  ///
  /// - Parameter observe: sees the encoder's layers, CLS and register tokens included.
  func visualTokens(
    of pixels: PixelValues, observing observe: HiddenStateObserver = { _, _ in }
  ) -> Matrix {
    guard let vision, let bridge = vision.bridge else {
      preconditionFailure("only a vision-language model has visual tokens")
    }
    let encoder = vision.encoder
    let wanted = bridge.features.absoluteLayers(blockCount: encoder.blockCount)
    let skipped = bridge.features.keepsPrefix ? 0 : encoder.prefixTokenCount
    let gathered = FeatureGatherer(layers: wanted)
    encoder.encode(pixels, through: encoder.blockCount) { layer, state in
      observe(layer, state)
      gathered.take(layer, state.rows(skipped..<state.rows))
    }
    return bridge.connector.project(gathered.joined())
  }
}

/// Keeps the encoder layers that feed the connector, and joins them in the order asked for.
private final class FeatureGatherer {
  private let layers: [Int]
  private var states: [Int: [Float]] = [:]
  private var rows = 0

  init(layers: [Int]) { self.layers = layers }

  func take(_ layer: Int, _ state: consuming Matrix) {
    guard layers.contains(layer) else { return }
    rows = state.rows
    states[layer] = state.values()
  }

  func joined() -> Matrix {
    var features = state(layers[0])
    for layer in layers.dropFirst() {
      features = Matrix(joiningColumns: features, state(layer))
    }
    return features
  }

  private func state(_ layer: Int) -> Matrix {
    guard let values = states[layer] else {
      preconditionFailure("the encoder has no layer \(layer)")
    }
    return Matrix(rows: rows, columns: values.count / max(rows, 1), values: values)
  }
}
