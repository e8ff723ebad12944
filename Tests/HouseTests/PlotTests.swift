import Foundation
import LatentLensFormats
import LatentLensImaging
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensReport
import LatentLensTestSupport
import Testing

/// Figures in files of their own.
@Suite struct PlotTests {
  let folder: TemporaryFolder
  private let run: String

  init() throws {
    folder = try TemporaryFolder()
    run = "\(folder.path)/run"
    var request = Request.demo("plotted", images: ["night"])
    request.lenses = [try ChosenLens(.logit)]
    request.layers = try LayerSelection("0,4")
    request.captions = false
    request.output = run
    _ = try RunJob(request, loader: Bench.loader).run()
  }

  @Test(arguments: Plots.Format.allCases)
  func figuresReplaceFiguresAndNothingElse(format: Plots.Format) throws {
    let out = "\(folder.path)/figures"
    func write() throws -> [String] {
      try PlotOutput.write(FinishedRun(in: run).figures(), as: [format], to: out)
    }
    let names = try write()
    #expect(!names.isEmpty)
    // Again, in place of the same.
    #expect(try write() == names)
    let last = "\(out)/\(names[names.count - 1]).\(format.rawValue)"
    try Data("mine".utf8).write(to: URL(fileURLWithPath: last))
    let first = "\(out)/\(names[0]).\(format.rawValue)"
    if names.count > 1 { try FileManager.default.removeItem(atPath: first) }
    let error = #expect(throws: FileError.self) { try write() }
    #expect(error?.description.hasPrefix(last) == true)
    #expect(try Fixtures.bytes(last) == Array("mine".utf8))
    if names.count > 1 { #expect(PathKind(of: first) == nil) }
  }

  @Test func aPictureTellsWhoMadeItAndIsSound() throws {
    let out = "\(folder.path)/figures"
    let names = try PlotOutput.write(FinishedRun(in: run).figures(), as: [.png], to: out)
    let picture = try RGBImage(contentsOf: "\(out)/\(names[0]).png", orientation: .asStored)
    #expect(picture.width == 1680)
  }
}
