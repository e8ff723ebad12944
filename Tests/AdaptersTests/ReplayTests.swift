import LatentLensComponents
import LatentLensFormats
import LatentLensImaging
import LatentLensLLaVA
import LatentLensMolmo
import LatentLensPaper
import Testing

/// Captured pixels, in every shape in which they are told.
@Suite struct ReplayTests {
  private func processor(_ name: String) throws -> any ImageProcessor {
    guard let file = HostileProcessorTests.files[name] else { throw ImageObjection("no \(name)") }
    return try Bench.processor(JSONNode(file, file: "preprocessor_config.json"))
  }

  private func complaint(_ name: String, _ tensors: Captured) throws -> String {
    let processor = try processor(name)
    return #expect(throws: ImageObjection.self) { try processor.replay(tensors) }?.description ?? ""
  }

  @Test func aBatchOfOneMayOrMayNotBeTold() throws {
    let classic = try processor("CLIPImageProcessor")
    for (shape, crops) in [
      ([3, 4, 5], 1), ([1, 3, 4, 5], 1), ([2, 3, 4, 5], 2), ([1, 2, 3, 4, 5], 2),
    ] {
      let pixels = try classic.replay(Captured(shape)).pixels
      #expect(pixels.shape == [crops, 3, 4, 5])
    }
    for shape in [[4, 5], [1, 4, 5], [2, 2, 3, 4, 5], [4, 3, 1, 2, 3, 4]] {
      #expect(throws: ImageObjection.self) { try classic.replay(Captured(shape)) }
    }
    let patched = try processor("Molmo2ImageProcessor")
    for shape in [[3, 16, 147], [1, 3, 16, 147]] {
      let replayed = try patched.replay(Captured(shape, ["image_grids": [2, 2, 2, 3]]))
      #expect(replayed.pixels.shape == [3, 16, 147])
    }
  }

  @Test func rastersOfPatchesAreThoseOfTheFile() throws {
    let qwen = try processor("Qwen2VLImageProcessor")
    for shape in [[24, 294], [1, 24, 294]] {
      let pixels = try qwen.replay(Captured(shape, ["image_grid_thw": [1, 4, 6]])).pixels
      #expect(
        pixels.layout
          == .patches(
            PatchGrid(rows: 4, columns: 6, patchSize: 7, squares: [2]), features: 294))
    }
    let name = "Qwen2VLImageProcessor"
    #expect(try complaint(name, Captured([24, 294])).contains("needs image_grid_thw"))
    #expect(
      try complaint(name, Captured([24, 294], ["image_grid_thw": [1, 4, 4]]))
        .contains("is not 24 patches"))
    #expect(
      try complaint(name, Captured([24, 294], ["image_grid_thw": [2, 4, 3]]))
        .contains("only pictures"))
    #expect(
      try complaint(name, Captured([24, 294], ["image_grid_thw": [1, -4, -6]]))
        .contains("image_grid_thw"))
    #expect(
      try complaint(name, Captured([2, 12, 294], ["image_grid_thw": [1, 4, 6]]))
        .contains("[2, 12, 294]"))
  }

  @Test func rastersOfTilesComeFromThePicturesSize() throws {
    let next = try processor("LlavaNextImageProcessor")
    // A wide picture is cut into two tiles side by side.
    let wide = try next.replay(Captured([3, 3, 28, 28], ["image_sizes": [50, 100]]))
    #expect(
      try TileLayout(of: wide)
        == TileLayout(of: next.prepare(HostileProcessorTests.picture(100, 50))))
    let alone = try TileLayout(of: next.replay(Captured([3, 28, 28])))
    #expect(alone.tileRows == 0 && alone.tileColumns == 0)
    #expect(
      try complaint("LlavaNextImageProcessor", Captured([3, 3, 28, 28])).contains("image_sizes"))
  }

  @Test func rastersOfOverlappingCropsComeFromTheirTokens() throws {
    let molmo = try processor("MolmoImageProcessor")
    // Six crops of 8 x 8 patches, which reach 4 into each other.
    let grids = ["image_grids": [4, 4, 6, 8]]
    let shares = (0..<7 * 64).map { Float($0 % 3) / 2 }
    let replayed = try OverlapLayout(
      of: molmo.replay(Captured([7, 64, 147], grids, shares: ["image_masks": shares])))
    #expect([replayed.rows, replayed.columns] == [2, 3])
    #expect(replayed.padding.wholly.prefix(2) == [0, 3] && replayed.padding.partly.first == 1)
    try replayed.padding.check(patches: 7 * 64)
    #expect(throws: ImageObjection.self) { try replayed.padding.check(patches: 6 * 64) }
    for grids in [[:], ["image_grids": [4, 4, 9, 9]]] {
      #expect(
        try complaint("MolmoImageProcessor", Captured([7, 64, 147], grids))
          .contains("no whole picture"))
    }
    #expect(
      try complaint("MolmoImageProcessor", Captured([1, 64, 147])).contains("no whole picture"))
  }

  @Test func paddingIsFoundForAnyProcessor() throws {
    let box = try processor("LetterboxImageProcessor")
    let masks = ["image_masks": [0, 0.5, 1, -1] as [Float]]
    let told = try PaddedPatches(of: box.replay(Captured([3, 28, 28], shares: masks))).padding
    // Nobody knows of the last: the models were taught to take it for partly padded.
    #expect(told.wholly == [0] && told.partly == [1, 3] && told.blankCrops == [])
    var blank = Captured([2, 3, 1, 1])
    blank.pixels.values = [0, 0, 0, -1, -1, -1]
    let other = try processor("SiglipImageProcessor").replay(blank)
    #expect(PaddedPatches(of: other).padding == PatchPadding(of: other.pixels))
    #expect(PaddedPatches(of: other).padding.blankCrops == [1])
    try PaddedPatches(of: other).padding.check(patches: 5)
    #expect(throws: ImageObjection.self) { try OverlapLayout(of: other) }
  }
}
