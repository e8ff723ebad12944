import Foundation
import LatentLensFormats
import LatentLensImaging
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
    _ name: String, images: [String] = [], paths: [String] = [], controls: [Control] = [],
    model: String? = nil
  ) throws -> String {
    let out = "\(folder.path)/\(name)"
    var request = Request.demo(name, images: images)
    request.images += paths
    if let model { request.models = [model] }
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

  /// Whoever looks in between sees no report of what does not stand beside it, and nothing of older results beside
  /// newer ones.
  @Test func theReportGoesFirstAndComesLast() throws {
    let runs = [try run("a", images: ["night"]), try run("b", images: ["night"])]
    let both = "\(folder.path)/both"
    try Comparison(of: runs).write(to: both)
    let events = try FolderEvents(of: both)
    try Comparison(of: runs).write(to: both)
    let names = events.names()
    #expect(names.first == "-report.html" && names.last == "+report.html", "\(names)")
    let goes = names.prefix { $0.hasPrefix("-") }
    let comes = names.dropFirst(goes.count)
    #expect(comes.first == "+results.json" && comes.allSatisfy { $0.hasPrefix("+") }, "\(names)")
    #expect(goes.contains("-comparison.json") && comes.contains("+comparison.json"), "\(names)")
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

  /// The same picture, upright and lying on its side with a tag that turns it; and another one of its size.
  @Test func aCopyThatItsTagTurnsIsTheSamePicture() throws {
    let upright = try RGBImage(contentsOf: "\(Fixtures.demo)/images/night.jpg")
    let other = try RGBImage(contentsOf: "\(Fixtures.demo)/images/coast.jpg")
    // Orientation 6: the first row is the right-hand side, so that what is stored was turned to the left.
    var pixels: [UInt8] = []
    for column in (0..<upright.width).reversed() {
      for row in 0..<upright.height {
        let place = (row * upright.width + column) * 3
        pixels += upright.pixels[place..<place + 3]
      }
    }
    var turned = RGBImage(width: upright.height, height: upright.width, pixels: pixels).png()
    let tag: [UInt8] = [
      0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
    ]
    turned.insert(contentsOf: Self.chunk("eXIf", tag), at: 33)
    let paths = try [
      folder.write(upright.png(), to: "upright.png"), folder.write(turned, to: "turned.png"),
      folder.write(other.png(), to: "other.png"),
    ]
    let model = try folder.write(
      """
      {"name": "demo", "checkpoint": "\(Fixtures.demo)", "prompt": "<im_start><image><im_end>", "orientation": "exif"}
      """, to: "model.json")
    let runs = try [
      run("a", paths: [paths[0]]), run("b", paths: [paths[2], paths[1]], model: model),
    ]
    let comparison = try Comparison(of: runs)
    #expect(comparison.imageCount == 1)
    let states = try comparison.numbers().required("states").elements()
    #expect(
      try states.map { try $0.required("models").decode([Int].self) } == [
        [0, 0], [0, 1], [1, 1],
      ])
    let words = try comparison.numbers().required("agreement").elements()[0].required("words")
    // The model sees the same pixels, and says the same.
    #expect(try words.decode([[Double]].self) == [[1, 1], [1, 1]])
    #expect(throws: HostError.self) {
      try Comparison(of: [runs[0], run("c", paths: [paths[2]])])
    }
  }

  /// A chunk of a PNG file.
  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    var crc = UInt32.max
    for byte in body {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    func bytes(_ number: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }
    return bytes(UInt32(content.count)) + body + bytes(~crc)
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

  /// Puts other words into a run's results.
  private func rewrite(_ run: String, _ old: String, _ new: String) throws {
    let file = "\(run)/results.json"
    let text = String(decoding: try Fixtures.bytes(file), as: UTF8.self)
    #expect(text.contains(old))
    try Data(text.replacingOccurrences(of: old, with: new).utf8).write(
      to: URL(fileURLWithPath: file))
  }

  @Test(arguments: ["0", "-1", "9223372036854775807"])
  func picturesOfNoSizeAreRefused(width: String) throws {
    let damaged = try run("a", images: ["night"])
    try rewrite(damaged, "\"width\":", "\"width\":\(width),\"was\":")
    #expect(throws: JSONError.self) { try Comparison(of: [damaged, damaged]) }
  }

  @Test func resultsOfNoModelAreRefused() throws {
    let version = Results.version
    _ = try folder.write(
      "{\"schema\":\"latentlens.results\",\"version\":\(version),\"models\":[]}", to: "results.json"
    )
    #expect(throws: JSONError.self) { try Comparison(of: [folder.path, folder.path]) }
  }

  private let night = "\(Fixtures.demo)/images/night.jpg"

  /// What a report needs of a picture is in the run's own.
  @Test func picturesMayBeGone() throws {
    let picture = "\(folder.path)/moved.jpg"
    try FileManager.default.copyItem(atPath: night, toPath: picture)
    let runs = try ["a", "b"].map { name in
      let out = "\(folder.path)/\(name)"
      var request = Request(name: name, models: ["\(Fixtures.demo)/model.json"], images: [picture])
      request.lenses = [try ChosenLens(.logit)]
      request.layers = try LayerSelection("4")
      request.captions = false
      request.output = out
      _ = try RunJob(request, loader: Bench.loader).run()
      return out
    }
    try FileManager.default.removeItem(atPath: picture)
    try Comparison(of: runs).write(to: "\(folder.path)/both")
    let bytes = Data(try Fixtures.bytes(night)).base64EncodedString()
    let report = String(
      decoding: try Fixtures.bytes("\(folder.path)/both/report.html"), as: UTF8.self)
    #expect(report.contains(bytes))

    // Without the reports they are found nowhere, unless somebody names them.
    for run in runs { try FileManager.default.removeItem(atPath: "\(run)/report.html") }
    let error = #expect(throws: HostError.self) {
      try Comparison(of: runs).write(to: "\(folder.path)/both")
    }
    #expect(error?.description.contains("--image") == true)
    let other = "\(Fixtures.demo)/images/coast.jpg"
    #expect(throws: HostError.self) {
      try Comparison(of: runs, pictures: [other]).write(to: "\(folder.path)/both")
    }
    try Comparison(of: runs, pictures: [other, night]).write(to: "\(folder.path)/both")
    #expect(
      try String(
        decoding: Fixtures.bytes("\(folder.path)/both/report.html"), as: UTF8.self) == report)
    // One that lies in the run's own folder is beside it.
    try FileManager.default.copyItem(atPath: night, toPath: "\(runs[0])/night.jpg")
    for run in runs { try rewrite(run, picture, "\(runs[0])/night.jpg") }
    #expect(throws: HostError.self) {
      try Comparison(of: [runs[1], runs[1]]).write(to: "\(folder.path)/new")
    }
    try Comparison(of: [runs[0], runs[0]]).write(to: "\(folder.path)/new")
  }

  /// Results that somebody has made up get no file of the user's into a report, whether or not it is a picture:
  /// with the digest of a picture that the run holds that one is shown, with the file's own none.
  @Test func resultsThatAreMadeUpShowNoFile() throws {
    let secret = try folder.write("nobody's business", to: "secret.txt")
    let digest = try SHA256.digest(ofFile: secret)
    for path in [secret, "\(Fixtures.demo)/images/coast.jpg"] {
      let runs = try [run("a", images: ["night"]), run("b", images: ["night"])]
      for run in runs { try rewrite(run, night, path) }
      let shown = try Comparison(of: runs).write(to: "\(folder.path)/shown")
      let page = String(decoding: try Fixtures.bytes(shown), as: UTF8.self)
      #expect(page.contains(Data(try Fixtures.bytes(night)).base64EncodedString()))
      #expect(!page.contains(Data(try Fixtures.bytes(path)).base64EncodedString()))
      try FileManager.default.removeItem(atPath: "\(folder.path)/shown")

      let (honest, known) = (
        try SHA256.digest(ofFile: night), path == secret ? digest : try SHA256.digest(ofFile: path)
      )
      for run in runs { try rewrite(run, honest, known) }
      let error = #expect(throws: HostError.self) {
        try Comparison(of: runs).write(to: "\(folder.path)/new/both")
      }
      #expect(error?.description.contains(path) == true)
      // Beside the run, too, what is no picture stays out.
      guard path == secret else { continue }
      for run in runs {
        try FileManager.default.copyItem(atPath: secret, toPath: "\(run)/secret.txt")
        try rewrite(run, secret, "\(run)/secret.txt")
      }
      #expect(throws: HostError.self) {
        try Comparison(of: runs).write(to: "\(folder.path)/new/both")
      }
      for run in runs { try FileManager.default.removeItem(atPath: run) }
    }
    #expect(folder.contents == ["a", "b", "secret.txt"])
  }
}
