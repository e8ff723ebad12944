internal import CLatentLensJSON
internal import Foundation

extension JSONNode {
  /// Reads a whole JSON file.
  package init(contentsOf path: String) throws(JSONError) {
    guard PathKind(of: path) == .file, let data = FileManager.default.contents(atPath: path) else {
      throw JSONError(file: path, problem: .unreadable(Self.reason(unreadable: path)))
    }
    let bytes = [UInt8](data)
    try self.init(parsing: bytes, file: path)
  }

  private static func reason(unreadable path: String) -> String {
    switch PathKind(of: path) {
    case .file: "check that you may read it"
    case .folder: "it is a folder"
    case .other: "it is a pipe or a device, and has to be a file"
    case nil:
      PathKind.isTaken(path) ? "it is a link to what is not there" : "there is no such file"
    }
  }

  /// Parses a JSON text; `file` is the name that errors give.
  package init(parsing text: [UInt8], file: String) throws(JSONError) {
    if let place = firstByteBesideUTF8(text) {
      throw JSONError(file: file, problem: .syntax("no UTF-8", offset: place))
    }
    let result = unsafe text.withUnsafeBytes { unsafe Self.parse($0) }
    switch result {
    case .success(let value): self.init(value, file: file)
    case .failure(let failure):
      throw JSONError(
        file: file, problem: .syntax(failure.reason, offset: failure.offset))
    }
    if let key = Self.keyWithNUL(in: text) {
      throw JSONError(
        file: file, problem: .syntax("a key that holds the character U+0000", offset: key))
    }
  }

  private struct ParseFailure: Error {
    let reason: String
    let offset: Int
  }

  // json-c is C: its tokener and its objects are raw pointers, which live and die in this function.
  private static func parse(_ bytes: UnsafeRawBufferPointer) -> Result<JSONValue, ParseFailure> {
    guard unsafe !bytes.isEmpty else {
      return .failure(.init(reason: "the file is empty", offset: 0))
    }
    guard let length = Int32(exactly: bytes.count) else {
      return .failure(.init(reason: "the file is larger than 2 GiB", offset: 0))
    }
    guard let tokener = unsafe json_tokener_new_ex(64) else {
      return .failure(.init(reason: "out of memory", offset: 0))
    }
    defer { unsafe json_tokener_free(tokener) }
    unsafe json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8)
    let root = unsafe json_tokener_parse_ex(tokener, bytes.baseAddress, length)
    defer { _ = unsafe json_object_put(root) }
    var status = unsafe json_tokener_get_error(tokener)
    // A bare number at the end of the text leaves the tokener waiting for more digits.
    if status == json_tokener_continue, unsafe json_tokener_get_parse_end(tokener) == Int(length) {
      let end = unsafe json_tokener_parse_ex(tokener, "\0", 1)
      status = unsafe json_tokener_get_error(tokener)
      defer { _ = unsafe json_object_put(end) }
      if status == json_tokener_success { return .success(unsafe value(of: end)) }
    }
    let end = unsafe json_tokener_get_parse_end(tokener)
    guard status == json_tokener_success else {
      let reason =
        status == json_tokener_continue
        ? "the text ends too early" : unsafe String(cString: json_tokener_error_desc(status))
      return .failure(.init(reason: reason, offset: end))
    }
    let rest = unsafe bytes[end...].first { isNoSpace($0) && $0 != 0 }
    guard rest == nil else {
      return .failure(.init(reason: "something follows the end of the value", offset: end))
    }
    return .success(unsafe value(of: root))
  }

  /// The first key with a `\u0000` in it, of which json-c keeps no more than what stands before that.
  ///
  /// - Parameter text: JSON without mistakes.
  private static func keyWithNUL(in text: [UInt8]) -> Int? {
    let escape = Array(#"\u0000"#.utf8)
    var start: Int?
    var holdsNUL = false
    var place = 0
    while place < text.count {
      switch (text[place], start) {
      case (UInt8(ascii: "\""), nil): (start, holdsNUL) = (place, false)
      case (UInt8(ascii: "\\"), _?):
        holdsNUL = holdsNUL || text[place...].starts(with: escape)
        place += 1
      case (UInt8(ascii: "\""), let first?):
        if holdsNUL, text[(place + 1)...].first(where: isNoSpace) == UInt8(ascii: ":") {
          return first
        }
        start = nil
      default: break
      }
      place += 1
    }
    return nil
  }

  private static func isNoSpace(_ byte: UInt8) -> Bool { !" \t\r\n".utf8.contains(byte) }

  private static func value(of object: OpaquePointer?) -> JSONValue {
    switch unsafe json_object_get_type(object) {
    case json_type_boolean: return .bool(unsafe json_object_get_boolean(object) != 0)
    case json_type_int: return unsafe integer(of: object)
    case json_type_double: return .number(unsafe json_object_get_double(object))
    case json_type_string: return .string(unsafe string(of: object))
    case json_type_array:
      let count = unsafe json_object_array_length(object)
      return .array(
        (0..<count).map { unsafe value(of: json_object_array_get_idx(object, $0)) })
    case json_type_object:
      var members = JSONObject()
      var iterator = unsafe json_object_iter_begin(object)
      var end = unsafe json_object_iter_end(object)
      while unsafe json_object_iter_equal(&iterator, &end) == 0 {
        let key = unsafe String(cString: json_object_iter_peek_name(&iterator))
        members[key] = unsafe value(of: json_object_iter_peek_value(&iterator))
        unsafe json_object_iter_next(&iterator)
      }
      return .object(members)
    default: return .null
    }
  }

  /// A whole number; one that 64 bits do not hold becomes a real one.
  ///
  /// json-c stops at the ends of its types, so that what reads like an end may have been anything beyond, and is
  /// taken for that; no quantity is near the lower one.
  private static func integer(of object: OpaquePointer?) -> JSONValue {
    let number = unsafe json_object_get_int64(object)
    if number == .min { return .number(-.infinity) }
    guard number == .max else { return .integer(number) }
    let larger = unsafe json_object_get_uint64(object)
    if larger == UInt64(Int64.max) { return .integer(number) }
    return .number(larger == .max ? .infinity : Double(larger))
  }

  private static func string(of object: OpaquePointer?) -> String {
    let count = unsafe Int(json_object_get_string_len(object))
    guard let start = unsafe json_object_get_string(object) else { return "" }
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
    return unsafe String(decoding: bytes, as: UTF8.self)
  }
}
