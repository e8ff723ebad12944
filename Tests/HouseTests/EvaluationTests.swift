import Foundation
import LatentLensEvaluation
import LatentLensFormats
import LatentLensReading
import LatentLensTestSupport
import Testing

/// What is right in a run whose truth is known: small results and truth, made by hand.
@Suite struct EvaluationTests {
  let bench: EvaluationBench

  init() throws { bench = try EvaluationBench() }

  /// Numpy, which knows nothing of this program, comes to the same figures.
  @Test func figuresAreThoseOfNumpy() throws {
    let fixture = Fixtures.path("evaluation")
    let text = String(decoding: try Fixtures.bytes("\(fixture)/results.json"), as: UTF8.self)
      .replacingOccurrences(of: "\"version\":2", with: "\"version\":\(Results.version)")
    _ = try bench.folder.write(text, to: "results.json")
    let run = try FinishedRun(in: bench.folder.path)
    let variants = try JSONNode(contentsOf: "\(fixture)/expected.json").elements()
    #expect(variants.count == 3)
    for variant in variants {
      let rules = try variant.required("rules")
      var options = EvaluationOptions()
      options.truthFolder = "\(fixture)/truth"
      options.threshold = try rules.required("threshold").number()
      options.countsGround = try rules.required("ground").bool()
      options.isDistinct = try rules.required("distinct").bool()
      let found = try JSONNode(Evaluation(of: run, options).json, file: "found")
      let expected = try variant.required("models").value
      #expect(try found.required("models").value.differences(from: expected) == [])
    }
  }

  @Test func nearestMeanAndAnyAreCounted() throws {
    // The first token shows a cat, the second a dog; the second of its neighbours is right.
    bench.words = ["cat", "dogs", "a", "b", "c", "d"]
    try bench.write(pictures: [[[0, 2, 3, 4, 5], [2, 1, 3, 4, 5]]])
    let score = try bench.score()
    #expect(try score.value("top_1") == 0.5)
    #expect(try score.value("mean_5") == 0.2)
    #expect(try score.value("any_5") == 1)
    // One picture alone has no interval, and no other to compare with.
    #expect(try score.required("any_5")["low"] == nil)
    #expect(try score.required("controls")["others"] == nil)
    #expect(try score.required("from").required("3").number() == 1)
  }

  @Test func anOccurrenceCountsOnceWhereDistinctOnesAreAskedFor() throws {
    // Entries 0 to 4 are one token of one sentence at five layers; the sixth and seventh are others.
    bench.words = ["a", "a", "a", "a", "a", "cat", "cats"]
    bench.occurrences = [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 1], [1, 0]]
    try bench.write(pictures: [[[0, 1, 2, 3, 4, 5, 6], [0]]])
    let plain = try bench.score()
    #expect(try plain.value("any_5") == 0)
    #expect(try plain.required("fewer_than_five").integer() == 1)
    var options = EvaluationOptions()
    options.isDistinct = true
    let distinct = try bench.score(options)
    #expect(try distinct.value("any_5") == 0.5)
    // Three neighbours remain, of which two are right.
    #expect(abs(try distinct.value("mean_5") - 1 / 3) < 1e-5)
    #expect(try distinct.required("fewer_than_five").integer() == 2)
  }

  @Test func otherPicturesAreTheControl() throws {
    // Both pictures show a cat and a dog, in turned order; everything is read as a cat.
    bench.words = ["cat", "x"]
    bench.truths = [bench.truth(["cat"], ["dog"]), bench.truth(["dog"], ["cat"])]
    try bench.write(pictures: [[[0, 1], [0, 1]], [[0, 1], [0, 1]]])
    let score = try bench.score()
    #expect(try score.value("top_1") == 0.5)
    let others = try score.required("controls").required("others")
    // Where a dog is shown, the other picture shows a cat: half of the readings are right for it, too.
    #expect(try others.value("top_1") == 0.5)
    #expect(try others.value("mean_5") == 0.25)
    // Pictures that show the same there are none to compare with.
    bench.truths = [bench.truth(["cat"], ["dog"]), bench.truth(["kitten", "cats"], ["dog"])]
    try bench.write(pictures: [[[0, 1], [0, 1]], [[0, 1], [0, 1]]])
    #expect(try bench.score().required("controls")["others"] == nil)
  }

  @Test func controlModelsStandBesideTheirModel() throws {
    bench.words = ["cat", "dog", "x"]
    let noise = try bench.model(
      "m, noise", [[[0, 2], [2, 2]]], control: ["of": "m", "kind": "noise"])
    try bench.write(models: [noise, bench.model("m", [[[0, 2], [1, 2]]])])
    let evaluation = try bench.evaluate()
    #expect(try evaluation.required("models").elements().count == 1)
    let controls = try bench.score().required("controls")
    #expect(try controls.required("noise").value("top_1") == 0.5)
    #expect(controls["untrained"] == nil)
    let table = try Evaluation(of: FinishedRun(in: bench.folder.path)).table
    #expect(table.contains("100.0  –/–/50") && table.contains("\"controls\": [\"untrained\""))
    #expect(table.split(separator: "\n").allSatisfy { $0.count <= 100 })

    for control: JSONValue in [
      ["of": "n", "kind": "noise"], ["of": "m", "kind": "silence"], ["of": "m"], "noise",
    ] {
      let bad = try bench.model("c", [[[0], [0]]], control: control)
      try bench.write(models: [bench.model("m", [[[0], [1]]]), bad])
      #expect(throws: JSONError.self, "\(control)") { try bench.evaluate() }
    }
    try bench.write(models: [noise, noise, bench.model("m", [[[0], [1]]])])
    #expect(throws: JSONError.self) { try bench.evaluate() }
  }

  @Test func aThingHasToCoverTheThreshold() throws {
    bench.words = ["cat"]
    // The cat covers 6 of the left token's 8 pixels, the dog 2 of the right one's.
    bench.truths = [
      bench.truth([
        (["cat"], "thing", [0, 2, 4, 2, 8, 1, 12, 1]), (["dog"], "thing", [2, 1, 6, 1]),
        (["wall"], "ground", [3, 1, 7, 1]),
      ])
    ]
    try bench.write(pictures: [[[0], [0]]])
    func tokens(_ threshold: Double, ground: Bool = false) throws -> Int {
      var options = EvaluationOptions()
      options.threshold = threshold
      options.countsGround = ground
      return try bench.evaluate(options).required("models").elements()[0].required("tokens")
        .integer()
    }
    #expect(try tokens(0.75) == 1)
    #expect(throws: HostError.self) { try tokens(0.76) }
    #expect(try tokens(0.25) == 2)
    #expect(try tokens(0.26) == 1)
    // The dog and the wall cover half of their token, but only together.
    #expect(try tokens(0.5, ground: true) == 1)
  }

  @Test func polygonsOfAnyShapeAreCounted() throws {
    bench.words = ["cat"]
    bench.truths = [bench.truth([(["cat"], "thing", [0, 16])])]
    // The square reaches past the picture with half of itself; the triangle lies inside; the last has no area.
    bench.polygons = [
      [-2, 0, 2, 0, 2, 4, -2, 4], [0, 0, 4, 0, 0, 4], [1, 1, 1, 1, 1, 1],
    ]
    try bench.write(pictures: [[[0], [0], [0]]])
    var options = EvaluationOptions()
    #expect(try bench.tokens(options) == 2)
    options.threshold = 0.51
    #expect(try bench.tokens(options) == 1)
    // 14 pixels of 25 are a share of 0.56, though 0.56 · 25 is more than 14 in floating point.
    bench.truths = [bench.truth([(["cat"], "thing", [0, 14])])]
    bench.polygons = [[0, 0, 5, 0, 5, 5, 0, 5]]
    try bench.write(pictures: [[[0]]])
    options.threshold = 0.56
    #expect(try bench.tokens(options) == 1)
    let broken: [JSONValue] = [
      [0, 0, 1, 1], [0, 0, 1, 1, 2], ["x", 0, 1, 1, 2, 2], [1e300, 0, 1, 1, 2, 2], 3,
    ]
    for bad in broken {
      try bench.write(models: [bench.model("m", [[[0]]], polygons: [bad])])
      #expect(throws: JSONError.self, "\(bad)") { try bench.evaluate() }
    }
  }

  @Test(arguments: [
    ("cherry", "Cherries", true), ("box", "boxes", true), ("dog", "dog’s", true),
    ("dogs", "dogs'", true), ("paint", "painted", true), ("paint", "Painting.", true),
    ("glass", "glasses", true), ("glass", "glas", false), ("bed", "b", false),
    ("king", "k", false), ("flying", "flies", true), ("bus", "bu", false), ("tie", "ties", true),
    ("ice cream", "ice", false), ("über", "ÜBER", true), ("cat", " cat", true),
    ("cat", "", false), ("cat", "category", false),
  ])
  func inflectionsAreFolded(_ truth: String, _ read: String, _ isRight: Bool) throws {
    bench.words = [read]
    bench.truths = [bench.truth([truth], [truth])]
    try bench.write(pictures: [[[0], [0]]])
    #expect(try bench.score().value("top_1") == (isRight ? 1 : 0), "\(truth) \(read)")
  }

  @Test func resultsThatDoNotHoldTogetherAreNamed() throws {
    for lists in [[[0], [2]], [[0], [-1]], [[0]]] {
      try bench.write(pictures: [lists])
      #expect(throws: JSONError.self, "\(lists)") { try bench.evaluate() }
    }
    bench.occurrences = [[0, 0]]
    try bench.write(pictures: [[[0], [1]]])
    #expect(throws: JSONError.self) { try bench.evaluate() }
  }

  @Test func intervalsHoldTheValueAndAreTheSameAgain() throws {
    bench.words = ["cat", "dog", "x"]
    let pictures = (0..<9).map { [[$0 % 3 == 0 ? 0 : 2], [$0 % 2 == 0 ? 1 : 2]] }
    bench.truths = pictures.map { _ in bench.truth(["cat"], ["dog"]) }
    try bench.write(pictures: pictures)
    let first = try bench.evaluate().value
    #expect(first == (try bench.evaluate().value))
    for way in ["top_1", "mean_5", "any_5"] {
      let figure = try bench.score().required(way)
      let (low, value, high) = try (
        figure.required("low").number(), figure.value(), figure.required("high").number()
      )
      #expect(low < value && value < high && low >= 0 && high <= 1)
    }
  }
}
