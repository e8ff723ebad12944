internal import CLatentLensPCRE2

/// A compiled regular expression.
///
/// `@unchecked Sendable`: PCRE2 never writes to compiled code after it is made, and every search has
/// its own match data.
@safe final class Pattern: @unchecked Sendable {
  /// Why a regular expression does not compile.
  struct Failure: Error {
    let reason: String
  }

  private let code: OpaquePointer

  /// Compiles an expression as it stands in a tokenizer file (`OnigurumaSyntax` says what is read
  /// differently there).
  init(_ expression: String) throws(Failure) {
    let translated = Array(try OnigurumaSyntax.translate(expression).utf8)
    let context = unsafe pcre2_compile_context_create_8(nil)
    defer { unsafe pcre2_compile_context_free_8(context) }
    unsafe pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
    var number: Int32 = 0
    var offset = 0
    guard
      let code = unsafe pcre2_compile_8(
        translated, translated.count, PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &number, &offset,
        context)
    else {
      throw Failure(reason: Self.message(number))
    }
    unsafe self.code = code
    // Without a JIT (an unusual processor) matching falls back to the interpreter by itself.
    _ = unsafe pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE)
  }

  deinit {
    unsafe pcre2_code_free_8(code)
  }

  /// The matches in a range of valid UTF-8, which is searched as if nothing stood around it.
  ///
  /// An empty match directly behind another match does not count.
  func matches(in text: [UInt8], range: Range<Int>) -> [Range<Int>] {
    unsafe text.withUnsafeBufferPointer { buffer in
      let part = unsafe UnsafeBufferPointer(rebasing: buffer[range])
      return unsafe matches(in: part, offset: range.lowerBound)
    }
  }

  private func matches(in text: UnsafeBufferPointer<UInt8>, offset: Int) -> [Range<Int>] {
    guard let start = text.baseAddress, let data = unsafe pcre2_match_data_create_8(1, nil),
      let bounds = unsafe pcre2_get_ovector_pointer_8(data)
    else { return [] }
    defer { unsafe pcre2_match_data_free_8(data) }

    var found: [Range<Int>] = []
    var position = 0
    var options = PCRE2_NO_UTF_CHECK
    while position <= text.count {
      let status = unsafe pcre2_match_8(
        code, start, text.count, position, options, data, nil)
      // A text too long for the JIT's small stack is left to the interpreter, which uses the heap.
      if status == PCRE2_ERROR_JIT_STACKLIMIT, options & PCRE2_NO_JIT == 0 {
        options |= PCRE2_NO_JIT
        continue
      }
      // Besides "no match" this is an expression that exhausts PCRE2's limits: it matches no more.
      guard status >= 0 else { break }
      let match = unsafe bounds[0]..<max(bounds[0], bounds[1])
      if match.isEmpty, found.last?.upperBound == match.upperBound + offset {
        repeat { position += 1 } while unsafe position < text.count && text[position] & 0xC0 == 0x80
        continue
      }
      found.append(match.lowerBound + offset..<match.upperBound + offset)
      position = match.upperBound
    }
    return found
  }

  private static func message(_ number: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 256)
    _ = unsafe pcre2_get_error_message_8(number, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
  }
}
