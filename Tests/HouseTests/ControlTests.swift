import Foundation
import LatentLensComponents
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensSession
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// What readings are held against: noise, other pictures, and connectors that have learnt nothing.
@Suite struct ControlTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(
    _ images: [String] = ["night", "coast"], _ change: (inout Request) -> Void = { _ in }
  ) throws -> Results {
    var request = Request.demo("controls", images: images)
    request.lenses = [try ChosenLens(.embedding), try ChosenLens(.logit)]
    request.layers = try LayerSelection("0,4")
    request.captions = false
    request.output = folder.path
    change(&request)
    return try #require(try RunJob(request, loader: Bench.loader).run()).results
  }

  @Test func shufflingKeepsElementsAndOrderByName() {
    let weight = Weight(name: "w", floats: (0..<600).map(Float.init), shape: [20, 30])
    let shuffled = weight.shuffled()
    #expect(shuffled.shape == [20, 30] && shuffled.floats() != weight.floats())
    #expect(shuffled.floats().sorted() == weight.floats())
    #expect(weight.shuffled().floats() == shuffled.floats())
    #expect(weight.named("v").shuffled().floats() != shuffled.floats())
    // Hardly anything stays where it was.
    #expect(zip(weight.floats(), shuffled.floats()).count { $0 == $1 } < 12)
  }

  @Test func noiseHasTheLengthsAndNoneOfTheDirections() {
    let rows = Matrix(rows: 3, columns: 400, values: (0..<1200).map { Float($0 % 7) - 2.5 })
    let noise = rows.noise()
    for (own, other) in zip(rows.rowNorms(), noise.rowNorms()) { #expect(abs(own - other) < 1e-3) }
    for row in 0..<3 {
      let dot = zip(rows.row(row), noise.row(row)).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(dot) / (rows.rowNorms()[row] * rows.rowNorms()[row]) < 0.2)
    }
    #expect(noise.row(0) != noise.row(1))
    #expect(rows.noise().values() == noise.values())
  }

  @Test func controlsStandBehindTheirModelAndSayWhatTheyAre() throws {
    let results = try run { $0.controls = [.untrained, .noise] }
    #expect(results.models.map(\.name) == ["demo", "demo, untrained", "demo, noise"])
    #expect(results.models[0].control == nil)
    #expect(results.models.dropFirst().map(\.control?.kind) == [.untrained, .noise])
    #expect(results.models.dropFirst().allSatisfy { $0.control?.of == "demo" })
    func words(_ model: Int) -> [[Int]] {
      results.models[model].images[0].readings.flatMap { reading in
        reading.neighbors.map { found in
          found.map { results.models[model].vocabulary.entries[$0.entry].tokenID }
        }
      }
    }
    for other in [1, 2] {
      let same = zip(words(0), words(other)).count { $0.first == $1.first }
      #expect(same * 5 < words(0).count, "control \(other) reads \(same) words of the model")
    }
    // Where visual tokens take the place of the placeholder, noise is as long as they are.
    let own = results.models[0].images[0].readings[0].norms
    for (norm, noise) in zip(own, results.models[2].images[0].readings[0].norms) {
      #expect(abs(norm - noise) < 1e-3 * norm)
    }
  }

  /// A picture that is held against itself has everywhere what it has.
  @Test func elsewhereIsWhatTheOtherPictureHasAtTheSamePlace() throws {
    let copy = "\(folder.path)/copy.jpg"
    try FileManager.default.copyItem(
      atPath: "\(Fixtures.demo)/images/night.jpg", toPath: copy)
    let same = try run(["night"]) { $0.images.append(copy) }
    for image in same.models[0].images {
      for reading in image.readings {
        let elsewhere = try #require(reading.elsewhere)
        for (neighbors, score) in zip(reading.neighbors, elsewhere) {
          #expect(abs(neighbors[0].score - score) < 1e-4 * max(1, abs(score)))
        }
      }
    }
    // Another one has less of it.
    for band in try run().models[0].bands {
      #expect(try #require(band.elsewhere).mean < band.own.mean)
    }
    #expect(try run(["night"]).models[0].images[0].readings.allSatisfy { $0.elsewhere == nil })
  }

  @Test func everyRunMeasuresNoiseAndSaysWhatItMeans() throws {
    let results = try run { $0.controls = [.untrained] }
    let bands = results.models[0].bands
    #expect(bands.count == 4 && results.models[0].images.count == 2)
    for band in bands {
      let noise = try #require(band.noise)
      let elsewhere = try #require(band.elsewhere)
      #expect(band.own.count == 288 && noise.count == 288 && elsewhere.count == 288)
      #expect(elsewhere.mean < band.own.mean)
    }
    // At the input the trained connector's tokens are near words; those of a shuffled one are not.
    let input = try #require(bands.first { $0.lens.name == "embedding" && $0.layer == .hidden(0) })
    let blank = try #require(
      results.models[1].bands.first { $0.lens.name == "embedding" && $0.layer == .hidden(0) })
    let (own, untrained) = try (
      #require(input.shareAboveNoise), #require(blank.shareAboveNoise)
    )
    #expect(!input.isNoise && own > 0.5 && own > untrained + 0.3, "\(own) and \(untrained)")
    #expect(results.summary.contains("noise"))
  }

  @Test func meansAreMeasuredOnPicturesThatAreNotRead() throws {
    func refused(_ change: (inout Request) -> Void) -> String? {
      do {
        _ = try run(["night", "coast"], change)
        return nil
      } catch {
        return "\(error)"
      }
    }
    let lens = try ChosenLens(.centeredEmbedding)
    #expect(refused { $0.lenses = [lens] }?.contains("calibration") == true)
    let read = refused {
      $0.lenses = [lens]
      $0.calibration = $0.images
    }
    #expect(read?.contains("is read itself") == true)
    let one = try run {
      $0.lenses = [lens]
      $0.calibration = ["\(Fixtures.demo)/images/meadow.jpg"]
    }
    let other = try run {
      $0.lenses = [lens]
      $0.calibration = ["\(Fixtures.demo)/images/winter.jpg"]
    }
    let scores = [one, other].map {
      $0.models[0].images[0].readings.flatMap(\.neighbors)[0][0].score
    }
    #expect(scores[0] != scores[1])
    #expect(one.failedChecks.isEmpty)
  }

  /// Of texts the mean is measured on sentences of an index, whether or not a lens searches it.
  @Test func meansOfTextsComeFromAnIndex() throws {
    var request = Request(
      name: "texts", models: ["\(Fixtures.demo)/model.json"], texts: ["a red boat"])
    request.lenses = [try ChosenLens(.centeredEmbedding)]
    request.layers = try LayerSelection("4")
    request.output = folder.path
    #expect(throws: HostError.self) { try RunJob(request, loader: Bench.loader).run() }
    let corpus = try folder.write("the moon shines at night\na blue sea\n", to: "corpus.txt")
    let options = IndexOptions()
    request.index = .build(corpus: corpus, options: options)
    let results = try #require(try RunJob(request, loader: Bench.loader).run()).results
    let reading = try #require(results.models[0].texts.first?.readings.first)
    #expect(reading.neighbors.count == results.models[0].texts[0].tokens.count)
    #expect(reading.elsewhere == nil && results.models[0].bands.isEmpty)
    #expect(results.failedChecks.isEmpty)
  }

  @Test func aMeanIsOfUnitStates() throws {
    let batch = StateBatch(
      stages: [.hidden(0), .hidden(2)], tokenCount: 2,
      states: Matrix(rows: 4, columns: 2, values: [3, 4, 0, 2, 5, 0, 0, 5]))
    var sample = StateSample(directions: 1)
    sample.add(batch)
    sample.add(batch)
    let common = sample.common
    let first = try #require(common[.hidden(0)]?.mean)
    #expect(abs(first[0] - 0.3) < 1e-6 && abs(first[1] - 0.9) < 1e-6)
    #expect(common[.hidden(2)]?.mean == [0.5, 0.5] && common[.hidden(1)] == nil)
    // Two states differ in one direction: without it nothing of them is left.
    #expect(common.removed(from: batch).values().allSatisfy { abs($0) < 1e-6 })
    let centered = common.keeping(0).removed(from: batch)
    #expect(abs(centered[0, 0] - 0.3) < 1e-6 && abs(centered[1, 1] - 0.1) < 1e-6)
  }
}
