#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>
#include <sys/auxv.h>

#include "CLatentLensKernels.h"

// Products of 8-bit numbers with NEON's dot products (Armv8.2), of factors as plain C packs them: words of a row side by side.

#define LL_TARGET_DOT __attribute__((target("arch=armv8.2-a+dotprod")))

enum { TILE = 4, WORDS = 4 };

bool ll_has_i8(void) { return getauxval(AT_HWCAP) & HWCAP_ASIMDDP; }

/// Sixteen numbers; where a row ends before, zeros.
static inline int8x16_t load(const float *row, size_t words) {
  int8x16_t v = vdupq_n_s8(0);
  memcpy(&v, row, (words < WORDS ? words : WORDS) * sizeof *row);
  return v;
}

/// One tile, of `rows` x `columns` sums. Left numbers are told as signed ones, 128 below what they are; `raised` is what
/// that takes from each column's sums.
LL_TARGET_DOT static inline __attribute__((always_inline)) void tile(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const int32_t *raised, bool accumulate) {
  int32x4_t sum[TILE][TILE];
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) sum[r][j] = vdupq_n_s32(0);
  for (size_t d = 0; d < depth; d += WORDS) {
    int8x16_t right[TILE];
    for (size_t j = 0; j < columns; j++) right[j] = load(b + j * depth + d, depth - d);
    for (size_t r = 0; r < rows; r++) {
      const int8x16_t left = veorq_s8(load(a + r * depth + d, depth - d), vdupq_n_s8(-128));
      for (size_t j = 0; j < columns; j++) sum[r][j] = vdotq_s32(sum[r][j], left, right[j]);
    }
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) {
      int32_t *target = c + r * stride + j;
      *target = (accumulate ? *target : 0) + vaddvq_s32(sum[r][j]) + raised[j];
    }
}

LL_TARGET_DOT static void multiply(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  for (size_t column = 0; column < columns; column += TILE) {
    const size_t width = columns - column < TILE ? columns - column : TILE;
    const float *right = b + column * depth;
    int32_t raised[TILE];
    for (size_t j = 0; j < width; j++) {
      int32x4_t sum = vdupq_n_s32(0);
      for (size_t d = 0; d < depth; d += WORDS)
        sum = vdotq_s32(sum, load(right + j * depth + d, depth - d), vdupq_n_s8(1));
      raised[j] = vaddvq_s32(sum) * 128;
    }
    size_t first = 0;
    for (; width == TILE && first + TILE <= rows; first += TILE)
      tile(c + first * stride + column, stride, a + first * depth, right, TILE, TILE, depth, raised, accumulate);
    for (; first < rows; first++)
      for (size_t j = 0; j < width; j++)
        tile(c + first * stride + column + j, stride, a + first * depth, right + j * depth, 1, 1, depth, raised + j, accumulate);
  }
}

void ll_multiply_packed_i8(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  if (ll_has_i8())
    multiply(c, stride, a, b, rows, columns, depth, accumulate);
  else
    ll_multiply_packed_i8_plain(c, stride, a, b, rows, columns, depth, accumulate);
}

#endif
