internal import LatentLensFormats
internal import LatentLensImaging

/// Which pictures of several runs are the same: those of one file, and copies that are stored another way, as one
/// that is turned by its EXIF tag is of one that stands upright.
struct SamePictures {
  /// What stands for a picture in all runs, by the digest of its file.
  private var standing: [String: String] = [:]

  private struct Small {
    let pixels: [UInt8]

    /// Upright, and small enough for what JPEG loses not to matter.
    static let side = 32

    init?(_ bytes: [UInt8]) {
      guard let picture = try? RGBImage(decoding: bytes, orientation: .exif) else { return nil }
      pixels = picture.resized(width: Self.side, height: Self.side, .bilinear).pixels
    }

    /// Whether both differ by what storing them again does, and no more.
    func isLike(_ other: Small) -> Bool {
      var sum = 0
      for (one, other) in zip(pixels, other.pixels) {
        let difference = abs(Int(one) - Int(other))
        guard difference <= 12 else { return false }
        sum += difference
      }
      return sum <= 2 * pixels.count
    }
  }

  /// - Parameters:
  ///   - perModel: the pictures of each model; those of the first stand for the others.
  ///   - shelf: where their files are. One that is not found is like no other.
  init(_ perModel: [[FinishedSheet]], _ shelf: inout PictureShelf) throws {
    let first = try (perModel.first ?? []).map { try Seen($0) }
    for seen in first { standing[seen.digest] = seen.digest }
    var made: [String: Small?] = [:]
    func small(_ digest: String) -> Small? {
      if let known = made[digest] { return known }
      let new = (try? shelf.data(digest)).flatMap { Small([UInt8]($0)) }
      made[digest] = .some(new)
      return new
    }
    for seen in try perModel.dropFirst().joined().map({ try Seen($0) })
    where standing[seen.digest] == nil {
      standing[seen.digest] = seen.digest
      for other in first where other.width == seen.width && other.height == seen.height {
        guard let one = small(seen.digest), let another = small(other.digest), one.isLike(another)
        else { continue }
        standing[seen.digest] = other.digest
        break
      }
    }
  }

  /// A picture as a model has seen it.
  private struct Seen {
    let digest: String
    let width: Int
    let height: Int

    init(_ sheet: FinishedSheet) throws(JSONError) {
      digest = try sheet.node.required("sha256").string()
      guard let size = sheet.size else { throw sheet.node.error("is no picture") }
      (width, height) = size
    }
  }

  /// What stands for a picture, with its size: one that was seen turned lies elsewhere than as it is stored.
  func key(_ sheet: FinishedSheet) throws(JSONError) -> String {
    let seen = try Seen(sheet)
    return "\(standing[seen.digest] ?? seen.digest) \(seen.width)x\(seen.height)"
  }

  /// The places of states on the pictures that stand for theirs.
  func moved(_ sketch: StateSketch?) -> StateSketch? {
    sketch.map { sketch in
      StateSketch(
        places: sketch.places.map {
          .init(picture: standing[$0.picture] ?? $0.picture, cell: $0.cell)
        }, products: sketch.products)
    }
  }
}
