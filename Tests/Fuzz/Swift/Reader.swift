import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensImaging
import LatentLensIndexing
import LatentLensKernels
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensTensors
import LatentLensTokenization

/// Something that reads files of other people, and what to do with what it has read.
struct Reader: Sendable {
  let name: String
  /// Reads bytes as a file that stands in a workshop.
  let read: @Sendable ([UInt8], Workshop) throws -> Void

  init(_ name: String, _ read: @escaping @Sendable ([UInt8], Workshop) throws -> Void) {
    self.name = name
    self.read = read
  }

  static let all = [
    safetensors, shards, gguf, torch, json, tokenizer, processor, configuration, model, run, png,
    jpeg,
    webp, index, rows, results, parted, part, request, truth, corpus,
  ]

  // MARK: Weights

  static let safetensors = Reader("safetensors") { bytes, workshop in
    let file = try SafetensorsFile(contentsOf: workshop.write(bytes, to: "x.safetensors"))
    touch(file.tensors.values)
  }

  /// What tells the files of a checkpoint in several.
  static let shards = Reader("shards") { bytes, workshop in
    let files = (1...3).map { "model-0000\($0)-of-00003.safetensors" }
    let folder = try workshop.folder("shards", of: "Fixtures/parity/llama-sharded-bf16", files)
    _ = try workshop.write(bytes, to: "shards/model.safetensors.index.json")
    touch(try FolderSource(folder).tensors().values)
  }

  static let gguf = Reader("gguf") { bytes, workshop in
    let path = try workshop.write(bytes, to: "x.gguf")
    touch(try GGUFFile(contentsOf: path).tensors.values)
    let source = try GGUFSource(path)
    _ = try source.configuration()
    _ = try source.tokenizer()?.tokenizer.encode(Self.text)
    touch(try source.tensors().values)
  }

  /// A file of torch.save; what is no archive is taken for the pickle in one.
  static let torch = Reader("torch") { bytes, workshop in
    let archive = bytes.starts(with: [0x50, 0x4B]) ? bytes : Archive.holding(pickle: bytes)
    let path = try workshop.write(archive, to: "x.pt")
    let document = try TorchDocument(contentsOf: path)
    for key in document.keys {
      if let records = try? document.records(key), records.count > 0 {
        _ = try? records.text("token_str", of: 0)
      }
    }
    touch(try TorchFile(contentsOf: path).tensors.values)
  }

  /// Decodes what is small.
  private static func touch(_ tensors: [Weight]) {
    for tensor in tensors.prefix(16) where tensor.count < 1 << 12 {
      _ = tensor.floats()
      _ = tensor.integers()
    }
  }

  // MARK: Texts

  /// What is read is written, and read again as the same.
  static let json = Reader("json") { bytes, workshop in
    let file = "\(workshop.path)/x.json"
    let node = try JSONNode(parsing: bytes, file: file)
    let text = node.value.text()
    let again = try JSONNode(parsing: Array(text.utf8), file: file)
    precondition(again.value.text() == text, "reads otherwise what it wrote: \(text)")
  }

  private static let text = "A red boat lies\ton the bëach,  under 12 white clouds ☃\u{301}.\n"

  static let tokenizer = Reader("tokenizer") { bytes, workshop in
    let tokenizer = try Tokenizer(contentsOf: workshop.write(bytes, to: "tokenizer.json"))
    let ids = tokenizer.encode(Self.text)
    _ = tokenizer.decode(ids)
    _ = tokenizer.decodeBytes(Array(0..<64))
    let tokens = TokenizedText(Self.text, tokenizer: tokenizer)
    for position in tokens.ids.indices { _ = tokens.word(aroundToken: position) }
  }

  static let corpus = Reader("corpus") { bytes, workshop in
    _ = try? Corpus(contentsOf: workshop.write(bytes, to: "x.csv"))
    _ = try Corpus(contentsOf: workshop.write(bytes, to: "x.txt"))
  }

  // MARK: Configurations

  static let processor = Reader("processor") { bytes, workshop in
    let folder = try workshop.folder("processor", of: "Fixtures/parity/llava-tiny", ["config.json"])
    _ = try workshop.write(bytes, to: "processor/preprocessor_config.json")
    let processor = try ModelFiles(folder).imageProcessor(.standard)
    _ = processor.level(of: 0.5, channel: 1)
    // Pictures of thousands of pixels are sound, and take their time.
    guard !hasLongNumber(bytes) else { return }
    let picture = RGBImage(width: 5, height: 4, pixels: (0..<60).map { UInt8($0 * 4) })
    do {
      let prepared = try processor.prepare(picture)
      precondition(prepared.pixels.values.allSatisfy { !$0.isNaN }, "makes a NaN of a picture")
    } catch {
      throw HostError("\(folder): \(error)")
    }
  }

  private static func hasLongNumber(_ bytes: [UInt8]) -> Bool {
    var digits = 0
    for byte in bytes {
      digits = 0x30...0x39 ~= byte ? digits + 1 : 0
      if digits > 2 { return true }
    }
    return false
  }

  static let configuration = Reader("configuration") { bytes, workshop in
    let folder = try workshop.folder(
      "checkpoint", of: "Fixtures/parity/llama-gqa", ["model.safetensors"])
    _ = try workshop.write(bytes, to: "checkpoint/config.json")
    _ = try ModelLoader(registry: .standard, threads: 1).survey(folder)
  }

  static let model = Reader("model") { bytes, workshop in
    _ = try ModelManifest(contentsOf: workshop.write(bytes, to: "model.json"))
  }

  static let run = Reader("run") { bytes, workshop in
    _ = try workshop.folder("images", of: "Fixtures/images", ["gray.png", "alpha.webp"])
    let request = try Request(contentsOf: workshop.write(bytes, to: "run.json"))
    _ = request.name
  }

  // MARK: Pictures

  static let png = picture("png")
  static let jpeg = picture("jpeg")
  static let webp = picture("webp")

  private static func picture(_ format: String) -> Reader {
    Reader(format) { bytes, workshop in
      let path = try workshop.write(bytes, to: "x.\(format)")
      let size = try RGBImage.size(ofFile: path, orientation: .exif)
      // What is large takes long, and is read as what is small.
      guard size.width * size.height <= 1 << 16 else { return }
      let picture = try RGBImage(contentsOf: path, orientation: .exif)
      precondition(picture.width == size.width && picture.height == size.height)
    }
  }

  // MARK: What was made here

  static let index = Reader("index") { bytes, workshop in
    try search(workshop, replacing: IndexDescription.fileName, by: bytes)
  }

  /// Where the rows of an index come from.
  static let rows = Reader("rows") { bytes, workshop in
    try search(workshop, replacing: "tokens.safetensors", by: bytes)
  }

  private static func search(
    _ workshop: Workshop, replacing file: String, by bytes: [UInt8]
  ) throws {
    let folder = try workshop.index()
    let sound = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)"))
    defer { _ = try? workshop.write([UInt8](sound), to: "index/\(file)") }
    _ = try workshop.write(bytes, to: "index/\(file)")
    let index = try ContextualIndex(contentsOf: folder)
    let queries = Matrix(rows: 1, columns: 4, values: [1, 2, 3, 4])
    let found = index.neighbors(of: queries, topK: 2, compute: Compute(threads: 1))
    for neighbor in found.joined() {
      guard let row = neighbor.origin?.row else { continue }
      _ = index.entries.sentences[index.entries.sentenceIDs[row]]
    }
    _ = index.summary
    try index.verify()
  }
}
