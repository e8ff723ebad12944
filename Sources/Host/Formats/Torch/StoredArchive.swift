internal import CLatentLensZlib

/// Writes a ZIP archive of members that are stored as they are, front to back (PKWARE's APPNOTE 6.3, with
/// ZIP64 sizes throughout, so that no member is too large).
final class StoredArchive {
  /// What torch aligns the data of tensors to.
  private static let alignment = 64

  private let file: AtomicFile
  private var position = 0
  private var directory: [UInt8] = []
  private var count = 0

  init(path: String) throws(FileError) { file = try AtomicFile(path: path) }

  /// Adds a member.
  ///
  /// - Parameter pieces: calls its argument with one piece of the content after the other.
  func add(
    _ name: String,
    pieces: (_ write: ([UInt8]) throws(FileError) -> Void) throws -> Void
  ) throws {
    let begin = position
    let name = Array(name.utf8)
    // Sizes and checksum follow the data; a field that nobody knows fills up to the alignment.
    let header = 30 + name.count + 20
    let padding = (Self.alignment - (begin + header + 4) % Self.alignment) % Self.alignment
    var front: [UInt8] = []
    front.append(0x0403_4B50, 4)
    front.append(45, 2)
    front.append(1 << 3, 2)
    front.append(0, 2 + 4)
    front.append(0, 4)
    front.append(.max, 4)
    front.append(.max, 4)
    front.append(UInt64(name.count), 2)
    front.append(UInt64(20 + 4 + padding), 2)
    front += name
    front.append(1, 2)
    front.append(16, 2)
    front.append(0, 8)
    front.append(0, 8)
    front.append(0x4246, 2)
    front.append(UInt64(padding), 2)
    front += Array(repeating: UInt8(ascii: "Z"), count: padding)
    try write(front)
    let first = position
    var checksum = crc32(0, nil, 0)
    try pieces { bytes throws(FileError) in
      checksum = unsafe bytes.withUnsafeBufferPointer {
        unsafe crc32_z(checksum, $0.baseAddress, $0.count)
      }
      try self.write(bytes)
    }
    let size = UInt64(position - first)
    var back: [UInt8] = []
    back.append(0x0807_4B50, 4)
    back.append(UInt64(checksum), 4)
    back.append(size, 8)
    back.append(size, 8)
    try write(back)
    enter(name, checksum: UInt64(checksum), size: size, offset: UInt64(begin))
  }

  /// Adds a member that is at hand.
  func add(_ name: String, _ bytes: [UInt8]) throws { try add(name) { try $0(bytes) } }

  /// Writes the directory, and gives the file its name.
  func finish() throws(FileError) {
    let (begin, size) = (UInt64(position), UInt64(directory.count))
    var end = directory
    end.append(0x0606_4B50, 4)
    end.append(44, 8)
    end.append(45, 2)
    end.append(45, 2)
    end.append(0, 8)
    end.append(UInt64(count), 8)
    end.append(UInt64(count), 8)
    end.append(size, 8)
    end.append(begin, 8)
    end.append(0x0706_4B50, 4)
    end.append(0, 4)
    end.append(begin + size, 8)
    end.append(1, 4)
    end.append(0x0605_4B50, 4)
    end.append(0, 4)
    end.append(0xFFFF, 2)
    end.append(0xFFFF, 2)
    end.append(.max, 4)
    end.append(.max, 4)
    end.append(0, 2)
    try write(end)
    try file.commit()
  }

  private func enter(_ name: [UInt8], checksum: UInt64, size: UInt64, offset: UInt64) {
    directory.append(0x0201_4B50, 4)
    directory.append(45, 2)
    directory.append(45, 2)
    directory.append(1 << 3, 2)
    directory.append(0, 2 + 4)
    directory.append(checksum, 4)
    directory.append(.max, 4)
    directory.append(.max, 4)
    directory.append(UInt64(name.count), 2)
    directory.append(28, 2)
    directory.append(0, 2 + 2 + 2 + 4)
    directory.append(.max, 4)
    directory += name
    directory.append(1, 2)
    directory.append(24, 2)
    directory.append(size, 8)
    directory.append(size, 8)
    directory.append(offset, 8)
    count += 1
  }

  private func write(_ bytes: [UInt8]) throws(FileError) {
    try file.write(numbers: bytes)
    position += bytes.count
  }
}

extension [UInt8] {
  /// Appends the lower bytes of a number, the lowest first; zeros beyond its eight.
  mutating func append(_ number: UInt64, _ count: Int) {
    for place in 0..<count {
      append(place < 8 ? UInt8(truncatingIfNeeded: number >> (8 * UInt64(place))) : 0)
    }
  }
}
