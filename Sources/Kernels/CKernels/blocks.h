#pragma once

#include "half.h"

// Blocks of llama.cpp hold their scales as halves and their elements as a few bits each. The order of
// the operations is that of llama.cpp, so that results are the same bits: files that include this keep
// products and sums apart.

LL_INLINE float half_at(const uint8_t *block, size_t place) {
  return f16_value((uint16_t)(block[place] | block[place + 1] << 8));
}

/// Defines every variant of a decoder from `body`, which writes the elements of one block.
#define LL_BLOCK_DECODER(name, body, elements, bytes)                                     \
  LL_INLINE void name##_lanes(float *out, const void *in, size_t count) {                 \
    const uint8_t *block = in;                                                            \
    for (size_t i = 0; i < count; i++) body(out + i * (elements), block + i * (bytes));   \
  }                                                                                       \
  void name##_plain(float *out, const void *in, size_t count) {                           \
    name##_lanes(out, in, count);                                                         \
  }                                                                                       \
  LL_VARIANTS(void, name, (float *out, const void *in, size_t count), (out, in, count))
