internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensKernels
package import LatentLensLenses
package import LatentLensModels
internal import LatentLensTensors

/// Proving a model: its geometry, its lenses, and its parity with the reference implementation.
package struct Verification: Sendable {
  /// How far a stage is from the reference.
  package struct Deviation: Sendable {
    /// The stage's name, as its tensor has it.
    package let name: String
    /// The largest difference over the largest magnitude; infinite where a number is none.
    package let figure: Double
    package let bound: Double

    package var passed: Bool { figure <= bound }
  }

  package let checks: [Check]
  /// Stages in the order of the forward pass; empty without golden tensors.
  package let stages: [Deviation]

  /// The first stage that deviates.
  package var firstDeviation: Deviation? { stages.first { !$0.passed } }

  package var passed: Bool { checks.allSatisfy(\.passed) && firstDeviation == nil }

  /// - Parameter golden: a folder with `inputs.safetensors` and `expected.safetensors`.
  package init(_ model: Model, golden: String?) throws {
    checks = try Self.checks(model)
    stages = try golden.map { try GoldenFolder($0, model).compare() } ?? []
  }

  /// What has to hold for any model.
  private static func checks(_ model: Model) throws -> [Check] {
    var checks: [Check] = []
    if case .whole(let whole) = model, case .success = whole.sight.processor {
      // Gradients are resampled without bias away from the borders, so that a few levels are enough.
      checks.append(
        Check(
          name: "every patch shows what lies under its polygon on the picture (8-bit levels)",
          figure: try GeometryProbe(whole).worstError, bound: 3))
    }
    guard case .success(let text) = Result(catching: { () throws(HostError) in try model.text() })
    else { return try checks + [finiteness(model, ids: [])] }
    let probe = DecoderProbe(text, model.identity)
    checks.append(try finiteness(model, ids: probe.ids))
    let resources = LensResources(decoder: text.decoder, compute: model.identity.compute)
    for lens in Lens.all where lens.needs == .nothing && !lens.isCalibrated {
      checks.append(try lens.make(resources).check(probe))
    }
    return checks
  }

  private static func finiteness(_ model: Model, ids: [Int]) throws -> Check {
    let complaint = try FiniteProbe(model, ids: ids).complaint
    let name = "everything that comes by is a number"
    return Check(
      name: complaint.map { "\(name): \($0)" } ?? name, figure: complaint == nil ? 0 : .infinity,
      bound: 0)
  }

  /// The findings, for people.
  package var text: String {
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
