#include <stdlib.h>

#include "CLatentLensKernels.h"

#if defined(__GLIBC__)
#include <malloc.h>

void ll_keep_freed_memory(void) {
  // The largest threshold that glibc takes; larger blocks still come and go by themselves.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
}

#else

void ll_keep_freed_memory(void) {}

#endif
