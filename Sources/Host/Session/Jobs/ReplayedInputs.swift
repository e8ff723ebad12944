internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensModels

/// Tensors that were captured elsewhere and are to be replayed exactly.
struct ReplayedInputs {
  let path: String
  let ids: [Int]?
  /// The images, whose pixels the encoder takes.
  let images: [PreparedImage]

  init(contentsOf path: String, for model: Model) throws {
    self.path = path
    let file = try CapturedFile(contentsOf: path)
    ids = try file.tokens("token_ids")
    let captured = try file.images()
    images =
      captured.isEmpty
      ? [] : try captured.map { try Self.replay($0, path: path, with: Self.sight(model, path)) }
    try file.requireNothingElse(for: model.identity.source)
  }

  private static func sight(_ model: Model, _ path: String) throws(HostError) -> SightHalf {
    if case .decoder(let decoder) = model {
      throw HostError(
        "\(path): has `pixel_values`, but \(decoder.identity.source) has no vision encoder")
    }
    return try model.sight()
  }

  /// The image as the model's processor would have made it.
  private static func replay(
    _ image: CapturedImage, path: String, with sight: SightHalf
  ) throws(HostError) -> PreparedImage {
    let prepared: PreparedImage
    do {
      switch sight.processor {
      case .success(let processor): prepared = try processor.replay(image)
      case .failure: prepared = PreparedImage(try pixels(of: image))
      }
    } catch {
      throw HostError("\(path): \(error)")
    }
    do {
      try sight.encoder.check(prepared.pixels)
    } catch {
      throw HostError("\(path): `pixel_values` \(image.pixels.shape): \(error)")
    }
    return prepared
  }

  /// The pixels of an image, where no processor tells how they were made: patches of which a raster is told,
  /// in the order that transformers' own processors give them by default, or else whole crops.
  private static func pixels(of image: CapturedImage) throws(ImageObjection) -> PixelValues {
    // The side of a patch is only for places on the picture, which nobody knows here.
    image.pixels.shape.count == 2 ? try image.patches(ofSide: 1, block: 2) : try image.planes()
  }

  /// The pass that replays the tensors: over tokens where there are any, and else over images alone.
  func pass(of model: Model) throws(HostError) -> StagePass {
    if let ids {
      try requireKnown(ids, to: model)
      guard case .whole(let whole) = model else {
        return .reading(try ForwardPass(model, ids: ids))
      }
      var inputs: [VisualInput] = []
      for image in images.flatMap(\.pictures) {
        inputs.append(try whole.arrange(image, path: path))
      }
      return .reading(try ForwardPass(whole, ids: ids, images: inputs, source: path))
    }
    guard !images.isEmpty else {
      throw HostError(
        "\(path): \(model.identity.source) needs token_ids for a decoder, or pixel_values for an "
          + "encoder")
    }
    return .seeing(EncoderPass(try model.sight().encoder, images: images.map(\.pixels)))
  }
}

extension ReplayedInputs {
  /// Makes sure that tokens are of a model's vocabulary.
  private func requireKnown(_ ids: [Int], to model: Model) throws(HostError) {
    let known = 0..<(try model.vocabularySize())
    if let place = ids.firstIndex(where: { !known.contains($0) }) {
      throw HostError(
        "\(path): `token_ids` has \(ids[place]) at place \(place), but \(model.identity.source) knows the "
          + "tokens below \(known.count)")
    }
  }
}

extension PreparedImage {
  /// Whole crops of which nothing tells how they were cut from one picture are a picture each.
  fileprivate var pictures: [PreparedImage] {
    guard layout is NoLayout, case .planes(let crops, let height, let width) = pixels.layout,
      crops > 1
    else { return [self] }
    let size = pixels.values.count / crops
    return (0..<crops).map { crop in
      let values = pixels.values[crop * size..<(crop + 1) * size]
      return PreparedImage(
        PixelValues(.planes(crops: 1, height: height, width: width), values: Array(values)))
    }
  }
}
