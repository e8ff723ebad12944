internal import CLatentLensKernels
internal import Glibc

/// What a process that computes much asks of the C library.
public enum ProcessMemory {
  /// Keeps freed memory for the next matrix instead of handing it back to the kernel, which would clear its pages
  /// again and again. For executables, before they compute.
  public static func keepFreedBlocks() {
    ll_keep_freed_memory()
  }
}

/// Memory for floats, aligned to 64 bytes at least, not initialised; to be freed by `deallocate()`.
///
/// Large blocks ask for large pages: tiles of a wide matrix touch a page per row.
package func allocateFloats(_ count: Int) -> UnsafeMutablePointer<Float> {
  let largePage = 1 << 21
  let size = max(64, count * MemoryLayout<Float>.stride)
  let memory = UnsafeMutableRawPointer.allocate(
    byteCount: size, alignment: size < 2 * largePage ? 64 : largePage)
  // Advice only: whether it is taken changes nothing but the time.
  if size >= 2 * largePage { unsafe madvise(memory, size, MADV_HUGEPAGE) }
  return unsafe memory.bindMemory(to: Float.self, capacity: max(16, count))
}
