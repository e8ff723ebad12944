import CLatentLensKernels
import Foundation
import LatentLensKernels
import LatentLensTensors
import Testing

/// The arrays of a file under `Tests/Fixtures/kernels`, which `make.py` there wrote.
struct Fixture {
  private let arrays: [String: [Float]]

  init(_ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.appending(path: "../Fixtures/kernels/\(name).txt")
    var arrays: [String: [Float]] = [:]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ")
      arrays[String(words[0])] = try words.dropFirst().map { try #require(Float($0)) }
    }
    self.arrays = arrays
  }

  subscript(_ name: String) -> [Float] {
    get throws { try #require(arrays[name], "the fixture has no array \(name)") }
  }

  func matrix(_ name: String, columns: Int) throws -> Matrix {
    let values = try self[name]
    return Matrix(rows: values.count / columns, columns: columns, values: values)
  }
}

/// A small generator with a seed, so that every run tests the same numbers.
struct Randomness: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64 = 1) { state = seed }

  // SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -2...2) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }

  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, values: floats(rows * columns))
  }
}

/// The largest difference over the largest expected magnitude; infinite where a value is no number
/// though another was expected.
///
/// - Parameter floor: the smallest magnitude to compare with.
func relativeError(
  _ found: [Float], _ expected: [Float], floor: Float = .leastNormalMagnitude
) -> Float {
  guard found.count == expected.count else { return .infinity }
  let largest = expected.map(abs).max() ?? 0
  var worst: Float = 0
  for (left, right) in zip(found, expected) where !(left.isNaN && right.isNaN) && left != right {
    let difference = abs(left - right)
    worst = difference.isNaN ? .infinity : max(worst, difference)
  }
  return worst == 0 ? 0 : worst / max(largest, floor)
}

/// A kernel's variants as functions of arrays, of which those are called that this processor has.
struct Variants<Function> {
  let plain: Function
  let available: [Function]

  /// - Parameters:
  ///   - kernels: plain, dispatched, baseline, AVX2, AVX-512.
  ///   - wrap: makes a function of arrays from a kernel.
  init<Kernel>(_ kernels: [Kernel], as wrap: (Kernel) -> Function) {
    let all = kernels.map(wrap)
    plain = all[0]
    let isas = [LL_BASELINE, LL_BASELINE, LL_AVX2, LL_AVX512]
    available = zip(all.dropFirst(), isas)
      .filter { $0.1.rawValue <= ll_best_isa().rawValue }.map(\.0)
  }
}

/// Every length from nothing to more than twice the widest step, which is four vectors of sixteen.
let lengths = Array(0...133)

/// Calls a kernel with floats that begin one float past an aligned address, so that no vector of any
/// instruction set is aligned, and with a guard behind them.
func misaligned(
  _ values: [Float], _ body: (UnsafeMutablePointer<Float>) -> Void
) -> [Float] {
  let memory = UnsafeMutableRawPointer.allocate(
    byteCount: (values.count + 2) * MemoryLayout<Float>.stride, alignment: 64)
  defer { unsafe memory.deallocate() }
  let floats = unsafe memory.bindMemory(to: Float.self, capacity: values.count + 2)
  for (index, value) in ([0] + values + [4321]).enumerated() {
    unsafe (floats + index).initialize(to: value)
  }
  unsafe body(floats + 1)
  let guardian = unsafe floats[values.count + 1]
  #expect(guardian == 4321, "wrote past the end")
  return unsafe Array(UnsafeBufferPointer(start: floats + 1, count: values.count))
}

/// The arithmetics of 32-bit floats: our own kernels', and OpenBLAS, on which other processors fall back
/// and which is tested on all.
let references: [Arithmetic] = [.f32, .blas]
