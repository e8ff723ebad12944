import Glibc

/// Which names of a folder go and come, in order, as the system tells it.
package struct FolderEvents: ~Copyable {
  private let descriptor: Int32

  package struct Failure: Error {}

  package init(of folder: String) throws {
    descriptor = inotify_init1(Int32(O_NONBLOCK | O_CLOEXEC))
    // The system takes the path as a C string, which lives for the call.
    guard unsafe inotify_add_watch(descriptor, folder, UInt32(IN_DELETE | IN_MOVED_TO)) >= 0 else {
      throw Failure()
    }
  }

  deinit { close(descriptor) }

  /// What has happened by now: `-name` for a file that was removed, `+name` for one that was given its name.
  package func names() -> [String] {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    var names: [String] = []
    var place = 0
    // Each has four numbers, the second of which says what happened and the last how long the name is; then the name,
    // with zeros behind it.
    while place + 16 <= count {
      let numbers = (0..<4).map { number in
        (0..<4).reduce(0) { $0 | Int(bytes[place + 4 * number + $1]) << (8 * $1) }
      }
      let name = bytes[(place + 16)..<(place + 16 + numbers[3])].prefix { $0 != 0 }
      let sign = numbers[1] & Int(IN_DELETE) != 0 ? "-" : "+"
      names.append(sign + String(decoding: name, as: UTF8.self))
      place += 16 + numbers[3]
    }
    return names
  }
}
