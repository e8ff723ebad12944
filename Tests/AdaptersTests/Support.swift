import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import Testing

/// Image processors of the catalog, made from their files.
enum Bench {
  static func processor(contentsOf path: String) throws -> any ImageProcessor {
    try processor(JSONNode(contentsOf: path))
  }

  static func processor(_ node: JSONNode) throws -> any ImageProcessor {
    try make(adapter(of: node), node)
  }

  /// The type that the file's class name stands for.
  static func adapter(of node: JSONNode) throws -> any ImageProcessor.Type {
    let name = try node.decode(ConfigurationKeys.self).imageProcessorClass()
    return try #require(Registry.standard.imageProcessor(ofClass: name))
  }

  private static func make<P: ImageProcessor>(_ type: P.Type, _ node: JSONNode) throws -> P {
    try P(node.decode(P.Configuration.self))
  }

  /// The keys of a file that its processor neither reads nor knows to be irrelevant.
  static func unreadKeys(_ node: JSONNode) throws -> [String] {
    func asked<P: ImageProcessor>(_ type: P.Type) throws -> Set<String> {
      let asked = AskedKeys()
      _ = try node.decode(P.Configuration.self, noting: asked)
      return asked.keys(ofObjectAt: node.path) ?? []
    }
    let type = try adapter(of: node)
    let known = try asked(type)
    return try node.members().map(\.key).filter { key in
      !known.contains(key)
        && !type.irrelevantKeys.contains { name in
          name.hasSuffix("*") ? key.hasPrefix(name.dropLast()) : key == name
        }
    }
  }
}

/// Tensors that stand for a captured file.
struct Captured: CapturedTensors {
  var pixels: (shape: [Int], values: [Float])
  var numbers: [String: [Int]] = [:]
  var shares: [String: [Float]] = [:]

  init(_ shape: [Int], _ numbers: [String: [Int]] = [:], shares: [String: [Float]] = [:]) {
    pixels = (shape, Array(repeating: 0.5, count: shape.reduce(1, *)))
    self.numbers = numbers
    self.shares = shares
  }

  func integers(_ name: String) throws(ImageObjection) -> [Int]? { numbers[name] }
  func floats(_ name: String) -> [Float]? { shares[name] }
}
