import LatentLensComponents
import LatentLensFormats
import LatentLensKernels
import LatentLensModels
import LatentLensSession
import LatentLensTensors
import LatentLensTestSupport
import LatentLensWeights
import Synchronization
import Testing

/// One stream of stages: in order, once each, and no deeper than somebody looks.
@Suite struct StageTests {
  private func demo() throws -> (VisionLanguage, ForwardPass) {
    let model = try Bench.demo().whole()
    let image = try model.see("\(Fixtures.demo)/images/night.jpg")
    return (model, try ForwardPass(model: model, images: [image]))
  }

  @Test func stagesComeInOrderAndOnce() throws {
    let (model, pass) = try demo()
    var seen: [Stage] = []
    pass.run(observer: StageObserver { stage, _ in seen.append(stage) })
    let (encoder, decoder) = (model.sight.encoder, model.text.decoder)
    let norm: [Stage] = encoder.finalNorm == nil ? [] : [.visionNorm]
    let vision = (0...encoder.blockCount).map(Stage.vision)
    let hidden = (0...decoder.blockCount).map(Stage.hidden)
    #expect(seen == [.pixels] + vision + norm + [.connector] + hidden + [.norm, .logits])
  }

  @Test func aDecoderStopsWhereNobodyLooksAnyMore() throws {
    let (model, pass) = try demo()
    let count = model.text.decoder.blockCount
    for (wanted, depth) in [
      ([Stage.hidden(2)], 2), ([.hidden(0)], 0), ([.hidden(1), .logits], count),
      ([.norm], count), ([.connector], 0), ([.vision(1), .pixels], 0),
    ] {
      let cache = KeyValueCache(layers: count)
      var seen: [Stage] = []
      let last = pass.run(
        observer: StageObserver(wants: wanted.contains) { stage, _ in seen.append(stage) },
        cache: cache)
      #expect(seen == wanted.sorted())
      // A block that ran has left keys and values.
      let ran = (0..<count).filter { cache.layer($0).count > 0 }
      #expect(ran == Array(0..<depth), "\(wanted)")
      let isRead = wanted.contains { $0 > .connector }
      #expect(last.rows == (isRead ? pass.layout.ids.count : 0))
    }
  }

  @Test func anEncoderStopsWhereNobodyLooksAnyMore() {
    for (wanted, depth) in [
      ([Stage.vision(1)], 1), ([.vision(0), .vision(2)], 2), ([.visionNorm], 3), ([.pixels], nil),
      ([.vision(9)], nil),
    ] as [([Stage], Int?)] {
      let encoder = CountingEncoder()
      let pixels = PixelValues(.planes(crops: 1, height: 1, width: 1), values: [1, 2, 3])
      var seen: [Stage] = []
      EncoderPass(encoder, images: [pixels, pixels]).run(
        observer: StageObserver(wants: wanted.contains) { stage, state in
          seen.append(stage)
          // Both images, one after the other.
          #expect(state.rows == (stage == .pixels ? 6 : 2))
        })
      #expect(encoder.log.depths == (depth.map { [$0, $0] } ?? []))
      #expect(seen == (depth == nil && wanted != [.pixels] ? [] : wanted))
    }
  }

  @Test func additionsAreShownOrNot() {
    for (areShown, shown) in [(true, Float(11)), (false, 1)] {
      let additions = StreamAdditions(at: [1], afterFirst: 1, areShown: areShown) { _ in
        Matrix(rows: 1, columns: 1, values: [10])
      }
      var seen: [[Float]] = []
      let observer = StageObserver { _, state in seen.append(state.values()) }
      let pass = DecoderPass(
        Segments(count: 2), through: 2, adding: additions, observer: observer)
      let last = pass.run(Matrix(rows: 2, columns: 1)) { _, stream, _ in
        stream.add(row: [1])
      }
      // What a later block sees is the sum in any case.
      #expect(seen == [[0, 0], [1, shown], [2, 12]])
      #expect(last.values() == [2, 12])
    }
  }

  @Test func recordedRowsAreThoseOfTheSequence() throws {
    let (_, pass) = try demo()
    let positions = pass.layout.visualPositions
    let rows = [positions[5], positions[100]]
    let batch = pass.record([.connector, .hidden(0), .hidden(3), .norm], rows: rows)
    var states: [Stage: [Float]] = [:]
    pass.run(
      observer: StageObserver { stage, state in
        switch stage {
        case .connector: states[stage] = state.gather([5, 100]).values()
        case .hidden, .norm: states[stage] = state.gather(rows).values()
        default: break
        }
      })
    #expect(batch.tokenCount == 2)
    for stage in batch.stages {
      let range = batch.range(of: stage) ?? 0..<0
      let found = batch.states.rows(range).values()
      #expect(found == states[stage], "\(stage.tensorName)")
    }
    try batch.requireFinite(rows: rows, in: "")
  }

  // MARK: An encoder alone

  @Test func anEncoderAloneSeesAndTellsItsLastNorm() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      {"name": "eyes", "checkpoint": "\(Fixtures.path("parity/dinov2-tiny"))",
       "preprocessing": {"image_processor_type": "BitImageProcessor",
         "size": {"shortest_edge": 42}, "crop_size": {"height": 42, "width": 42}}}
      """, to: "model.json")
    let model = try Bench.loader.load(path)
    let image = "\(Fixtures.demo)/images/night.jpg"
    let out = "\(folder.path)/states"
    try StatesJob(
      model, source: .image([image, image], prompt: nil), layers: .all, logits: false
    ).run(to: out)
    let tensors = try SafetensorsFile(contentsOf: out).tensors
    let count = try model.sight().encoder.blockCount
    #expect(
      Set(tensors.keys) == Set((0...count).map { "vision.\($0)" } + ["vision.norm"]))
    // CLS and 3 by 3 patches of 14, twice the same.
    for tensor in tensors.values {
      let values = tensor.floats()
      #expect(tensor.shape[0] == 20)
      #expect(values.prefix(values.count / 2).elementsEqual(values.suffix(values.count / 2)))
    }
  }
}

/// An encoder that counts how deep it was asked to go.
private struct CountingEncoder: VisionEncoder {
  struct Configuration: AdapterConfiguration {
    init(_ keys: ConfigurationKeys) {}
  }

  final class Log: Sendable {
    private let taken = Mutex<[Int]>([])
    var depths: [Int] { taken.withLock { $0 } }
    func add(_ depth: Int) { taken.withLock { $0.append(depth) } }
  }

  static let architectures = ["counting"]
  let log = Log()
  let width = 1
  let blockCount = 3
  let prefixTokenCount = 0
  var finalNorm: (any Norm)? { CountingNorm() }

  init() {}
  init(_ configuration: Configuration, weights: WeightScope) {}

  func check(_ pixels: PixelValues) {}
  func grid(for pixels: PixelValues) -> PatchGrid { PatchGrid(rows: 1, columns: 1, patchSize: 1) }

  func encode(_ pixels: PixelValues, through depth: Int, observer: StageObserver) -> Matrix {
    log.add(depth)
    return visionStream(Matrix(rows: 1, columns: 1), through: depth, observer: observer) { _, _ in }
  }
}

private struct CountingNorm: Norm {
  func callAsFunction(_ x: borrowing Matrix) -> Matrix { x.copy() }
}
