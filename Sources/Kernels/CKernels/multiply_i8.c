#include "lanes.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

// Products of 8-bit numbers. Words are four of them, neighbours in depth, of the left side from 0 to 255 and of the right
// from -127 to 127. NEON's are in `multiply_i8_arm.c`.

void ll_multiply_packed_i8_plain(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) {
      const uint8_t *left = (const uint8_t *)(a + r * depth);
      const int8_t *right = (const int8_t *)(b + j * depth);
      int32_t sum = accumulate ? c[r * stride + j] : 0;
      for (size_t d = 0; d < 4 * depth; d++) sum += left[d] * right[d];
      c[r * stride + j] = sum;
    }
}

#if defined(__x86_64__)

// Tiles of twelve rows and two registers of AVX-512, or six rows and two registers of half its width, as
// `multiply.c` packs them for either instruction set.
#define LL_TILES(name, targets, vector, lanes, tile, fill, dot)                               \
  targets LL_INLINE void name##_tile(                                                         \
      int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns, \
      size_t depth, bool accumulate) {                                                        \
    vector sum[tile][2] = {0};                                                                \
    for (size_t d = 0; d < depth; d++, a += rows, b += 2 * lanes) {                           \
      vector low, high;                                                                       \
      memcpy(&low, b, sizeof low);                                                            \
      memcpy(&high, b + lanes, sizeof high);                                                  \
      LL_UNROLLED for (size_t r = 0; r < rows; r++) {                                         \
        int32_t word;                                                                         \
        memcpy(&word, a + r, sizeof word);                                                    \
        const vector left = (vector)fill(word);                                               \
        sum[r][0] = (vector)dot((raw_##name)sum[r][0], (raw_##name)left, (raw_##name)low);    \
        sum[r][1] = (vector)dot((raw_##name)sum[r][1], (raw_##name)left, (raw_##name)high);   \
      }                                                                                       \
    }                                                                                         \
    LL_UNROLLED for (size_t r = 0; r < rows; r++)                                             \
      LL_UNROLLED for (size_t v = 0; v < 2; v++) {                                            \
        if (v * lanes >= columns) break;                                                      \
        int32_t *target = c + r * stride + v * lanes;                                         \
        const size_t left = columns - v * lanes;                                              \
        vector before = {0};                                                                  \
        if (left >= lanes) {                                                                  \
          if (accumulate) memcpy(&before, target, sizeof before);                             \
          before += sum[r][v];                                                                \
          memcpy(target, &before, sizeof before);                                             \
        } else {                                                                              \
          if (accumulate) memcpy(&before, target, left * sizeof *target);                     \
          before += sum[r][v];                                                                \
          memcpy(target, &before, left * sizeof *target);                                     \
        }                                                                                     \
      }                                                                                       \
  }                                                                                           \
  targets static void name(                                                                   \
      int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns, \
      size_t depth, bool accumulate) {                                                        \
    for (size_t column = 0; column < columns; column += 2 * lanes)                            \
      for (size_t first = 0; first < rows; first += tile) {                                   \
        int32_t *target = c + first * stride + column;                                        \
        const float *left = a + first * depth, *right = b + column * depth;                   \
        const size_t width = columns - column;                                                \
        switch (rows - first < tile ? rows - first : tile) {                                  \
          LL_CASE(name, 1) LL_CASE(name, 2) LL_CASE(name, 3)                                  \
          LL_CASE(name, 4) LL_CASE(name, 5) LL_CASE(name, 6)                                  \
          default:                                                                            \
            if (tile > 6) switch (rows - first < tile ? rows - first : tile) {                \
              LL_CASE(name, 7) LL_CASE(name, 8) LL_CASE(name, 9)                              \
              LL_CASE(name, 10) LL_CASE(name, 11) LL_CASE(name, 12)                           \
            }                                                                                 \
        }                                                                                     \
      }                                                                                       \
  }

#define LL_CASE(name, count)                                                                  \
  case count:                                                                                 \
    name##_tile(target, stride, left, right, count, width, depth, accumulate);                \
    break;

typedef int32_t ll_i32x8 __attribute__((vector_size(32)));
typedef __m512i raw_multiply_avx512;
typedef __m256i raw_multiply_avx2;

LL_TILES(
    multiply_avx512,
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))),
    ll_i32, 16, 12, _mm512_set1_epi32, _mm512_dpbusd_epi32)
LL_TILES(
    multiply_avx2, __attribute__((target("avx2,fma,f16c,avxvnni"))), ll_i32x8, 8, 6,
    _mm256_set1_epi32, _mm256_dpbusd_avx_epi32)

static bool has_vnni_avx512(void) {
  return ll_best_isa() == LL_AVX512 && __builtin_cpu_supports("avx512vnni");
}

bool ll_has_i8_avx2(void) {
  // CPUID 7.1, EAX bit 4; not every compiler has a name for it.
  unsigned a, b, c, d;
  return ll_best_isa() != LL_BASELINE && __get_cpuid_count(7, 1, &a, &b, &c, &d) && a >> 4 & 1;
}

void ll_multiply_packed_i8_avx2(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  multiply_avx2(c, stride, a, b, rows, columns, depth, accumulate);
}

bool ll_has_i8(void) {
  return ll_best_isa() == LL_AVX512 ? has_vnni_avx512() : ll_has_i8_avx2();
}

void ll_multiply_packed_i8(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  if (!ll_has_i8())
    ll_multiply_packed_i8_plain(c, stride, a, b, rows, columns, depth, accumulate);
  else if (ll_best_isa() == LL_AVX512)
    multiply_avx512(c, stride, a, b, rows, columns, depth, accumulate);
  else
    multiply_avx2(c, stride, a, b, rows, columns, depth, accumulate);
}

#elif !defined(__aarch64__)

bool ll_has_i8(void) { return false; }

void ll_multiply_packed_i8(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  ll_multiply_packed_i8_plain(c, stride, a, b, rows, columns, depth, accumulate);
}

#endif

#if !defined(__x86_64__)

bool ll_has_i8_avx2(void) { return false; }

void ll_multiply_packed_i8_avx2(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  ll_multiply_packed_i8_plain(c, stride, a, b, rows, columns, depth, accumulate);
}

#endif
