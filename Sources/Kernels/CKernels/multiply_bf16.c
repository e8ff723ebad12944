#include "lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The same tiles as in `multiply.c`, of words that are two bfloat16 numbers, neighbours in depth. The
// packing is that of floats, whose bits it only moves.

#define LL_ROWS 12
#define LL_VECTORS 2

LL_INLINE float half_of(const float *word, int half) {
  uint32_t bits;
  memcpy(&bits, word, sizeof bits);
  bits = half ? bits & 0xFFFF0000 : bits << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

void ll_multiply_packed_bf16_plain(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) {
      double sum = accumulate ? c[r * stride + j] : initial ? initial[j] : 0;
      for (size_t d = 0; d < depth; d++)
        for (int half = 0; half < 2; half++)
          sum += (double)half_of(a + r * depth + d, half) * half_of(b + j * depth + d, half);
      c[r * stride + j] = (float)sum;
    }
}

#if defined(__x86_64__)

bool ll_has_bf16(void) {
  return ll_best_isa() == LL_AVX512 && __builtin_cpu_supports("avx512bf16");
}

#define LL_TARGET_BF16 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c")))
/// Memory is read and written through masks, so that narrow tiles need no other code.
#define LL_TILE(height)                                                                        \
  LL_TARGET_BF16 static void tile_##height(                                                    \
      float *c, size_t stride, const float *a, const float *b, size_t columns, size_t depth,   \
      const float *initial, bool accumulate) {                                                 \
    __m512 sum[height][LL_VECTORS];                                                            \
    LL_UNROLLED for (int r = 0; r < height; r++)                                               \
      LL_UNROLLED for (int v = 0; v < LL_VECTORS; v++) sum[r][v] = _mm512_setzero_ps();        \
    for (size_t d = 0; d < depth; d++) {                                                       \
      const __m512bh low = (__m512bh)_mm512_loadu_ps(b);                                       \
      const __m512bh high = (__m512bh)_mm512_loadu_ps(b + LL_LANES);                           \
      LL_UNROLLED for (int r = 0; r < height; r++) {                                           \
        const __m512bh left = (__m512bh)_mm512_set1_ps(a[r]);                                  \
        sum[r][0] = _mm512_dpbf16_ps(sum[r][0], left, low);                                    \
        sum[r][1] = _mm512_dpbf16_ps(sum[r][1], left, high);                                   \
      }                                                                                        \
      a += height;                                                                             \
      b += LL_VECTORS * LL_LANES;                                                              \
    }                                                                                          \
    const uint32_t mask = columns >= 32 ? 0xFFFFFFFF : (1u << columns) - 1;                    \
    LL_UNROLLED for (int v = 0; v < LL_VECTORS; v++) {                                         \
      const __mmask16 lanes = (__mmask16)(mask >> v * LL_LANES);                               \
      const __m512 start = initial && !accumulate                                              \
          ? _mm512_maskz_loadu_ps(lanes, initial + v * LL_LANES)                               \
          : _mm512_setzero_ps();                                                               \
      LL_UNROLLED for (int r = 0; r < height; r++) {                                           \
        float *target = c + (size_t)r * stride + v * LL_LANES;                                 \
        const __m512 before = accumulate ? _mm512_maskz_loadu_ps(lanes, target) : start;       \
        _mm512_mask_storeu_ps(target, lanes, _mm512_add_ps(before, sum[r][v]));                \
      }                                                                                        \
    }                                                                                          \
  }

LL_TILE(1) LL_TILE(2) LL_TILE(3) LL_TILE(4) LL_TILE(5) LL_TILE(6)
LL_TILE(7) LL_TILE(8) LL_TILE(9) LL_TILE(10) LL_TILE(11) LL_TILE(12)

typedef void tile_function(
    float *, size_t, const float *, const float *, size_t, size_t, const float *, bool);

void ll_multiply_packed_bf16(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate) {
  static tile_function *const tiles[LL_ROWS] = {
      tile_1, tile_2, tile_3, tile_4, tile_5, tile_6,
      tile_7, tile_8, tile_9, tile_10, tile_11, tile_12,
  };
  if (!ll_has_bf16()) {
    ll_multiply_packed_bf16_plain(c, stride, a, b, rows, columns, depth, initial, accumulate);
    return;
  }
  for (size_t column = 0; column < columns; column += LL_VECTORS * LL_LANES)
    for (size_t first = 0; first < rows; first += LL_ROWS) {
      const size_t height = rows - first < LL_ROWS ? rows - first : LL_ROWS;
      tiles[height - 1](
          c + first * stride + column, stride, a + first * depth, b + column * depth,
          columns - column, depth, initial ? initial + column : NULL, accumulate);
    }
}

#else

bool ll_has_bf16(void) { return false; }

void ll_multiply_packed_bf16(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate) {
  ll_multiply_packed_bf16_plain(c, stride, a, b, rows, columns, depth, initial, accumulate);
}

#endif
