import Foundation
import LatentLensEvaluation
import LatentLensFormats
import LatentLensImaging
import LatentLensNetwork
import LatentLensReading
import LatentLensTestSupport
import Synchronization
import Testing

/// What a judge gets to see: by the geometry of the run, and in whole words.
@Suite struct JudgedPictureTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A picture of 40 x 20 pixels of which a model sees the left half, as 4 x 4 tokens of 5 pixels. Those of the
  /// last row are padding, drawn below the picture.
  private func write(height: Int = 15) throws {
    let pixels = (0..<height).flatMap { y in
      (0..<40).flatMap { x in [UInt8(0), UInt8(x < 20 ? 100 : 200), UInt8(10 * y)] }
    }
    let picture = RGBImage(width: 40, height: height, pixels: pixels)
    let path = try folder.write(picture.png(), to: "p.png")
    let cells = (0..<16).map { (row: $0 / 4, column: $0 % 4) }
    func column(_ value: (Int, Int) -> Int) -> JSONValue {
      .array(cells.map { .integer(Int64(value($0.row, $0.column))) })
    }
    func reading(_ lens: String, _ entries: [Int64]) -> JSONValue {
      [
        "lens": .string(lens), "layer": 3,
        "entry": .array(cells.map { _ in .array(entries.map(JSONValue.integer)) }),
      ]
    }
    let image: JSONValue = [
      "name": "p.png", "path": .string(path), "width": 40, "height": .integer(Int64(height)),
      "sha256": .string(try SHA256.digest(ofFile: path)), "orientation": "stored",
      "tokens": [
        "view": column { _, _ in 0 }, "row": column { row, _ in row },
        "column": column { _, column in column },
        "polygon": .array(
          cells.map { row, column in
            let (x, y) = (Int64(5 * column), Int64(5 * row))
            return .array([x, y, x + 5, y, x + 5, y + 5, x, y + 5].map(JSONValue.integer))
          }),
      ],
      "readings": [reading("latent", [0, 1, 0, 2]), reading("logit", [3, 4, 5, 6])],
    ]
    let model: JSONValue = [
      "name": "m", "lenses": [["name": "latent", "title": "L"], ["name": "logit", "title": "G"]],
      "layers": [3],
      "entries": [
        // Rows of an index, of which one is of token 7; then tokens of the vocabulary.
        "word": ["boats", "Boats", "boat", "boa", "sea", "", "xyz"],
        "token_id": [7, 9, 9, 7, 5, 3, 4],
        "contextual_layer": [1, 2, 1, nil, nil, nil, nil],
        "sentence": [0, 0, 0, nil, nil, nil, nil], "position": [1, 1, 2, nil, nil, nil, nil],
      ],
      "images": [image],
    ]
    let results: JSONValue = [
      "schema": "latentlens.results", "version": .integer(Int64(Results.version)),
      "run": ["name": "r"], "models": [model],
    ]
    _ = try folder.write(results.text(), to: "results.json")
  }

  private final class Asked: Sendable {
    let bodies = Mutex<[String]>([])
  }

  /// What a judge is asked of the run: for each request the words, the whole picture and the region.
  private func questions() throws -> [(words: [String], whole: RGBImage, detail: RGBImage)] {
    let asked = Asked()
    let server = try LocalServer { request in
      asked.bodies.withLock { $0.append(request.body) }
      return .init("{\"choices\": [{\"message\": {\"content\": null}}]}")
    }
    let judge = Judge(
      try ChatEndpoint(
        base: "http://127.0.0.1:\(server.port)", model: "m", key: nil, timeout: 10, agent: "tests"))
    let judging = try Judging(
      of: FinishedRun(in: folder.path), by: judge, EvaluationOptions())
    try judging.ask()
    _ = try judging.judged()
    return try asked.bodies.withLock { $0 }.map { body in
      let content = try JSONNode(parsing: Array(body.utf8), file: "request")
        .required("messages").elements()[0].required("content").elements()
      let text = try content[1].required("text").string()
      let line = try #require(
        text.split(separator: "\n").first { $0.hasPrefix("Candidate words: ") })
      let words = try JSONNode(parsing: Array(line.dropFirst(17).utf8), file: "words").elements()
      return (
        try words.map { try $0.string() }, try picture(content[0]), try picture(content[2])
      )
    }
  }

  private func picture(_ node: JSONNode) throws -> RGBImage {
    let url = try node.required("image_url").required("url").string()
    let data = try #require(
      Data(base64Encoded: String(url.dropFirst("data:image/png;base64,".count))))
    return try RGBImage(contentsOf: folder.write([UInt8](data), to: "\(UUID().uuidString).png"))
  }

  @Test func regionsAreTheRunsOwnAndCroppedPartsAreNotShown() throws {
    try write()
    let asked = try questions()
    // Three rows are no padding, so that there are two regions; each is asked of each lens.
    #expect(asked.count == 4)
    for (_, whole, detail) in asked {
      // The left half, 20 x 15 pixels, enlarged.
      #expect(whole.width == 512 && whole.height == 384)
      #expect(detail.width == 384 && detail.height == 384)
      func pixel(_ picture: RGBImage, _ x: Int, _ y: Int) -> [UInt8] {
        Array(picture.pixels[(y * picture.width + x) * 3..<(y * picture.width + x) * 3 + 3])
      }
      // Nothing of the right half is there, and the region itself is not painted over.
      #expect(!stride(from: 1, to: whole.pixels.count, by: 3).contains { whole.pixels[$0] > 110 })
      #expect(!stride(from: 0, to: detail.pixels.count, by: 3).contains { detail.pixels[$0] > 0 })
      let isLeft = pixel(whole, 0, 100) == [255, 0, 0]
      let left = isLeft ? 0 : 128
      #expect(pixel(whole, left + 1, 200) == [255, 0, 0])
      #expect(pixel(whole, left + 382, 200) == [255, 0, 0])
      #expect(pixel(whole, left + 200, 1) == [255, 0, 0])
      // Inside, a trace of red; outside, none.
      #expect(pixel(whole, left + 200, 200)[0] == 30)
      #expect(pixel(whole, isLeft ? 450 : 60, 200)[0] == 0)
    }
  }

  @Test func wordsAreWholeForEveryLens() throws {
    try write()
    let words = Set(try questions().map(\.words))
    // Each once, whatever its case; the piece of the vocabulary as the word in which it was met.
    #expect(words == [["boats", "boat"], ["boats", "sea", "xyz"]])
  }

  @Test func anotherPictureIsNotJudged() throws {
    try write()
    let results = try Fixtures.bytes("\(folder.path)/results.json")
    try write(height: 16)
    _ = try folder.write(results, to: "results.json")
    let error = #expect(throws: HostError.self) { try questions() }
    #expect(error?.description.contains("another picture") == true)
  }
}
