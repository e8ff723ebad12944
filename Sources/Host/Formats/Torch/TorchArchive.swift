internal import LatentLensTensors

/// The members that torch writes, under whatever folder they are.
struct TorchArchive {
  let file: MappedFile
  let pickle: Range<Int>
  private let folder: String
  private let members: NameTable<Range<Int>>

  init(_ file: MappedFile) throws(TorchError) {
    self.file = file
    members = try ZipDirectory(file).members
    let pickles = members.filter { $0.key == "data.pkl" || $0.key.hasSuffix("/data.pkl") }
    guard pickles.count == 1, let (name, range) = pickles.first else {
      throw TorchError(path: file.path, problem: .missingMember("data.pkl"))
    }
    folder = String(name.dropLast("data.pkl".count))
    pickle = range
    if let order = members["\(folder)byteorder"] {
      let text = String(decoding: file.bytes(order).prefix(16), as: UTF8.self)
      guard text == "little" else {
        throw TorchError(path: file.path, problem: .archive("its byte order is `\(text)`"))
      }
    }
  }

  /// A tensor of the pickle, where its elements lie.
  func weight(_ name: String, _ tensor: PickleTensor) throws(TorchError) -> Weight {
    func fail(_ reason: String) -> TorchError {
      TorchError(path: file.path, problem: .tensor(name, reason))
    }
    let storage = tensor.storage
    guard let bytes = members["\(folder)data/\(storage.key)"] else {
      throw fail("needs `data/\(storage.key)`, which the archive does not have")
    }
    guard let count = product(tensor.shape), let contiguous = strides(of: tensor.shape),
      tensor.strides.count == tensor.shape.count
    else { throw fail("has a shape that overflows") }
    // The stride of a side of 1 never counts.
    for (side, (found, expected)) in zip(tensor.shape, zip(tensor.strides, contiguous))
    where side > 1 && found != expected {
      throw fail("is not stored row by row; save it with `.contiguous()`")
    }
    // No storage of torch has elements that share anything: a block is an element.
    let encoding = storage.encoding
    let elements = bytes.count / encoding.bytesPerBlock
    guard tensor.offset <= elements, count <= elements - tensor.offset else {
      throw fail("needs \(count) elements, but `data/\(storage.key)` has \(elements)")
    }
    return Weight(
      name: name, shape: tensor.shape, encoding: encoding, file: file,
      offset: bytes.lowerBound + tensor.offset * encoding.bytesPerBlock)
  }

  private func product(_ shape: [Int]) -> Int? {
    shape.reduce(1) { product, side in
      product.flatMap {
        let (next, overflow) = $0.multipliedReportingOverflow(by: side)
        return overflow ? nil : next
      }
    }
  }

  private func strides(of shape: [Int]) -> [Int]? {
    shape.indices.reduce(into: [Int]?.some([])) { strides, index in
      strides = strides.flatMap { found in
        product(Array(shape[(index + 1)...])).map { found + [$0] }
      }
    }
  }
}
