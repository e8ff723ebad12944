/// A ZIP archive as torch.save writes it, around a pickle that it would not write.
enum Archive {
  static func holding(pickle: [UInt8]) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    let members = [("a/data.pkl", pickle), ("a/data/0", [UInt8](repeating: 1, count: 256))]
    for (name, bytes) in members {
      let begin = archive.count
      let sizes = number(bytes.count, 4) + number(bytes.count, 4) + number(name.utf8.count, 2)
      archive += number(0x0403_4B50, 4) + number(0, 14) + sizes + number(0, 2) + name.utf8 + bytes
      directory += number(0x0201_4B50, 4) + number(0, 16) + sizes + number(0, 12)
      directory += number(begin, 4) + name.utf8
    }
    let place = archive.count
    archive += directory + number(0x0605_4B50, 4) + number(0, 4)
    archive += number(members.count, 2) + number(members.count, 2)
    return archive + number(directory.count, 4) + number(place, 4) + number(0, 2)
  }

  private static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
  }
}
