internal import LatentLensComponents
internal import LatentLensFormats

/// The image processor of a model, found by the name of its class in the file that describes it.
struct StoredProcessor {
  let processor: any ImageProcessor
  let unreadKeys: [UnreadKey]

  /// Makes the processor that a manifest or a file beside the weights describes; nil where neither does.
  ///
  /// - Throws: `JSONError` with the place for a description that is empty or of a class that is not known.
  init?(manifest: ModelManifest, source: any WeightSource, registry: Registry) throws {
    guard let node = try manifest.preprocessing ?? Self.description(in: source) else { return nil }
    guard try !node.members().isEmpty else {
      throw node.error("describes no image processor; put the publisher's file beside the weights")
    }
    let document = try ConfigurationDocument(node)
    processor = try Self.make(document, registry)
    unreadKeys = try document.unreadKeys()
  }

  /// A file of its own, or a member of the file that describes the processors of text and images together.
  private static func description(in source: any WeightSource) throws -> JSONNode? {
    if let file = source.file("preprocessor_config.json") {
      let root = try JSONNode(contentsOf: file)
      return root["image_processor"] ?? root
    }
    return try source.file("processor_config.json").flatMap {
      try JSONNode(contentsOf: $0)["image_processor"]
    }
  }

  private static func make(
    _ document: ConfigurationDocument, _ registry: Registry
  ) throws -> any ImageProcessor {
    let name = try document.root.decode(ClassName.self).name
    guard let processor = registry.imageProcessor(ofClass: name) else {
      let known = registry.imageProcessors.flatMap { $0.architectures }.joined(separator: ", ")
      throw document.root.error(
        "the image processor `\(name)` has no description here; there are \(known)")
    }
    return try make(processor, document)
  }

  private static func make<P: ImageProcessor>(
    _ type: P.Type, _ document: ConfigurationDocument
  ) throws -> P {
    let configuration = try document.decode(type, at: document.root)
    do {
      return try P(configuration)
    } catch {
      throw document.root.error(error.description)
    }
  }

  private struct ClassName: AdapterConfiguration {
    let name: String

    init(_ keys: ConfigurationKeys) throws { name = try keys.imageProcessorClass() }
  }

  /// Why a model has no processor.
  static func absent(in source: String) -> HostError {
    HostError("\(source): has no preprocessor_config.json; put it beside the weights")
  }
}
