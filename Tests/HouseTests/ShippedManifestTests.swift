import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import LatentLensTestSupport
import Testing

/// The manifests in `models/`: each can be read, tells how its files are fetched, and names adapters that
/// are there.
@Suite struct ShippedManifestTests {
  static let files =
    (try? FileManager.default.contentsOfDirectory(atPath: "\(Fixtures.repository)/models"))?
    .filter { $0.hasSuffix(".json") }.sorted() ?? []

  @Test func everyModelOfThePaperHasOne() {
    let pairs = ["llama", "olmo", "qwen"].flatMap { decoder in
      ["clip", "dino", "siglip"].map { "\(decoder)-\($0).json" }
    }
    let others = [
      "gemma-2-9b", "llama-3.1-8b", "llava-1.5-7b", "llava-next-34b", "molmo-7b-d", "molmo-72b",
      "molmo2-8b", "qwen2-vl-7b", "qwen2.5-7b", "qwen2.5-vl-7b", "qwen2.5-vl-32b", "qwen3-vl-8b",
    ].map { "\($0).json" }
    #expect(Set(pairs + others).isSubset(of: Set(Self.files)))
  }

  @Test(arguments: files)
  func aManifestIsWholeAndTellsItsDownload(_ file: String) throws {
    let path = "\(Fixtures.repository)/models/\(file)"
    let manifest = try ModelManifest(contentsOf: path)
    #expect("\(manifest.name).json" == file)
    let comment = try JSONNode(contentsOf: path).required("comment").string()
    var sources: [String] = []
    switch manifest.source {
    case .checkpoint(let source): sources = [source]
    case .parts(let parts, _):
      sources = parts.values.map(\.weights)
      let registry = Registry.standard
      if let adapter = parts[.encoder]?.adapter { #expect(registry.encoder(adapter) != nil) }
      if let adapter = parts[.connector]?.adapter { #expect(registry.connector(adapter) != nil) }
      if let adapter = parts[.decoder]?.adapter { #expect(registry.decoder(adapter) != nil) }
    }
    for source in sources {
      let repository = source.dropFirst(3).split(separator: "/").prefix(2).joined(separator: "/")
      #expect(source.hasPrefix("hf:") && comment.contains("hf download \(repository)"), "\(source)")
    }
  }
}
