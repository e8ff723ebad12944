#include "blocks.h"

#pragma STDC FP_CONTRACT OFF

// Blocks of 32 elements: a scale, perhaps an offset, and the elements, of which the lower half is in the
// lower four bits of the bytes.

enum { HALF = 16 };

/// Scale, 4 bits less 8.
LL_INLINE void q4_0(float *out, const uint8_t *block) {
  const float scale = half_at(block, 0);
  for (int i = 0; i < HALF; i++) {
    out[i] = scale * (float)((block[2 + i] & 15) - 8);
    out[i + HALF] = scale * (float)((block[2 + i] >> 4) - 8);
  }
}

/// Scale, offset, 4 bits.
LL_INLINE void q4_1(float *out, const uint8_t *block) {
  const float scale = half_at(block, 0), offset = half_at(block, 2);
  for (int i = 0; i < HALF; i++) {
    const float low = scale * (float)(block[4 + i] & 15);
    const float high = scale * (float)(block[4 + i] >> 4);
    out[i] = low + offset;
    out[i + HALF] = high + offset;
  }
}

LL_INLINE uint32_t word_at(const uint8_t *block, size_t place) {
  uint32_t word = 0;
  for (int i = 3; i >= 0; i--) word = word << 8 | block[place + i];
  return word;
}

/// Scale, a word of fifth bits, 4 bits; less 16.
LL_INLINE void q5_0(float *out, const uint8_t *block) {
  const float scale = half_at(block, 0);
  const uint32_t fifth = word_at(block, 2);
  for (int i = 0; i < HALF; i++) {
    const int low = (block[6 + i] & 15) | (int)(fifth >> i & 1) << 4;
    const int high = block[6 + i] >> 4 | (int)(fifth >> (i + HALF) & 1) << 4;
    out[i] = scale * (float)(low - 16);
    out[i + HALF] = scale * (float)(high - 16);
  }
}

/// Scale, offset, a word of fifth bits, 4 bits.
LL_INLINE void q5_1(float *out, const uint8_t *block) {
  const float scale = half_at(block, 0), offset = half_at(block, 2);
  const uint32_t fifth = word_at(block, 4);
  for (int i = 0; i < HALF; i++) {
    const int low = (block[8 + i] & 15) | (int)(fifth >> i & 1) << 4;
    const int high = block[8 + i] >> 4 | (int)(fifth >> (i + HALF) & 1) << 4;
    const float lower = scale * (float)low, upper = scale * (float)high;
    out[i] = lower + offset;
    out[i + HALF] = upper + offset;
  }
}

/// Scale, signed bytes.
LL_INLINE void q8_0(float *out, const uint8_t *block) {
  const float scale = half_at(block, 0);
  for (int i = 0; i < 2 * HALF; i++) out[i] = (float)(int8_t)block[2 + i] * scale;
}

LL_BLOCK_DECODER(ll_decode_q4_0, q4_0, 32, 18)
LL_BLOCK_DECODER(ll_decode_q4_1, q4_1, 32, 20)
LL_BLOCK_DECODER(ll_decode_q5_0, q5_0, 32, 22)
LL_BLOCK_DECODER(ll_decode_q5_1, q5_1, 32, 24)
LL_BLOCK_DECODER(ll_decode_q8_0, q8_0, 32, 34)
