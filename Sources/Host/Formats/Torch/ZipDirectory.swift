internal import LatentLensTensors

/// The members of a ZIP archive that are stored as they are, by name: where each one's bytes lie.
///
/// Reads the central directory, ZIP64 included (PKWARE's APPNOTE 6.3). Torch compresses nothing, so that
/// tensors can be mapped.
struct ZipDirectory {
  let members: NameTable<Range<Int>>

  init(_ file: MappedFile) throws(TorchError) {
    do {
      members = try Self.read(file)
    } catch let error as TorchError {
      throw error
    } catch {
      throw TorchError(path: file.path, problem: .archive("its directory is cut off"))
    }
  }

  private static func read(_ file: MappedFile) throws -> NameTable<Range<Int>> {
    func damaged(_ reason: String) -> TorchError {
      TorchError(path: file.path, problem: .archive(reason))
    }
    let tailStart = max(0, file.count - 65_557)
    let tail = file.bytes(tailStart..<file.count)
    guard let end = lastIndex(of: [0x50, 0x4B, 0x05, 0x06], in: tail) else {
      throw TorchError(path: file.path, problem: .notAnArchive)
    }
    var record = ByteCursor(tail, at: end + 10)
    var count = try record.size(2)
    var size = try record.size(4)
    var offset = try record.size(4)
    // Numbers that do not fit stand in a larger record, which a locator before this one points at.
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      var locator = ByteCursor(tail, at: max(0, end - 20))
      guard try locator.number(4) == 0x0706_4B50 else { throw damaged("a ZIP64 record is missing") }
      _ = try locator.take(4)
      let place = try locator.size(8)
      guard place <= file.count - 56 else { throw damaged("a ZIP64 record is beyond its end") }
      var large = ByteCursor(file.bytes(place..<place + 56))
      guard try large.number(4) == 0x0606_4B50 else { throw damaged("a ZIP64 record is missing") }
      _ = try large.take(28)
      count = try large.size(8)
      size = try large.size(8)
      offset = try large.size(8)
    }
    guard offset <= file.count, size <= file.count - offset else {
      throw damaged("its directory lies beyond its end")
    }
    var directory = ByteCursor(file.bytes(offset..<offset + size))
    var members: NameTable<Range<Int>> = [:]
    for _ in 0..<count {
      let (name, range) = try member(&directory, in: file, damaged: damaged)
      guard members.updateValue(range, forKey: name) == nil else {
        throw damaged("`\(name)` is in it twice")
      }
    }
    return members
  }

  private static func member(
    _ directory: inout ByteCursor, in file: MappedFile, damaged: (String) -> TorchError
  ) throws -> (String, Range<Int>) {
    guard try directory.number(4) == 0x0201_4B50 else { throw damaged("its directory has a hole") }
    _ = try directory.take(4)
    let flags = try directory.number(2)
    let method = try directory.number(2)
    _ = try directory.take(8)
    var stored = try directory.size(4)
    var size = try directory.size(4)
    let nameLength = try directory.size(2)
    let extraLength = try directory.size(2)
    let commentLength = try directory.size(2)
    _ = try directory.take(8)
    var offset = try directory.size(4)
    let name = try directory.text(nameLength)
    var extra = ByteCursor(Array(try directory.take(extraLength)))
    _ = try directory.take(commentLength)
    while extra.position + 4 <= extraLength {
      let (kind, length) = (try extra.number(2), try extra.size(2))
      var field = ByteCursor(Array(try extra.take(length)))
      guard kind == 1 else { continue }
      if size == 0xFFFF_FFFF { size = try field.size(8) }
      if stored == 0xFFFF_FFFF { stored = try field.size(8) }
      if offset == 0xFFFF_FFFF { offset = try field.size(8) }
    }
    guard method == 0, flags & 1 == 0, stored == size else {
      throw damaged("`\(name)` is compressed or encrypted, which torch.save does not do")
    }
    guard offset <= file.count - 30 else { throw damaged("`\(name)` lies beyond its end") }
    var local = ByteCursor(file.bytes(offset..<offset + 30))
    guard try local.number(4) == 0x0403_4B50 else { throw damaged("`\(name)` has no header") }
    _ = try local.take(22)
    let start = offset + 30 + (try local.size(2)) + (try local.size(2))
    guard start <= file.count, size <= file.count - start else {
      throw damaged("`\(name)` lies beyond its end")
    }
    return (name, start..<start + size)
  }

  private static func lastIndex(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= 22 else { return nil }
    return (0...bytes.count - 22).last { bytes[$0..<$0 + pattern.count].elementsEqual(pattern) }
  }
}
