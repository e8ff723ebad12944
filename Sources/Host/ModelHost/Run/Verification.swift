internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensTensors
internal import LatentLensTokenization

/// Proving a model: its geometry, its lenses, and its parity with the reference implementation.
public struct Verification: Sendable {
  /// A thing that was looked at.
  public struct Stage: Sendable {
    public let name: String
    public let figure: Double
    public let bound: Double

    public var passed: Bool { figure <= bound }
  }

  public let checks: [Check]
  /// Stages in the order of the forward pass; empty without golden tensors.
  public let stages: [Stage]

  /// The first stage that deviates.
  public var firstDeviation: Stage? { stages.first { !$0.passed } }

  public var passed: Bool { checks.allSatisfy(\.passed) && firstDeviation == nil }

  /// The largest difference over the largest magnitude that an arithmetic is allowed.
  private static func bound(_ precision: Compute.Precision) -> Double {
    switch precision {
    case .f32: 1e-4
    case .bf16: 2e-2
    }
  }

  /// - Parameter golden: a folder with `inputs.safetensors` and `expected.safetensors`.
  public init(_ model: Model, golden: String?) throws {
    var checks: [Check] = []
    if let vision = model.vision, vision.bridge != nil, model.imageProcessor != nil {
      checks.append(try Self.geometryCheck(model))
    }
    if let decoder = model.decoder {
      let probe = try Self.probe(model, decoder)
      let selfChecks = try SelfChecks(model, probe: probe)
      checks.append(
        try selfChecks.logitLensAgrees(
          LogitLens(head: decoder.head, softCap: decoder.logitSoftCap) { decoder.normalize($0) }))
      checks.append(
        selfChecks.embeddingLensFindsItself(
          EmbeddingLens(embedding: decoder.embedding, compute: model.compute)))
    }
    self.checks = checks
    stages = try golden.map { try Self.compare(model, with: $0) } ?? []
  }

  /// Some tokens spread over the vocabulary.
  private static func probe(_ model: Model, _ decoder: any LanguageDecoder) throws -> [Int] {
    if let tokenizer = model.tokenizer {
      return tokenizer.encode("A red boat lies on the beach, under two white clouds.")
    }
    let count = decoder.embedding.count
    return (0..<16).map { $0 * (count - 1) / 15 }
  }

  /// Gradients are resampled without bias away from the borders, so that a few levels are enough.
  private static func geometryCheck(_ model: Model) throws -> Check {
    Check(
      name: "every patch shows what lies under its polygon on the picture (8-bit levels)",
      figure: try GeometryProbe(model).worstError, bound: 3)
  }

  /// Replays the inputs and compares each state as it comes by.
  private static func compare(_ model: Model, with folder: String) throws -> [Stage] {
    let inputs = try ReplayedInputs(contentsOf: "\(folder)/inputs.safetensors", for: model)
    let expected = try SafetensorsFile(contentsOf: "\(folder)/expected.safetensors").tensors
    let rows = expected["rows"]?.integers().map { Int($0) }
    let bound = bound(model.compute.precision)
    var stages: [Stage] = []
    func look(_ name: String, _ state: borrowing Matrix) {
      guard let tensor = expected[name] else { return }
      let isPartial = rows != nil && (name.hasPrefix("hidden.") || name == "logits")
      let found = isPartial ? state.gather(rows ?? []).values() : state.values()
      stages.append(Stage(name: name, figure: deviation(found, tensor.floats()), bound: bound))
    }
    if let pixels = inputs.pixels, let seen = try goldenPixels(model, folder) {
      let figure = deviation(seen.values, pixels.values)
      stages.append(Stage(name: "pixels", figure: figure, bound: Self.bound(.f32)))
    }
    var observer = ForwardPass.Observer()
    observer.vision = { look("vision.\($0)", $1) }
    observer.connector = { look("connector", $0) }
    observer.decoder = { look("hidden.\($0)", $1) }
    if let ids = inputs.ids, let decoder = model.decoder {
      let pass = try ForwardPass(
        model, ids: ids, pixels: inputs.pixels, source: "\(folder)/inputs.safetensors")
      let normed = decoder.normalize(pass.run(observing: observer))
      look("hidden.norm", normed)
      if expected["logits"] != nil { look("logits", decoder.logits(ofNormalized: normed)) }
    } else if let pixels = inputs.pixels, let encoder = model.vision?.encoder {
      encoder.encode(pixels, through: encoder.blockCount) { look("vision.\($0)", $1) }
    }
    guard !stages.isEmpty else {
      throw HostError("\(folder): holds no tensor that this model shows")
    }
    return stages
  }

  /// The golden image through the model's own preprocessing; nil where the folder names none.
  private static func goldenPixels(_ model: Model, _ folder: String) throws -> PixelValues? {
    let file = "\(folder)/golden.json"
    guard PathKind(of: file) == .file, let image = try JSONNode(contentsOf: file)["image"] else {
      return nil
    }
    return try model.see(ManifestPath.resolve(image)).pixels
  }

  /// The largest difference over the largest magnitude.
  static func deviation(_ found: [Float], _ expected: [Float]) -> Double {
    guard found.count == expected.count else { return .infinity }
    var worst: Float = 0
    var largest: Float = 0
    for (x, y) in zip(found, expected) {
      // A NaN is no small difference.
      guard x.isFinite else { return .infinity }
      worst = max(worst, abs(x - y))
      largest = max(largest, abs(y))
    }
    return Double(worst / max(largest, .leastNormalMagnitude))
  }

  /// The findings, for people.
  public var text: String {
    var table = TextTable(["", "check or stage", "figure", "bound"])
    for check in checks { table.add(Self.row(check.name, check.figure, check.bound)) }
    for stage in stages { table.add(Self.row(stage.name, stage.figure, stage.bound)) }
    let verdict =
      firstDeviation.map { "the first stage that deviates is \($0.name)" }
      ?? (passed ? "all hold" : "some checks do not hold")
    return table.text + "\n\n" + verdict
  }

  private static func row(_ name: String, _ figure: Double, _ bound: Double) -> [String] {
    [figure <= bound ? "ok" : "FAILED", name, Self.short(figure), Self.short(bound)]
  }

  private static func short(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return number == 0 ? "0" : "\(number)" }
    return String(format: "%.1e", number)
  }
}
