import ArgumentParser
import LatentLensComponents
import LatentLensFormats
import LatentLensImaging
import LatentLensModels
import LatentLensTensors

struct Preprocess: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the pixel tensor that the encoder would see.",
    discussion: """
      Example: latentlens preprocess --model models/demo --image models/demo/images/night.jpg --out pixels.safetensors
      """)

  @Option(help: "A model manifest, a folder with preprocessor_config.json, or hf:OWNER/NAME.")
  var model: String

  @Option(help: "The image.")
  var image: String

  @Option(help: "The safetensors file to write.")
  var out: String

  @OptionGroup var output: OutputOptions
  @OptionGroup var common: CommonOptions

  private static let work = "latentlens preprocess"

  func run() throws {
    try output.policy.reading([image]).admit(tensors: out, madeBy: Self.work)
    let files = try ModelFiles(model)
    let processor = try files.imageProcessor(CommandLineTool.registry)
    let picture = try RGBImage(contentsOf: image, orientation: files.orientation)
    let pixels: PixelValues
    do {
      pixels = try processor.prepare(picture).pixels
    } catch {
      throw HostError("\(image): \(error)")
    }
    try write(pixels)
    try common.console.note(out)
  }

  private func write(_ pixels: PixelValues) throws {
    var tensors = [SafetensorsWriter.Declaration("pixel_values", .f32, pixels.shape)]
    // Patches that are cut already are told with their raster: one frame of so many rows and columns.
    var raster: [Int64] = []
    if case .patches(let grid, _) = pixels.layout {
      raster = [1, Int64(grid.rows), Int64(grid.columns)]
      tensors.append(.init("image_grid_thw", .i64, [1, raster.count]))
    }
    let writer = try SafetensorsWriter(
      path: out, tensors: tensors, metadata: [(SafetensorsWriter.maker, Self.work)])
    try writer.write(pixels.values)
    try writer.write(raster)
    try writer.finish()
  }
}
