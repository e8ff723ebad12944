import Foundation
import LatentLensFormats
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensTestSupport
import Testing

/// Finished runs side by side.
@Suite struct ComparisonTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(
    _ name: String, images: [String] = [], paths: [String] = [], controls: [Control] = []
  ) throws -> String {
    let out = "\(folder.path)/\(name)"
    var request = Request.demo(name, images: images)
    request.images += paths
    request.lenses = [try ChosenLens(.logit)]
    request.layers = try LayerSelection("4")
    request.topK = 1
    request.controls = controls
    request.captions = false
    request.output = out
    _ = try RunJob(request, loader: Bench.loader).run()
    return out
  }

  @Test func modelsAreLaidOverTheSamePictures() throws {
    let runs = [
      try run("a", images: ["night", "coast", "winter"]),
      try run("b", images: ["winter", "night"]),
    ]
    let comparison = try Comparison(of: runs)
    #expect(comparison.models == ["demo", "demo 2"])
    #expect(comparison.imageCount == 2)
    try comparison.write(to: "\(folder.path)/both")
    let root = try JSONNode(contentsOf: "\(folder.path)/both/results.json")
    let names = try root.required("models").elements().map { model in
      try model.required("images").elements().map { try $0.required("name").string() }
    }
    #expect(names == [["night.jpg", "winter.jpg"], ["night.jpg", "winter.jpg"]])
    let lenses = try root.required("models").elements()[1].required("lenses").elements()
    #expect(try lenses.map { try $0.required("title").string() } == ["LogitLens"])
  }

  @Test func aControlFollowsItsModelToItsNewName() throws {
    let runs = try ["a", "b"].map { try run($0, images: ["night"], controls: [.noise]) }
    let plain = try Comparison(of: runs)
    #expect(plain.models == ["demo", "demo 2"])
    let comparison = try Comparison(of: runs, showing: [.noise])
    #expect(comparison.models == ["demo", "demo, noise", "demo 2", "demo, noise 2"])
    try comparison.write(to: "\(folder.path)/both")
    let models = try JSONNode(contentsOf: "\(folder.path)/both/results.json").required("models")
      .elements()
    #expect(
      try models.map { try $0.required("name").string() }
        == ["demo", "demo, noise", "demo 2", "demo, noise 2"])
    let controlled = try [models[1], models[3]].map {
      try $0.required("control").required("of").string()
    }
    #expect(controlled == ["demo", "demo 2"])
  }

  @Test func runsWithoutACommonPictureAreRefused() throws {
    let runs = [try run("a", images: ["night"]), try run("b", images: ["winter"])]
    #expect(throws: HostError.self) { try Comparison(of: runs) }
  }

  @Test func whatIsNoRunIsNamed() throws {
    _ = try folder.write("{\"schema\": \"other\", \"version\": 1}", to: "results.json")
    #expect(throws: JSONError.self) { try Comparison(of: [folder.path, folder.path]) }
    #expect(throws: JSONError.self) { try Comparison(of: ["\(folder.path)/no"]) }
  }

  @Test func resultsOfTheFirstVersionAreRefusedInOneLine() throws {
    let old = try folder.write(
      "{\"schema\": \"latentlens.results\", \"version\": 1}", to: "results.json")
    do {
      _ = try Comparison(of: [folder.path, folder.path])
      Issue.record("version 1 was compared")
    } catch {
      #expect("\(error)".contains("\(old): version: is 1") && "\(error)".contains("run it again"))
    }
  }

  /// Says that the runs' pictures lay at a path where nothing is.
  private func movePictures(of runs: [String]) throws {
    for run in runs {
      let file = "\(run)/results.json"
      let text = String(decoding: try Fixtures.bytes(file), as: UTF8.self)
        .replacingOccurrences(of: "\(Fixtures.demo)/images/", with: "\(folder.path)/gone/")
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    }
  }

  @Test func picturesTravelWithTheirRuns() throws {
    let runs = [try run("a", images: ["night"]), try run("b", images: ["night"])]
    try movePictures(of: runs)
    let report = try Comparison(of: runs).write(to: "\(folder.path)/both")
    let page = String(decoding: try Fixtures.bytes(report), as: UTF8.self)
    let night = Data(try Fixtures.bytes("\(Fixtures.demo)/images/night.jpg"))
    #expect(page.contains(night.base64EncodedString()))
  }

  @Test func aPictureThatWasChangedIsNotShown() throws {
    let copy = try folder.write(
      try Fixtures.bytes("\(Fixtures.demo)/images/night.jpg"), to: "copy.jpg")
    let runs = try ["a", "b"].map { try run($0, paths: [copy]) }
    for run in runs { try FileManager.default.removeItem(atPath: "\(run)/report.html") }
    try FileManager.default.removeItem(atPath: copy)
    try FileManager.default.copyItem(atPath: "\(Fixtures.demo)/images/coast.jpg", toPath: copy)
    do {
      try Comparison(of: runs).write(to: "\(folder.path)/both")
      Issue.record("another picture was shown")
    } catch let error as HostError {
      #expect(error.description.contains("\(copy): is another picture"))
    }
  }

  @Test func aComparisonThatFailsLeavesNothing() throws {
    let runs = [try run("a", images: ["night"]), try run("b", images: ["night"])]
    // The pictures have gone since, and the reports that held them.
    try movePictures(of: runs)
    for run in runs { try FileManager.default.removeItem(atPath: "\(run)/report.html") }
    let comparison = try Comparison(of: runs)
    #expect(throws: HostError.self) { try comparison.write(to: "\(folder.path)/new/both") }
    #expect(folder.contents == ["a", "b"])
  }
}
