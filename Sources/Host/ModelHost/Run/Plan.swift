internal import LatentLensComponents
internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensTensors

/// What heavy work will take, told before it begins.
public struct Plan: Sendable, CustomStringConvertible {
  /// Rows of the index that will be built; nil if none is.
  public var rows: Int?
  /// Bytes that will be written.
  public var diskBytes: Int
  /// Bytes of memory at the peak: activations and results. Weights and indices are mapped, and the
  /// system takes their pages back when it needs them.
  public var memoryBytes: Int
  /// Multiplications and additions.
  public var operations: Double
  /// Operations per second that this machine was just measured to do.
  public var rate: Double

  public var seconds: Double { operations / rate }

  public var description: String {
    var lines: [String] = []
    if let rows { lines.append("rows        \(rows)") }
    lines.append("disk        \(Self.size(diskBytes))")
    lines.append("memory      \(Self.size(memoryBytes)) beside the mapped weights and index")
    lines.append("time        about \(Self.span(seconds)) (\(Int(rate / 1e9)) Gop/s measured)")
    return lines.joined(separator: "\n")
  }

  static func size(_ bytes: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let rounded = (value * 10).rounded() / 10
    return "\(unit == 0 ? String(bytes) : String(rounded)) \(units[unit])"
  }

  static func span(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// Operations per second of a product of ordinary size, tried for a moment.
  static func measuredRate(_ compute: Compute) -> Double {
    let width = 1024
    let weight = Weight(
      name: "probe", floats: Array(repeating: 0.5, count: width * width), shape: [width, width])
    let layer = Linear(weight, compute: compute)
    let x = Matrix(rows: 256, columns: width)
    _ = layer(x)
    let clock = ContinuousClock()
    var runs = 0
    let elapsed = clock.measure {
      repeat {
        _ = layer(x)
        runs += 1
      } while runs < 8
    }
    let seconds = Double(elapsed.components.attoseconds) / 1e18 + Double(elapsed.components.seconds)
    return Double(runs) * 2 * 256 * Double(width * width) / max(seconds, 1e-6)
  }
}

extension IndexBuild {
  /// What building this index will take.
  public var plan: Plan {
    let width = model.decoder?.hiddenSize ?? 0
    let widest = 4 * width
    let depth = Double(layers.last ?? 0) / Double(max(model.decoder?.blockCount ?? 1, 1))
    return Plan(
      rows: rows, diskBytes: bytes + tokenTableBytes,
      memoryBytes: Self.batchTokens * 4 * (4 * width + 2 * widest) + tokenTableBytes,
      operations: 2 * Double(tokens) * Double(model.decoderParameters) * depth,
      rate: Plan.measuredRate(model.compute))
  }

  private var tokenTableBytes: Int {
    12 * rows + corpus.sentences.reduce(0) { $0 + $1.utf8.count + 8 }
  }
}

extension RunJob {
  /// What the whole run will take.
  public func plan() throws -> Plan {
    var plan = Plan(
      rows: nil, diskBytes: 0, memoryBytes: 0, operations: 0,
      rate: Plan.measuredRate(Compute(threads: loader.threads)))
    for source in manifest.models {
      let model = try loader.load(source)
      let decoder = try model.requireDecoder()
      if case .build(let corpus, let options)? = manifest.index, manifest.lenses.contains(.latent) {
        let build = try IndexBuild(model, corpus: Corpus(contentsOf: corpus), options: options).plan
        plan.rows = (plan.rows ?? 0) + (build.rows ?? 0)
        plan.diskBytes += build.diskBytes
        plan.operations += build.operations
        plan.memoryBytes = max(plan.memoryBytes, build.memoryBytes)
      }
      guard let first = manifest.images.first else { continue }
      let pass = try ForwardPass(model, image: model.see(first), prompt: manifest.prompt)
      let layers = try manifest.layers.layers(blockCount: decoder.blockCount, hasConnector: true)
      let queries = layers.count * pass.layout.visualPositions.count
      let images = Double(manifest.images.count)
      plan.operations +=
        images * 2 * Double(pass.layout.ids.count) * Double(model.decoderParameters)
      let compared = Double(decoder.vocabularySize) * 2 + Double(plan.rows ?? 0) * 8
      plan.operations += images * 2 * Double(queries) * compared * Double(decoder.hiddenSize)
      let found = queries * manifest.topK * manifest.lenses.count
      plan.diskBytes += manifest.images.count * found * 16 * 2
      plan.memoryBytes = max(
        plan.memoryBytes, queries * decoder.hiddenSize * 8 + manifest.images.count * found * 40)
    }
    return plan
  }
}
