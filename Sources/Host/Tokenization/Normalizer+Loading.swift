internal import LatentLensFormats

extension Normalizer {
  init(_ node: JSONNode) throws {
    let read: @Sendable (JSONNode) throws -> Normalizer = try node.required("type").choice([
      "NFC": { _ in .form(.nfc) },
      "NFD": { _ in .form(.nfd) },
      "NFKC": { _ in .form(.nfkc) },
      "NFKD": { _ in .form(.nfkd) },
      "Lowercase": { _ in .lowercase },
      "StripAccents": { _ in .stripAccents },
      "Strip": {
        .strip(
          left: try $0.required("strip_left").bool(), right: try $0.required("strip_right").bool())
      },
      "Replace": {
        .replace(
          try Matcher($0.required("pattern")), with: Array(try $0.required("content").string().utf8)
        )
      },
      "Prepend": { .prepend(Array(try $0.required("prepend").string().utf8)) },
      "ByteLevel": { _ in .byteLevel },
      "Sequence": { .sequence(try $0.required("normalizers").elements().map(Normalizer.init)) },
    ])
    self = try read(node)
  }
}
