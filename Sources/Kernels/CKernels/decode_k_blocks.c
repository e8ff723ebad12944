#include "blocks.h"

#pragma STDC FP_CONTRACT OFF

// Blocks of 256 elements in groups of 16 or 32, whose scales are numbers of a few bits times one half.

/// Scales and offsets in 4 bits each, 2 bits.
LL_INLINE void q2_k(float *out, const uint8_t *block) {
  const uint8_t *scales = block, *bits = block + 16;
  const float scale = half_at(block, 80), offset = half_at(block, 82);
  for (int group = 0; group < 16; group++) {
    const float s = scale * (float)(scales[group] & 15);
    const float o = offset * (float)(scales[group] >> 4);
    const uint8_t *own = bits + group / 8 * 32 + group % 2 * 16;
    const int shift = group % 8 / 2 * 2;
    for (int i = 0; i < 16; i++) {
      const float product = s * (float)(own[i] >> shift & 3);
      out[group * 16 + i] = product - o;
    }
  }
}

/// Third bits, 2 bits, scales in 6 bits less 32; an element is less 4 where its third bit is not set.
LL_INLINE void q3_k(float *out, const uint8_t *block) {
  const uint8_t *third = block, *bits = block + 32, *scales = block + 96;
  const float scale = half_at(block, 108);
  for (int group = 0; group < 16; group++) {
    const int low = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
    const int high = scales[8 + group % 4] >> (group / 4 * 2) & 3;
    const float s = scale * (float)((low | high << 4) - 32);
    const uint8_t *own = bits + group / 8 * 32 + group % 2 * 16;
    const uint8_t *flags = third + group % 2 * 16;
    const int shift = group % 8 / 2 * 2;
    for (int i = 0; i < 16; i++) {
      const int number = (own[i] >> shift & 3) - (flags[i] >> (group / 2) & 1 ? 0 : 4);
      out[group * 16 + i] = s * (float)number;
    }
  }
}

/// The scale and the offset of a group, 6 bits each, of eight in 12 bytes.
LL_INLINE void scale_and_offset(int *scale, int *offset, const uint8_t *packed, int group) {
  if (group < 4) {
    *scale = packed[group] & 63;
    *offset = packed[group + 4] & 63;
  } else {
    *scale = (packed[group + 4] & 15) | (packed[group - 4] >> 2 & 48);
    *offset = packed[group + 4] >> 4 | (packed[group] >> 2 & 48);
  }
}

/// Scale, offset, eight of each, fifth bits or none (null), 4 bits.
LL_INLINE void q45_k(
    float *out, const uint8_t *block, const uint8_t *fifth, const uint8_t *bits) {
  const float scale = half_at(block, 0), offset = half_at(block, 2);
  for (int group = 0; group < 8; group++) {
    int factor, shift_down;
    scale_and_offset(&factor, &shift_down, block + 4, group);
    const float s = scale * (float)factor, o = offset * (float)shift_down;
    const uint8_t *own = bits + group / 2 * 32;
    for (int i = 0; i < 32; i++) {
      const int low = own[i] >> (group % 2 * 4) & 15;
      const int high = fifth ? (fifth[i] >> group & 1) << 4 : 0;
      const float product = s * (float)(low | high);
      out[group * 32 + i] = product - o;
    }
  }
}

LL_INLINE void q4_k(float *out, const uint8_t *block) { q45_k(out, block, 0, block + 16); }
LL_INLINE void q5_k(float *out, const uint8_t *block) {
  q45_k(out, block, block + 16, block + 48);
}

/// 4 bits, fifth and sixth bits, signed bytes as scales; elements are less 32.
LL_INLINE void q6_k(float *out, const uint8_t *block) {
  const uint8_t *lower = block, *upper = block + 128, *scales = block + 192;
  const float scale = half_at(block, 208);
  for (int group = 0; group < 16; group++) {
    const float s = scale * (float)(int8_t)scales[group];
    const int half = group / 8, within = group % 8;
    const uint8_t *low = lower + half * 64 + within % 4 * 16;
    const uint8_t *high = upper + half * 32 + within % 2 * 16;
    for (int i = 0; i < 16; i++) {
      const int number =
          (low[i] >> (within / 4 * 4) & 15) | (high[i] >> (within / 2 * 2) & 3) << 4;
      out[group * 16 + i] = s * (float)(number - 32);
    }
  }
}

LL_BLOCK_DECODER(ll_decode_q2_k, q2_k, 256, 84)
LL_BLOCK_DECODER(ll_decode_q3_k, q3_k, 256, 110)
LL_BLOCK_DECODER(ll_decode_q4_k, q4_k, 256, 144)
LL_BLOCK_DECODER(ll_decode_q5_k, q5_k, 256, 176)
LL_BLOCK_DECODER(ll_decode_q6_k, q6_k, 256, 210)
