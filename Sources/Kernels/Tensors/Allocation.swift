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

/// Memory for floats, aligned to 64 bytes at least, not initialised; to be freed by `deallocateFloats`.
///
/// Large blocks ask for large pages: tiles of a wide matrix touch a page per row. The C library is asked for blocks without an alignment:
/// glibc 2.36 seldom gives a freed block of an alignment out again, and memory may grow with every layer.
package func allocateFloats(_ count: Int) -> UnsafeMutablePointer<Float> {
  let largePage = 1 << 21
  let size = max(64, count * MemoryLayout<Float>.stride)
  let alignment = size < 2 * largePage ? 64 : largePage
  let block = UnsafeMutableRawPointer.allocate(byteCount: size + alignment, alignment: 16)
  // At least 16 bytes behind the block's begin, which is kept in the word before the floats.
  let memory = unsafe (block + 1).alignedUp(toMultipleOf: alignment)
  unsafe (memory - blockOffset).storeBytes(of: block, as: UnsafeMutableRawPointer.self)
  // Advice only: whether it is taken changes nothing but the time.
  if size >= 2 * largePage { unsafe madvise(memory, size, MADV_HUGEPAGE) }
  return unsafe memory.bindMemory(to: Float.self, capacity: max(16, count))
}

/// Frees what `allocateFloats` has given.
package func deallocateFloats(_ floats: UnsafeMutablePointer<Float>) {
  let memory = unsafe UnsafeMutableRawPointer(floats) - blockOffset
  unsafe memory.load(as: UnsafeMutableRawPointer.self).deallocate()
}

/// How far before the floats the address of their block stands.
private let blockOffset = MemoryLayout<UInt>.stride
