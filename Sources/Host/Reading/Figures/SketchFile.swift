internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensTensors

/// The sketches of a run's models in a file, in the order of the results: `0.places` and `0.hidden.4` are of the first.
enum SketchFile {
  /// Begins the file; it takes its name when it is finished.
  static func begin(_ sketches: [StateSketch?], at path: String) throws(FileError)
    -> SafetensorsWriter
  {
    let kept = sketches.enumerated().compactMap { number, sketch in sketch.map { (number, $0) } }
    var pictures: [String] = []
    for place in kept.flatMap(\.1.places) where !pictures.contains(place.picture) {
      pictures.append(place.picture)
    }
    let writer = try SafetensorsWriter(
      path: path,
      tensors: kept.flatMap { number, sketch in
        let count = sketch.places.count
        return [SafetensorsWriter.Declaration("\(number).places", .i32, [count, 2])]
          + sketch.products.keys.sorted().map {
            .init("\(number).\($0.tensorName)", .f32, [count, count])
          }
      },
      metadata: [("pictures", pictures.joined(separator: " "))])
    for (_, sketch) in kept {
      try writer.write(
        sketch.places.flatMap { place in
          [Int32(pictures.firstIndex(of: place.picture) ?? 0), Int32(place.cell)]
        })
      for stage in sketch.products.keys.sorted() { try writer.write(sketch.products[stage] ?? []) }
    }
    return writer
  }

  /// The sketch of each of some models, by their layers; nil for one that has none.
  ///
  /// - Throws: `SafetensorsError` for what is no such file, `FileError` for one of other results.
  static func read(_ path: String, layers: [[Stage]]) throws -> [StateSketch?] {
    let file = try SafetensorsFile(contentsOf: path)
    let pictures = (file.metadata["pictures"] ?? "").split(separator: " ").map(String.init)
    return try layers.enumerated().map { number, layers in
      guard let stored = file.tensors["\(number).places"] else { return nil }
      let numbers = stored.integers().map(Int.init)
      let places = try stride(from: 1, to: numbers.count, by: 2).map { index in
        guard pictures.indices.contains(numbers[index - 1]) else { throw damaged(path) }
        return StateSketch.Place(picture: pictures[numbers[index - 1]], cell: numbers[index])
      }
      var products: [Stage: [Float]] = [:]
      for layer in layers {
        guard let tensor = file.tensors["\(number).\(layer.tensorName)"] else { continue }
        guard tensor.shape == [places.count, places.count] else { throw damaged(path) }
        products[layer] = tensor.floats()
      }
      return StateSketch(places: places, products: products)
    }
  }

  private static func damaged(_ path: String) -> FileError {
    FileError(path: path, reason: "is not of these results; remove it, or run again")
  }
}
