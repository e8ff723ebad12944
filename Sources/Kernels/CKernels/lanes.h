#pragma once

#include <stdint.h>
#include <string.h>

#include "CLatentLensKernels.h"

// Kernels are written once over sixteen lanes with the compiler's vector types and compiled for each
// instruction set: one register with AVX-512, two with AVX2, four with SSE or NEON. Vectors are
// handed to helpers by pointer because their calling convention differs between instruction sets.

#define LL_LANES 16

typedef float ll_f32 __attribute__((vector_size(64)));
typedef int32_t ll_i32 __attribute__((vector_size(64)));
typedef uint32_t ll_u32 __attribute__((vector_size(64)));

/// Loops over registers, whose bounds are constants where they are inlined.
#define LL_UNROLLED _Pragma("clang loop unroll(full)")

#define LL_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define LL_TARGET_AVX2 __attribute__((target("avx2,fma,f16c")))
#define LL_TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")))
#else
#define LL_TARGET_AVX2
#define LL_TARGET_AVX512
#endif

/// Defines every variant of a kernel from `name_lanes`, and the entry point that chooses.
#define LL_VARIANTS(result, name, parameters, arguments)                              \
  result name##_baseline parameters { return name##_lanes arguments; }                \
  LL_TARGET_AVX2 result name##_avx2 parameters { return name##_lanes arguments; }     \
  LL_TARGET_AVX512 result name##_avx512 parameters { return name##_lanes arguments; } \
  result name parameters {                                                            \
    switch (ll_best_isa()) {                                                          \
      case LL_AVX512: return name##_avx512 arguments;                                 \
      case LL_AVX2: return name##_avx2 arguments;                                     \
      default: return name##_baseline arguments;                                      \
    }                                                                                 \
  }

/// Runs `step(count, ...)` for whole vectors with a constant count, then once for the rest.
#define LL_FOR_EACH(i, count, whole, rest)                        \
  size_t i = 0;                                                   \
  for (; i + LL_LANES <= (count); i += LL_LANES) { whole; }       \
  if (i < (count)) { rest; }

/// `step(rows)` with a constant for the number of rows, of which there are at most `LL_FEW_ROWS`.
#define LL_FOR_FEW(rows, step) \
  switch (rows) {              \
    case 1: step(1); break;    \
    case 2: step(2); break;    \
    case 3: step(3); break;    \
    case 4: step(4); break;    \
  }

/// The first `count` lanes from memory, the others zero.
LL_INLINE void ll_load(ll_f32 *v, const float *from, size_t count) {
  *v = (ll_f32){0};
  memcpy(v, from, count * sizeof(float));
}

LL_INLINE void ll_store(float *to, const ll_f32 *v, size_t count) {
  memcpy(to, v, count * sizeof(float));
}

/// Sixteen numbers of 16 bits, which are the upper halves of floats.
typedef uint16_t ll_u16 __attribute__((vector_size(32)));

/// The first `count` lanes from bfloat16 numbers in memory, the others zero.
LL_INLINE void ll_load_bf16(ll_f32 *v, const void *from, size_t count) {
  ll_u16 raw = {0};
  memcpy(&raw, from, count * sizeof(uint16_t));
  const ll_i32 bits = __builtin_convertvector(raw, ll_i32) << 16;
  memcpy(v, &bits, sizeof *v);
}

/// Turns sixteen rows of sixteen into columns: interleaving the halves four times rotates the bits
/// of each element's place until row and column have changed sides.
LL_INLINE void ll_transpose(ll_f32 v[LL_LANES]) {
  for (int round = 0; round < 4; round++) {
    ll_f32 w[LL_LANES];
    for (int i = 0; i < LL_LANES / 2; i++) {
      w[2 * i] = __builtin_shufflevector(
          v[i], v[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      w[2 * i + 1] = __builtin_shufflevector(
          v[i], v[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    memcpy(v, w, sizeof w);
  }
}

LL_INLINE float ll_sum(const ll_f32 *v) {
  float lanes[LL_LANES];
  memcpy(lanes, v, sizeof lanes);
  for (int width = LL_LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}

LL_INLINE void ll_bits(ll_i32 *bits, const ll_f32 *v) { memcpy(bits, v, sizeof *v); }
LL_INLINE void ll_from_bits(ll_f32 *v, const ll_i32 *bits) { memcpy(v, bits, sizeof *v); }

/// `mask` (all ones or zero per lane) picks from `yes` or keeps `v`.
LL_INLINE void ll_choose(ll_f32 *v, const ll_i32 *mask, const ll_f32 *yes) {
  ll_i32 a, b;
  ll_bits(&a, yes);
  ll_bits(&b, v);
  b = (a & *mask) | (b & ~*mask);
  ll_from_bits(v, &b);
}

LL_INLINE void ll_fill(ll_f32 *v, float x) { *v = x - (ll_f32){0}; }

/// `v = exp(v)`, within two units in the last place; below 2⁻¹²⁵ it is zero.
LL_INLINE void ll_exp(ll_f32 *v) {
  ll_f32 x = *v, infinity, zero = {0};
  ll_fill(&infinity, __builtin_inff());
  ll_i32 over = x > 88.7228394f, under = x < -86.6f;
  ll_f32 hold;
  ll_fill(&hold, 88.0f);
  ll_choose(&x, &over, &hold);
  ll_choose(&x, &under, &zero);
  // Adding 1.5 · 2²³ rounds to a whole number, which then stands in the low bits.
  const float magic = 12582912.0f;
  ll_f32 shifted = x * 1.44269504f + magic;
  ll_f32 n = shifted - magic;
  ll_f32 r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  ll_f32 p = r * 1.388888889e-3f + 8.333333333e-3f;
  p = p * r + 4.166666667e-2f;
  p = p * r + 1.666666667e-1f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  ll_i32 exponent;
  ll_bits(&exponent, &shifted);
  // One less, doubled afterwards, so that 2¹²⁸ can be stepped over.
  exponent = (exponent - 0x4B400000 + 126) << 23;
  ll_f32 power;
  ll_from_bits(&power, &exponent);
  p = p * power * 2.0f;
  ll_choose(&p, &over, &infinity);
  ll_choose(&p, &under, &zero);
  *v = p;
}
