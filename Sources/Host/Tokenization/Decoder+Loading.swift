internal import LatentLensFormats

extension Decoder {
  init(_ node: JSONNode) throws {
    let read: @Sendable (JSONNode) throws -> Decoder = try node.required("type").choice([
      "ByteLevel": { _ in .byteLevel },
      "ByteFallback": { _ in .byteFallback },
      "Metaspace": { .metaspace(try Metaspace($0)) },
      "Fuse": { _ in .fuse },
      "Replace": {
        .replace(
          try Matcher($0.required("pattern")), with: Array(try $0.required("content").string().utf8)
        )
      },
      "Strip": {
        .strip(
          try Self.nonEmpty($0.required("content")), start: try Self.count($0.required("start")),
          stop: try Self.count($0.required("stop")))
      },
      "Sequence": { .sequence(try $0.required("decoders").elements().map(Decoder.init)) },
    ])
    self = try read(node)
  }

  private static func nonEmpty(_ node: JSONNode) throws -> [UInt8] {
    let content = Array(try node.string().utf8)
    guard !content.isEmpty else { throw node.error("is empty") }
    return content
  }

  private static func count(_ node: JSONNode) throws -> Int {
    let count = try node.integer()
    guard count >= 0 else { throw node.error("is negative") }
    return count
  }
}
