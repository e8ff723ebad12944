internal import LatentLensIndexing
internal import LatentLensKernels
internal import LatentLensTensors

/// What heavy work will take, told before it begins.
///
/// Plans are made from configurations, the headers of weight files, `tokenizer.json`, the corpus, and the
/// first picture's size: no weight is read, and no picture decoded.
package struct Plan: Sendable, CustomStringConvertible {
  /// Rows of the index that will be built; nil if none is.
  package var rows: Int?
  /// About how many rows a search will have to compute again for each query; nil for other work, and for a search that
  /// computes all of them anyway.
  package var rescans: Int?
  /// Bytes that will be written.
  package var diskBytes = 0
  /// Bytes of memory at the peak: activations and results. Weights and indices are mapped, and the
  /// system takes their pages back when it needs them.
  package var memoryBytes = 0
  /// Multiplications and additions.
  package var operations = 0.0
  /// Operations per second that this machine was just measured to do.
  package var rate: Double

  package var seconds: Double { operations / rate }

  package var description: String {
    var lines: [String] = []
    if let rows { lines.append("rows        \(rows)") }
    if let rows, let rescans {
      lines.append("looked at   about \(rescans) of \(rows) rows a second time, for each query")
    }
    lines.append("disk        \(byteText(diskBytes))")
    lines.append("memory      \(byteText(memoryBytes)) beside the mapped weights and index")
    lines.append("time        about \(Self.span(seconds)) (\(Int(rate / 1e9)) Gop/s measured)")
    return lines.joined(separator: "\n")
  }

  /// Work that comes after this: files and time add up, memory is needed one after the other.
  mutating func add(_ next: Plan) {
    if let rows = next.rows { self.rows = (self.rows ?? 0) + rows }
    diskBytes += next.diskBytes
    operations += next.operations
    memoryBytes = max(memoryBytes, next.memoryBytes)
  }

  private static func span(_ seconds: Double) -> String {
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
