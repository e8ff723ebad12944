internal import Foundation

/// The first bytes of a file, as many as it has; none where it cannot be read.
func firstBytes(of path: String, _ count: Int) -> [UInt8] {
  guard let handle = FileHandle(forReadingAtPath: path) else { return [] }
  defer { try? handle.close() }
  return [UInt8]((try? handle.read(upToCount: count)) ?? Data())
}
