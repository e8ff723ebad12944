internal import CLatentLensCrypto
internal import Foundation

/// A SHA-256 digest that is fed piece by piece.
@safe package struct SHA256: ~Copyable {
  // libcrypto keeps its state behind a raw pointer, which this value alone owns.
  private let context: OpaquePointer

  package init() {
    unsafe context = EVP_MD_CTX_new()
    unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  package mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { unsafe update(UnsafeRawBufferPointer($0)) }
  }

  package mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  /// The 32 bytes of the digest.
  private consuming func bytes() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe digest.withUnsafeMutableBufferPointer {
      _ = unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil)
    }
    return digest
  }

  /// The 32 bytes of the digest of some bytes.
  package static func bytes(of bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.bytes()
  }

  /// The digest in hexadecimal, 64 characters.
  package consuming func finalize() -> String {
    bytes().map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }

  /// The digest of a text.
  package static func digest(of text: String) -> String {
    var hash = SHA256()
    hash.update(text)
    return hash.finalize()
  }

  /// The digest of a whole file, read in pieces.
  package static func digest(ofFile path: String) throws(FileError) -> String {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw FileError(path: path, reason: "cannot be read; check that it is there")
    }
    defer { try? handle.close() }
    var hash = SHA256()
    do {
      while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
        unsafe piece.withUnsafeBytes { unsafe hash.update($0) }
      }
    } catch {
      throw FileError(path: path, reason: "cannot be read to its end")
    }
    return hash.finalize()
  }
}
