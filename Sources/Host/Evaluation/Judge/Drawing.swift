internal import Foundation
internal import LatentLensFormats
internal import LatentLensImaging

/// Draws what a judge sees; keeps the picture and the region that came last, since the next is mostly the same.
struct Drawing {
  private let models: [ReadModel]
  private var part: (model: Int, picture: Int, part: SeenPart)?
  private var drawn: (patch: Place, pictures: (whole: RGBImage, detail: RGBImage))?
  private var lastDigests: Texts?
  private var lastFiles: Texts?

  /// What stands for both pictures of a patch.
  private typealias Texts = (patch: Place, texts: (whole: String, detail: String))

  private struct Place: Equatable {
    let model: Int
    let picture: Int
    let center: Int
  }

  init(_ models: [ReadModel]) { self.models = models }

  /// The digests of both pictures' pixels.
  mutating func digests(
    _ model: Int, _ patch: JudgedPatch
  ) throws -> (whole: String, detail: String) {
    try texts(\.lastDigests, model, patch, Self.digest)
  }

  /// The addresses of both pictures, which hold them.
  mutating func files(
    _ model: Int, _ patch: JudgedPatch
  ) throws -> (whole: String, detail: String) {
    try texts(\.lastFiles, model, patch, Self.address)
  }

  private mutating func texts(
    _ last: WritableKeyPath<Drawing, Texts?>, _ model: Int, _ patch: JudgedPatch,
    _ text: (RGBImage) -> String
  ) throws -> (whole: String, detail: String) {
    let place = Place(model: model, picture: patch.picture, center: patch.region.center)
    if let kept = self[keyPath: last], kept.patch == place { return kept.texts }
    let (whole, detail) = try pictures(place, patch)
    let made = (whole: text(whole), detail: text(detail))
    self[keyPath: last] = (place, made)
    return made
  }

  private mutating func pictures(
    _ place: Place, _ patch: JudgedPatch
  ) throws -> (whole: RGBImage, detail: RGBImage) {
    if let drawn, drawn.patch == place { return drawn.pictures }
    let part =
      try self.part.flatMap { part in
        (part.model, part.picture) == (place.model, place.picture) ? part.part : nil
      } ?? SeenPart(of: models[place.model].pictures[place.picture])
    self.part = (place.model, place.picture, part)
    let pictures = part.pictures(of: patch.region)
    drawn = (place, pictures)
    return pictures
  }

  private static func digest(of picture: RGBImage) -> String {
    var hash = SHA256()
    hash.update("\(picture.width) x \(picture.height)\n")
    hash.update(picture.pixels)
    return "sha256:" + hash.finalize()
  }

  private static func address(of picture: RGBImage) -> String {
    "data:image/png;base64," + Data(picture.png()).base64EncodedString()
  }
}
