import Foundation
import LatentLensFormats
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// A folder of attacks, each with the problem it has to be refused for.
@Suite struct SafetensorsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ header: String, data: Int, declared: UInt64? = nil) throws -> String {
    let length = declared ?? UInt64(header.utf8.count)
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
    let bytes = prefix + Array(header.utf8) + Array(repeating: 0, count: data)
    return try folder.write(bytes, to: "weights.safetensors")
  }

  private func problem(_ path: String) -> SafetensorsProblem? {
    do {
      _ = try SafetensorsFile(contentsOf: path)
      return nil
    } catch {
      #expect(!error.description.contains("\n"))
      #expect(error.description.hasPrefix(path))
      return error.problem
    }
  }

  private func tensor(_ name: String, _ shape: String, _ offsets: String, _ type: String = "F32")
    -> String
  {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let path = "\(folder.path)/states.safetensors"
    let writer = try SafetensorsWriter(
      path: path, tensors: [.init("a", .f32, [2, 3]), .init("ids", .i64, [2])],
      metadata: [("format", "pt")])
    try writer.write([1, 2, 3] as [Float])
    try writer.write([4, 5, 6] as [Float])
    try writer.write([7, -8] as [Int64])
    #expect(folder.contents.allSatisfy { $0.contains("partial") })
    try writer.finish()
    let file = try SafetensorsFile(contentsOf: path)
    #expect(file.tensors["a"]?.floats() == [1, 2, 3, 4, 5, 6])
    #expect(file.tensors["a"]?.shape == [2, 3])
    #expect(file.tensors["ids"]?.integers() == [7, -8])
    #expect(file.metadata["format"] == "pt" && file.metadata.count == 1)
    #expect(folder.contents == ["states.safetensors"])
  }

  @Test func anAbandonedWriterLeavesNothing() throws {
    do {
      let writer = try SafetensorsWriter(
        path: "\(folder.path)/states.safetensors", tensors: [.init("a", .f32, [2])])
      try writer.write([1] as [Float])
    }
    #expect(folder.contents.isEmpty)
  }

  @Test func missingFileIsNamed() {
    guard case .unreadable? = problem("\(folder.path)/nowhere.safetensors") else {
      Issue.record("a missing file was opened")
      return
    }
  }

  @Test func anEmptyFileIsTooShort() throws {
    #expect(problem(try folder.write([], to: "weights.safetensors")) == .tooShort(bytes: 0))
  }

  @Test func aHeaderLongerThanTheFileIsRefused() throws {
    let path = try file("{}", data: 0, declared: 1 << 40)
    #expect(problem(path) == .headerTooLarge(declared: 1 << 40, available: 2))
    let huge = try file("{}", data: 0, declared: .max)
    #expect(problem(huge) == .headerTooLarge(declared: .max, available: 2))
  }

  @Test func aHeaderThatIsNoJSONIsRefused() throws {
    guard case .header? = problem(try file("{\"a\":", data: 0)) else {
      Issue.record("broken JSON was accepted")
      return
    }
    guard
      case .header? = problem(
        try file(String(repeating: "[", count: 5000), data: 0))
    else {
      Issue.record("deeply nested JSON was accepted")
      return
    }
  }

  @Test func offsetsPastTheEndAreRefused() throws {
    let path = try file("{\(tensor("a", "[2]", "[0,8]"))}", data: 4)
    #expect(problem(path) == .badOffsets(tensor: "a", begin: 0, end: 8, available: 4))
    let reversed = try file("{\(tensor("a", "[2]", "[8,0]"))}", data: 8)
    #expect(problem(reversed) == .badOffsets(tensor: "a", begin: 8, end: 0, available: 8))
  }

  @Test func sizesHaveToAgree() throws {
    let path = try file("{\(tensor("a", "[3]", "[0,8]"))}", data: 8)
    #expect(problem(path) == .sizeMismatch(tensor: "a", expected: 12, found: 8))
  }

  @Test func overlapsHolesAndRemaindersAreRefused() throws {
    let overlap = "{\(tensor("a", "[2]", "[0,8]")),\(tensor("b", "[2]", "[4,12]"))}"
    #expect(problem(try file(overlap, data: 12)) == .overlap(tensor: "b", previous: "a"))
    let hole = "{\(tensor("a", "[1]", "[0,4]")),\(tensor("b", "[1]", "[8,12]"))}"
    #expect(problem(try file(hole, data: 12)) == .gap(before: "b", bytes: 4))
    #expect(
      problem(try file("{\(tensor("a", "[1]", "[0,4]"))}", data: 9)) == .trailing(bytes: 5))
  }

  @Test func impossibleShapesAreRefused() throws {
    for shape in ["[-1]", "[9223372036854775807,9]", "[\"2\"]", "[1.5]"] {
      let path = try file("{\(tensor("a", shape, "[0,4]"))}", data: 4)
      #expect(problem(path) == .badShape(tensor: "a"))
    }
  }

  /// Names are bytes: what looks the same need not be.
  @Test func namesThatLookTheSameAreDifferent() throws {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    let path = try file(
      "{\"__metadata__\":{\"\(composed)\":\"1\",\"\(decomposed)\":\"2\"},"
        + "\(tensor(decomposed, "[1]", "[0,4]")),\(tensor(composed, "[2]", "[4,12]"))}", data: 12)
    let file = try SafetensorsFile(contentsOf: path)
    #expect(file.tensors.count == 2)
    #expect(file.tensors[decomposed]?.shape == [1] && file.tensors[composed]?.shape == [2])
    #expect(file.metadata[composed] == "1" && file.metadata[decomposed] == "2")
  }

  @Test func aPipeIsNoFile() throws {
    let path = "\(folder.path)/pipe"
    #expect(unsafe mkfifo(path, 0o600) == 0)
    #expect(problem(path) == .unreadable("is no regular file"))
  }

  @Test func unknownTypesAreNamed() throws {
    let path = try file("{\(tensor("a", "[1]", "[0,4]", "Q4_K"))}", data: 4)
    #expect(problem(path) == .unknownType(tensor: "a", found: "Q4_K"))
  }
}
