internal import Glibc

/// Makes sure that OpenBLAS can have the working memory that it asks for once per thread: where it gets none, it
/// asks for ever.
func requireMemoryForBLAS() {
  // 128 MiB on every processor that it is built for by default, and what the allocator puts around them.
  let size = 129 << 20
  // Nothing is written there, and it goes at once.
  let room = unsafe mmap(
    nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
  // The system's reason is known where the trap is told in words: see `Faults`.
  precondition(unsafe room != MAP_FAILED, "there is no memory for OpenBLAS")
  unsafe munmap(room, size)
}
