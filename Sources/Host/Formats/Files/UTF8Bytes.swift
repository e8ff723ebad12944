/// The first byte that cannot stand in UTF-8, if there is one.
package func firstByteBesideUTF8(_ bytes: [UInt8]) -> Int? {
  // Most texts are sound, which is found out faster as a whole.
  if String(validating: bytes, as: UTF8.self) != nil { return nil }
  var decoder = UTF8()
  var iterator = bytes.makeIterator()
  var offset = 0
  while true {
    switch decoder.decode(&iterator) {
    case .scalarValue(let scalar): offset += UTF8.width(scalar)
    case .emptyInput: return nil
    case .error: return offset
    }
  }
}
