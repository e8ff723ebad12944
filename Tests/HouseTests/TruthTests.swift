import Foundation
import LatentLensEvaluation
import LatentLensFormats
import LatentLensReading
import LatentLensTestSupport
import Testing

/// The truth of pictures: where it is looked for, and what is refused as truth.
@Suite struct TruthTests {
  let bench: EvaluationBench

  init() throws {
    bench = try EvaluationBench()
    try bench.write(pictures: [[[0], [1]]])
  }

  private static let sound = """
    {"image": "0.png", "width": 4, "height": 4, "things": [
      {"words": ["cat"], "kind": "thing", "box": [0, 0, 2, 4], "runs": [0, 2, 4, 2, 8, 2, 12, 2]},
      {"words": ["dog"], "kind": "thing", "runs": [2, 2]}]}
    """

  /// What is put in another's place, and what the complaint says.
  private static let damage: [(String, String, says: String)] = [
    ("\"0.png\"", "\"1.png\"", "image: is 1.png"),
    ("\"width\": 4", "\"width\": 8", "width: is 8, but 0.png has 4"),
    ("\"height\": 4", "\"height\": 4e300", "height: is more than 64 bits hold"),
    ("\"height\": 4", "\"hight\": 4", "height: is required"),
    ("\"height\": 4", "\"height\": 4, \"colour\": 1", "colour: unknown key"),
    ("\"things\": [", "\"things\": [3,", "things[0]: expected an object"),
    ("[\"dog\"]", "[]", "things[1].words: names nothing"),
    ("[\"dog\"]", "\"dog\"", "things[1].words: expected an array"),
    ("[\"dog\"]", "[\"dog\", \" . \"]", "things[1].words[1]: is no word"),
    ("\"thing\", \"runs\"", "\"animal\", \"runs\"", "things[1].kind: is not one of thing, ground"),
    ("[2, 2]", "[]", "things[1].runs: has to be pairs"),
    ("[2, 2]", "[2, 2, 6]", "things[1].runs: has to be pairs"),
    ("[2, 2]", "[-1, 2]", "things[1].runs[0]: 2 pixels from -1 on do not lie"),
    ("[2, 2]", "[14, 3]", "things[1].runs[0]: 3 pixels from 14 on do not lie"),
    ("[2, 2]", "[14, 9223372036854775807]", "things[1].runs[0]"),
    ("[2, 2]", "[2, 0]", "things[1].runs[0]"),
    ("[2, 2]", "[2, 1.5]", "things[1].runs[1]: expected a whole number"),
    ("[2, 2]", "[6, 2, 2, 2]", "things[1].runs[2]: begins at pixel 2"),
    ("[2, 2]", "[2, 2, 3, 2]", "things[1].runs[2]: begins at pixel 3"),
    ("[2, 2]", "[2, 3]", "things[0].runs: overlaps things[1] at column 0 of row 1"),
    ("[0, 0, 2, 4]", "[0, 0, 4, 4]", "things[0].box: is [0, 0, 4, 4], but the runs lie in"),
    ("{\"image\"", "[{\"image\"", "not valid JSON"),
  ]

  @Test func theSoundOneIsTaken() throws {
    _ = try bench.folder.write(Self.sound, to: "0.truth.json")
    #expect(try bench.tokens(EvaluationOptions()) == 1)
  }

  @Test(arguments: damage)
  func damageIsOneLineWithItsPlace(_ whole: String, _ broken: String, _ says: String) throws {
    let text = Self.sound.replacingOccurrences(of: whole, with: broken)
    #expect(text != Self.sound)
    let file = try bench.folder.write(text, to: "0.truth.json")
    do {
      try bench.evaluate()
      Issue.record("\(broken) was taken for truth")
    } catch {
      #expect("\(error)".hasPrefix("\(file): "), "\(error)")
      #expect("\(error)".contains(says), "\(error)")
      #expect(!"\(error)".contains("\n"))
    }
  }

  @Test func runsThatGoOnInTheNextRowHaveTheWholeWidth() throws {
    let text = Self.sound.replacingOccurrences(
      of: "\"box\": [0, 0, 2, 4], \"runs\": [0, 2, 4, 2, 8, 2, 12, 2]",
      with: "\"box\": [0, 1, 4, 4], \"runs\": [6, 10]")
    _ = try bench.folder.write(text, to: "0.truth.json")
    #expect(try bench.tokens(EvaluationOptions()) == 2)
  }

  @Test func aFolderOfTruthGoesBeforeWhatStandsBesideThePictures() throws {
    let other = try TemporaryFolder()
    var options = EvaluationOptions()
    options.truthFolder = other.path
    // Nothing is there yet, so that the truth beside the picture holds.
    #expect(try bench.tokens(options) == 2)
    _ = try other.write(Self.sound, to: "0.json")
    #expect(try bench.tokens(options) == 1)
    _ = try other.write(
      Self.sound.replacingOccurrences(of: "[2, 2]", with: "[2, 2, 6, 2]"), to: "0.truth.json")
    #expect(try bench.tokens(options) == 2)
    options.truthFolder = "\(other.path)/nowhere"
    #expect(throws: FileError.self) { try bench.evaluate(options) }
  }

  @Test func withoutAnyTruthThereIsNoEvaluation() throws {
    try FileManager.default.removeItem(atPath: "\(bench.folder.path)/0.truth.json")
    do {
      try bench.evaluate()
      Issue.record("nothing was evaluated")
    } catch {
      #expect("\(error)".contains("\(bench.folder.path)/results.json: no picture has a truth"))
      #expect("\(error)".contains("0.truth.json") && !"\(error)".contains("\n"))
    }
  }

  @Test func everyTruthInTheRepositoryFitsItsSchema() throws {
    let images = "\(Fixtures.repository)/models/real/images"
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/truth.schema.json")
    let files = try FileManager.default.contentsOfDirectory(atPath: images)
      .filter { $0.hasSuffix(".truth.json") }
    #expect(files.count == 24)
    for file in files {
      let truth = try JSONNode(contentsOf: "\(images)/\(file)").value
      #expect(try schema.problems(of: truth).isEmpty, "\(file)")
    }
    let sound = try JSONNode(parsing: Array(Self.sound.utf8), file: "sound")
    #expect(try schema.problems(of: sound.value).isEmpty)
    guard case .object(var object) = sound.value else { return }
    object["things"] = [["words": [], "kind": "thing", "runs": [0, 1]]]
    #expect(try !schema.problems(of: .object(object)).isEmpty)
  }
}
