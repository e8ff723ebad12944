internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensLenses
internal import LatentLensModels

/// What a finished run says of one of its models, so that it can be done again.
struct RecordedModel {
  let name: String
  let stages: [Stage]
  /// Nil takes the model's own.
  let prompt: String?
  /// Whether the text around pictures was read, too.
  let readsText: Bool
  /// The lenses that it was read through, as far as they are known here.
  let lenses: [Lens]
  /// The pictures on which lenses were calibrated.
  let calibration: [String]
  /// Where the index is that was used; nil where none was.
  let indexPath: String?
  private let weights: String
  private let images: [JSONNode]
  private let path: String

  /// - Parameters:
  ///   - node: the model in the results.
  ///   - asked: what was asked for.
  ///   - names: the layers to look at; none for all that were read.
  init(_ node: JSONNode, asked: JSONNode, layers names: [String], in run: FinishedRun) throws {
    path = run.path
    name = try node.required("name").string()
    prompt = try asked["prompt"]?.string()
    readsText = try asked["tokens"]?.string() == Request.TokenSelection.all.rawValue
    images = try node.required("images").elements()
    lenses = try node.required("lenses").elements().compactMap { lens in
      let name = try lens.required("name").string()
      return Lens.all.first { $0.name == name }
    }
    calibration = try asked["calibration"]?.elements().map { try $0.string() } ?? []
    let provenance = try node.required("provenance")
    weights = try provenance.required("weights").string()
    let layers = try LayerSelection(asked.required("layers").string())
    stages = try layers.stages(
      blockCount: node.required("blocks").integer(), hasConnector: !images.isEmpty && !readsText
    ).filter { names.isEmpty || names.contains($0.layerName) }
    indexPath = try provenance["index"].map {
      try Self.index(of: $0.string(), named: asked["index"]?["path"]?.string(), in: run)
    }
  }

  /// The index whose description has a digest: that which the run was given, or has built.
  static func index(of digest: String, named: String?, in run: FinishedRun) throws -> String {
    let built = (try? FileManager.default.contentsOfDirectory(atPath: run.folder).sorted()) ?? []
    let places =
      (named.map { [$0] } ?? [])
      + built.filter { $0.hasSuffix(".index") }.map { "\(run.folder)/\($0)" }
    for place in places {
      let description = "\(place)/\(IndexDescription.fileName)"
      guard PathKind(of: description) == .file else { continue }
      if "sha256:" + (try SHA256.digest(ofFile: description)) == digest { return place }
    }
    throw HostError(
      "\(run.path): the index that the run has used is not there any more, or is another by now; run it "
        + "again")
  }

  var pictureCount: Int { images.count }

  func pictureName(_ number: Int) throws -> String { try images[number].required("name").string() }

  /// The path of a picture.
  ///
  /// - Throws: `HostError` where it is another by now.
  func picture(_ number: Int) throws -> String {
    let place = try images[number].required("path").string()
    guard try SHA256.digest(ofFile: place) == images[number].required("sha256").string() else {
      throw HostError("\(place): is another picture than the run has read; run it again")
    }
    return place
  }

  /// Makes sure that a model is the one that was read with.
  func requireSame(_ model: Model) throws(HostError) {
    guard model.identity.weightsFingerprint.value() == weights else {
      throw HostError(
        "\(model.identity.source): has other weights than \(name) in \(path); run it again")
    }
  }
}
