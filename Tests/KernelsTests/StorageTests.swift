import Foundation
import LatentLensKernels
import LatentLensTensors
import LatentLensWeights
import Testing

/// Matrices, weights, files and the ledger of a checkpoint.
@Suite struct StorageTests {
  let compute = Compute(threads: 2)

  @Test(arguments: [0, 1, 17, 1 << 20, 1 << 20 | 1])
  func floatsAreAligned(count: Int) {
    let floats = unsafe allocateFloats(count)
    let address = UInt(bitPattern: floats)
    #expect(address % (count < 1 << 20 ? 64 : 1 << 21) == 0)
    unsafe floats.initialize(repeating: 1, count: count)
    unsafe deallocateFloats(floats)
  }

  @Test func rowsMoveAsAsked() {
    var matrix = Matrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])
    #expect(matrix.rows(1..<3).values() == [3, 4, 5, 6])
    #expect(matrix.columns(1..<2).values() == [2, 4, 6])
    #expect(matrix.gather([2, 0, 2]).values() == [5, 6, 1, 2, 5, 6])
    #expect(matrix.row(1) == [3, 4])
    matrix.replaceRows(at: [2, 0], with: Matrix(rows: 2, columns: 2, values: [7, 7, 8, 8]))
    #expect(matrix.values() == [8, 8, 3, 4, 7, 7])
    matrix.addRows(at: [1, 1], Matrix(rows: 2, columns: 2, values: [1, 1, 2, 2]))
    #expect(matrix.values() == [8, 8, 6, 7, 7, 7])
    let narrow = Matrix(rows: 3, columns: 1, values: [0, 1, 2])
    #expect(Matrix(joiningColumns: matrix, narrow).values() == [8, 8, 0, 6, 7, 1, 7, 7, 2])
    #expect(Matrix(joiningRows: matrix, matrix.rows(0..<1)).values() == [8, 8, 6, 7, 7, 7, 8, 8])
  }

  @Test func arithmeticIsElementwise() {
    var matrix = Matrix(rows: 2, columns: 2, values: [1, 2, 3, 4])
    matrix.add(matrix.copy())
    matrix.add(row: [10, 20])
    matrix.multiply(columns: [1, 0.5])
    matrix.scale(by: 2)
    #expect(matrix.values() == [24, 24, 32, 28])
    let rows = Matrix(rows: 2, columns: 2, values: [3, 4, 0, 0])
    #expect(rows.rowNorms() == [5, 0])
    let unit: [Float] = [0.6, 0.8, 0, 0]
    #expect(relativeError(rows.normalizedRows().values(), unit) < 1e-6)
  }

  @Test func weightsAreViews() {
    let weight = Weight(name: "w", floats: [1, 2, 3, 4, 5, 6], shape: [3, 2])
    #expect(weight.rows(1..<3).floats() == [3, 4, 5, 6])
    #expect(weight.reshaped([2, 3]).rows(1..<2).floats() == [4, 5, 6])
    #expect(Weight.zeros("z", [2, 2]).floats() == [0, 0, 0, 0])
  }

  @Test func segmentsCountTheirPositions() {
    let segments = Segments(counts: [2, 0, 3], startingAt: [5, 0, 1])
    #expect(segments.offsets == [0, 2, 2, 5])
    #expect(segments.positions == [5, 6, 1, 2, 3])
    #expect(segments.range(2) == 2..<5)
  }

  @Test func mappedFilesLendTheirBytes() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "mapped-\(UUID())")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data([1, 2, 3, 4, 5]).write(to: url)
    #expect(try MappedFile(path: url.path).bytes(1..<3) == [2, 3])
    try Data().write(to: url)
    let empty = try MappedFile(path: url.path)
    #expect(empty.count == 0 && empty.bytes(0..<0).isEmpty)
  }

  @Test func filesThatCannotBeMappedSayWhy() {
    #expect(throws: MappedFileError(path: "/", reason: "is no regular file")) {
      try MappedFile(path: "/")
    }
    let missing = #expect(throws: MappedFileError.self) { try MappedFile(path: "no/such") }
    #expect(missing?.description == "no/such: cannot be read: No such file or directory")
  }

  @Test func missingAndMisshapenTensorsAreReportedTogether() throws {
    let ledger = WeightLedger(
      [
        "model.a.weight": Weight(name: "model.a.weight", floats: [1, 2], shape: [2]),
        "model.b.weight": Weight(name: "model.b.weight", floats: [1, 2], shape: [1, 2]),
        "model.c.weight": Weight(name: "model.c.weight", bytes: [1, 2], encoding: .i8, shape: [2]),
        "model.d.weight": .zeros("model.d.weight", [7]),
        "model.e.inv_freq": .zeros("model.e.inv_freq", [7]),
      ], source: "folder", compute: compute,
      names: [TensorNames(unneeded: ["*.inv_freq"])])
    let model = ledger.root / "model"
    #expect((model / "a").vector("weight", 2) == [1, 2])
    #expect((model / "b").vector("weight", 2) == [0, 0])
    #expect((model / "c").vector("weight", 2) == [0, 0])
    #expect((model / "layers" / 3).tensor("weight", [4, 5]).floats().count == 20)
    #expect((model / "a").contains("weight") && !(model / "a").contains("bias"))
    #expect(
      ledger.problems == [
        .misshapen(name: "model.b.weight", expected: [2], found: [1, 2]),
        .mistyped(name: "model.c.weight", found: .i8),
        .missing(name: "model.layers.3.weight", expected: [4, 5]),
        .unread(name: "model.d.weight", shape: [7]),
      ])
    let error = #expect(throws: WeightError.self) { try ledger.finish() }
    #expect(
      error?.description
        == "folder: 3 tensors do not fit the configuration: "
        + "`model.b.weight` has the shape [1, 2], expected [2]; "
        + "`model.c.weight` is stored as i8, expected floating point; "
        + "`model.layers.3.weight` [4, 5] is missing")
  }

  @Test func prefixesAreRenamedInOrder() throws {
    let ledger = WeightLedger(
      [
        "language_model.model.norm.weight": Weight(name: "n", floats: [1], shape: [1]),
        "language_model.lm_head.weight": Weight(name: "h", floats: [2], shape: [1]),
      ], source: "folder", compute: compute,
      names: [
        TensorNames([.init("language_model.model.", as: "model."), .init("language_model.")])
      ])
    #expect((ledger.root / "model.norm").vector("weight", 1) == [1])
    #expect((ledger.root / "lm_head").vector("weight", 1) == [2])
    try ledger.finish()
    #expect(ledger.problems.isEmpty)
  }

  @Test func everyIndexIsVisitedOnce() {
    for threads in 1...5 {
      let compute = Compute(threads: threads)
      for count in [0, 1, 7, 1000] {
        var visits = Matrix(rows: 1, columns: count)
        unsafe visits.withUnsafeMutableElements { visits in
          let base = visits.baseAddress
          compute.parallel(count) { index in unsafe base?[index] += 1 }
        }
        #expect(visits.values() == Array(repeating: 1, count: count))
      }
    }
  }
}
