import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import LatentLensSession
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Several pictures in one prompt. That their states are those of transformers is `ParityTests`' to show.
@Suite struct SeveralImagesTests {
  let model: VisionLanguage
  let night: SeenImage
  let coast: SeenImage

  init() throws {
    model = try Bench.demo().whole()
    night = try model.see("\(Fixtures.demo)/images/night.jpg")
    coast = try model.see("\(Fixtures.demo)/images/coast.jpg")
  }

  @Test func eachMarkerTakesItsImage() throws {
    let prompt = "<im_start><image><im_end> a house <im_start><image><im_end>"
    let pass = try ForwardPass(model: model, images: [night, coast], prompt: prompt)
    let layout = pass.layout
    #expect(layout.images.map(\.count) == [144, 144])
    #expect(layout.visualPositions == layout.images[0] + layout.images[1])
    #expect(layout.visualPositions == layout.visualPositions.sorted())
    let placeholder = model.bridge.joint.placement.placeholder
    #expect(layout.visualPositions == layout.ids.indices.filter { layout.ids[$0] == placeholder })
    // Each image's tokens are its own, as if it stood alone.
    let both = pass.record([.connector], rows: layout.visualPositions)
    for (number, image) in [night, coast].enumerated() {
      let alone = try ForwardPass(model: model, images: [image])
      let tokens = alone.record([.connector], rows: alone.layout.visualPositions)
      #expect(
        both.states.rows(number * 144..<(number + 1) * 144).values() == tokens.states.values())
    }
  }

  @Test func whatStandsBehindAnImageDoesNotChangeIt() throws {
    let one = try ForwardPass(
      model: model, images: [night], prompt: "<im_start><image><im_end>")
    let two = try ForwardPass(
      model: model, images: [night, coast],
      prompt: "<im_start><image><im_end><im_start><image><im_end>")
    let last = Stage.hidden(model.text.decoder.blockCount)
    let rows = one.layout.visualPositions
    #expect(rows == two.layout.images[0])
    let alone = one.record([last], rows: rows).states.values()
    let before = two.record([last], rows: rows).states.values()
    let largest = alone.map(abs).max() ?? 0
    for (x, y) in zip(alone, before) { #expect(abs(x - y) < 1e-4 * largest) }
  }

  @Test func aModelsOwnPromptRepeatsItsMarker() throws {
    #expect(
      try model.prompt(for: nil, images: 3) == "<im_start><image><image><image><im_end>")
    #expect(try model.prompt(for: nil, images: 1) == "<im_start><image><im_end>")
    let folder = try TemporaryFolder()
    let manifest = try folder.write(
      """
      {"name": "demo", "checkpoint": "\(Fixtures.demo)", "turn": "USER: <image>\\n{prompt} SAY:"}
      """, to: "model.json")
    let taught = try Bench.loader.load(manifest).whole()
    #expect(
      try taught.prompt(for: "Which {prompt}?", images: 2)
        == "USER: <image><image>\nWhich {prompt}? SAY:")
    #expect(try taught.prompt(for: "a <image> b", images: 2) == "a <image> b")
  }

  @Test func markersHaveToBeAsManyAsImages() throws {
    for (prompt, images, words) in [
      ("<image> and <image>", [night], "has 2 `<image>` markers; it needs one, where"),
      ("<image>", [night, coast], "has 1 `<image>` markers; it needs 2, one for each image"),
      ("<image>", [], "has 1 `<image>` markers; it needs 0"),
    ] {
      let error = #expect(throws: HostError.self) {
        try ForwardPass(model: model, images: images, prompt: prompt)
      }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test func capturedPlaceholdersAreDealtInOrder() throws {
    let fixture = Fixtures.path("parity/qwen2-vl-two")
    let out = try TemporaryFolder()
    let model = try Bench.model("qwen2-vl-two")
    let job = try StatesJob(
      model, source: .inputs("\(fixture)/inputs.safetensors"), layers: LayerSelection("1"),
      logits: false)
    try job.run(to: "\(out.path)/states")
    let found = try SafetensorsFile(contentsOf: "\(out.path)/states").tensors
    let expected = try SafetensorsFile(contentsOf: "\(fixture)/expected.safetensors").tensors
    #expect(
      try #require(found["visual_positions"]).integers()
        == #require(expected["visual_positions"]).integers())
    #expect(found["vision.0"]?.shape == expected["vision.0"]?.shape)
  }

  @Test func capturedTensorsThatDoNotBelongTogetherAreNamed() throws {
    let folder = try TemporaryFolder()
    let source = try SafetensorsFile(
      contentsOf: Fixtures.path("parity/qwen2-vl-two/inputs.safetensors")
    ).tensors
    let ids = try #require(source["token_ids"]).integers()
    let pixels = try #require(source["pixel_values"])
    let model = try Bench.model("qwen2-vl-two")
    for (grids, extra, words) in [
      ([1, 6, 10, 1, 8, 6] as [Int64], nil, "tells of 108 patches in 2 images"),
      ([1, 6, 10, 1, 4, 8], nil, nil),
      ([1, 6, 10, 1, 8, 4], "image_grid_whd", "`image_grid_whd` is no input"),
    ] as [([Int64], String?, String?)] {
      let path = "\(folder.path)/inputs"
      var tensors: [SafetensorsWriter.Declaration] = [
        .init("token_ids", .i64, [ids.count]), .init("pixel_values", .f32, pixels.shape),
        .init("image_grid_thw", .i64, [2, 3]),
      ]
      if let extra { tensors.append(.init(extra, .i64, [1])) }
      let writer = try SafetensorsWriter(path: path, tensors: tensors)
      try writer.write(ids)
      try writer.write(pixels.floats())
      try writer.write(grids)
      if extra != nil { try writer.write([Int64(0)]) }
      try writer.finish()
      do {
        _ = try StatesJob(model, source: .inputs(path), layers: .all, logits: false)
        #expect(words == nil)
      } catch {
        #expect("\(error)".contains(path) && words.map("\(error)".contains) == true, "\(error)")
        if extra != nil {
          #expect("\(error)".contains("it takes token_ids, pixel_values, image_grid_thw"))
        }
      }
    }
  }
}
