#include "lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The same strips and tiles as in `multiply.c`, of words that are two bfloat16 numbers, neighbours in depth.

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

/// A word of two numbers, the first of which is the lower half.
LL_INLINE float word_of(float low, float high) {
  const float pair[2] = {low, high};
  float word;
  ll_encode_bf16_plain(&word, pair, 2);
  return word;
}

void ll_pack_left_bf16_plain(
    float *out, const float *a, size_t stride, size_t rows, size_t depth) {
  for (size_t r = 0; r < rows; r++)
    for (size_t d = 0; d < depth; d += 2)
      *out++ = word_of(a[r * stride + d], d + 1 < depth ? a[r * stride + d + 1] : 0);
}

void ll_pack_right_bf16_plain(
    float *out, const float *b, size_t stride, size_t columns, size_t depth) {
  ll_pack_left_bf16_plain(out, b, stride, columns, depth);
}

void ll_pack_right_columns_bf16_plain(
    float *out, const float *b, size_t stride, size_t columns, size_t depth) {
  for (size_t j = 0; j < columns; j++)
    for (size_t d = 0; d < depth; d += 2)
      *out++ = word_of(b[d * stride + j], d + 1 < depth ? b[(d + 1) * stride + j] : 0);
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

/// Up to 32 numbers of a row as sixteen words, zeros behind them.
LL_TARGET_BF16 LL_INLINE void load_words(ll_f32 *words, const float *row, size_t count) {
  const uint32_t mask = count >= 32 ? 0xFFFFFFFF : (1u << count) - 1;
  const __m512bh halves = _mm512_cvtne2ps_pbh(
      _mm512_maskz_loadu_ps((__mmask16)(mask >> LL_LANES), row + LL_LANES),
      _mm512_maskz_loadu_ps((__mmask16)mask, row));
  memcpy(words, &halves, sizeof *words);
}

/// Strips of `tile` rows side by side, of which `lanes` are written for each word; rows that there are not are zeros.
LL_TARGET_BF16 LL_INLINE void pack_words(
    float *out, const float *a, size_t stride, size_t rows, size_t depth, size_t tile,
    size_t lanes) {
  for (size_t d = 0; d < depth; d += 2 * LL_LANES) {
    ll_f32 square[LL_LANES] = {0};
    for (size_t r = 0; r < lanes; r++)
      if (r < rows) load_words(&square[r], a + r * stride + d, depth - d);
    ll_transpose(square);
    const size_t words = (depth - d + 1) / 2;
    for (size_t i = 0; i < LL_LANES; i++)
      if (i < words) ll_store(out + (d / 2 + i) * tile, &square[i], lanes);
  }
}

LL_TARGET_BF16 static void pack_left(
    float *out, const float *a, size_t stride, size_t rows, size_t depth) {
  const size_t words = (depth + 1) / 2;
  size_t first = 0;
  for (; first + LL_ROWS <= rows; first += LL_ROWS)
    pack_words(out + first * words, a + first * stride, stride, LL_ROWS, depth, LL_ROWS, LL_ROWS);
  const size_t rest = rows - first;
  if (rest) pack_words(out + first * words, a + first * stride, stride, rest, depth, rest, rest);
}

LL_TARGET_BF16 static void pack_right(
    float *out, const float *b, size_t stride, size_t columns, size_t depth) {
  const size_t words = (depth + 1) / 2, tile = LL_VECTORS * LL_LANES;
  for (size_t first = 0; first < (columns + tile - 1) / tile * tile; first += LL_LANES) {
    float *strip = out + first / tile * tile * words + first % tile;
    const size_t left = first < columns ? columns - first : 0;
    if (left >= LL_LANES)
      pack_words(strip, b + first * stride, stride, LL_LANES, depth, tile, LL_LANES);
    else
      pack_words(strip, b + first * stride, stride, left, depth, tile, LL_LANES);
  }
}

/// Two rows become words: elements of the first are their lower halves.
LL_TARGET_BF16 static __m512 words_of(const float *low, const float *high, __mmask16 lanes) {
  const __m512bh halves = _mm512_cvtne2ps_pbh(
      high ? _mm512_maskz_loadu_ps(lanes, high) : _mm512_setzero_ps(),
      _mm512_maskz_loadu_ps(lanes, low));
  const __m512i order = _mm512_set_epi16(
      31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19,
      3, 18, 2, 17, 1, 16, 0);
  return _mm512_castsi512_ps(_mm512_permutexvar_epi16(order, (__m512i)halves));
}

LL_TARGET_BF16 static void pack_right_columns(
    float *out, const float *b, size_t stride, size_t columns, size_t depth) {
  for (size_t first = 0; first < columns; first += LL_VECTORS * LL_LANES) {
    const size_t left = columns - first;
    const uint32_t mask = left >= 32 ? 0xFFFFFFFF : (1u << left) - 1;
    for (size_t d = 0; d < depth; d += 2)
      for (int v = 0; v < LL_VECTORS; v++, out += LL_LANES) {
        const float *low = b + d * stride + first + v * LL_LANES;
        const __mmask16 lanes = (__mmask16)(mask >> v * LL_LANES);
        _mm512_storeu_ps(out, words_of(low, d + 1 < depth ? low + stride : NULL, lanes));
      }
  }
}

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

LL_TARGET_BF16 LL_INLINE void multiply_square(
    __m512 *sum, const float *a, const ll_f32 *square, size_t rows, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (size_t r = 0; r < rows; r++)
      sum[r] = _mm512_dpbf16_ps(
          sum[r], (__m512bh)_mm512_set1_ps(a[i * rows + r]), (__m512bh)square[i]);
}

/// As in `multiply.c`: sixteen rows change sides in registers and are multiplied there.
LL_TARGET_BF16 LL_INLINE void multiply_strip(
    float *c, size_t stride, const float *a, const float *b, size_t apart, bool is_packed,
    size_t rows, size_t columns, size_t depth, const float *initial, bool accumulate) {
  __m512 sum[LL_FEW_ROWS] = {0};
  // Words of a row in memory are words, or pairs of floats.
  const size_t size = is_packed ? 1 : 2, words = is_packed ? depth : (depth + 1) / 2;
  for (size_t d = 0; d < words; d += LL_LANES) {
    const size_t count = words - d < LL_LANES ? words - d : LL_LANES;
    ll_f32 square[LL_LANES];
    if (columns >= LL_LANES && count == LL_LANES && (is_packed || depth - 2 * d >= 2 * LL_LANES)) {
      LL_UNROLLED
      for (size_t i = 0; i < LL_LANES; i++) {
        const float *row = b + i * apart + d * size;
        if (is_packed) ll_load(&square[i], row, LL_LANES);
        else load_words(&square[i], row, 2 * LL_LANES);
        __builtin_prefetch(row + LL_LANES * apart);
        if (!is_packed) __builtin_prefetch(row + LL_LANES * (apart + 1));
      }
    } else {
      for (size_t i = 0; i < LL_LANES; i++) {
        const float *row = b + i * apart + d * size;
        square[i] = (ll_f32){0};
        if (i >= columns) continue;
        if (is_packed) ll_load(&square[i], row, count);
        else load_words(&square[i], row, depth - 2 * d);
      }
    }
    ll_transpose(square);
    if (count == LL_LANES) multiply_square(sum, a + d * rows, square, rows, LL_LANES);
    else multiply_square(sum, a + d * rows, square, rows, count);
  }
  const __mmask16 lanes = (__mmask16)(columns >= LL_LANES ? 0xFFFF : (1u << columns) - 1);
  for (size_t r = 0; r < rows; r++) {
    float *target = c + r * stride;
    const __m512 before = accumulate ? _mm512_maskz_loadu_ps(lanes, target)
        : initial                    ? _mm512_maskz_loadu_ps(lanes, initial)
                                     : _mm512_setzero_ps();
    _mm512_mask_storeu_ps(target, lanes, _mm512_add_ps(before, sum[r]));
  }
}

LL_TARGET_BF16 void ll_multiply_few_bf16(
    float *c, size_t stride, const float *a, const float *b, size_t apart, bool is_packed,
    size_t rows, size_t columns, size_t depth, const float *initial, bool accumulate) {
  for (size_t column = 0; column < columns; column += LL_LANES) {
    float *target = c + column;
    const float *from = b + column * apart, *start = initial ? initial + column : NULL;
    const size_t left = columns - column;
#define STRIP(count) \
  multiply_strip(target, stride, a, from, apart, packed, count, left, depth, start, accumulate)
    if (is_packed) {
      const bool packed = true;
      LL_FOR_FEW(rows, STRIP)
    } else {
      const bool packed = false;
      LL_FOR_FEW(rows, STRIP)
    }
#undef STRIP
  }
}

#else

bool ll_has_bf16(void) { return false; }

void ll_multiply_few_bf16(
    float *c, size_t stride, const float *a, const float *b, size_t apart, bool is_packed,
    size_t rows, size_t columns, size_t depth, const float *initial, bool accumulate) {
  __builtin_trap();
}

void ll_multiply_packed_bf16(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate) {
  ll_multiply_packed_bf16_plain(c, stride, a, b, rows, columns, depth, initial, accumulate);
}

#endif

#if defined(__x86_64__)
#define LL_PACKING(name, native)                                                         \
  void name(float *out, const float *from, size_t stride, size_t count, size_t depth) {  \
    if (ll_has_bf16())                                                                   \
      native(out, from, stride, count, depth);                                           \
    else                                                                                 \
      name##_plain(out, from, stride, count, depth);                                     \
  }
#else
#define LL_PACKING(name, native)                                                         \
  void name(float *out, const float *from, size_t stride, size_t count, size_t depth) {  \
    name##_plain(out, from, stride, count, depth);                                       \
  }
#endif

LL_PACKING(ll_pack_left_bf16, pack_left)
LL_PACKING(ll_pack_right_bf16, pack_right)
LL_PACKING(ll_pack_right_columns_bf16, pack_right_columns)
