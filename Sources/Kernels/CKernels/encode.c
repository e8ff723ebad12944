#include <math.h>

#include "lanes.h"

typedef uint16_t ll_u16 __attribute__((vector_size(32)));
typedef int8_t ll_i8 __attribute__((vector_size(16)));

LL_INLINE uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// Rounds to nearest even; NaN stays NaN.
LL_INLINE uint16_t bf16_of(float value) {
  const uint32_t bits = bits_of(value);
  if (isnan(value)) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

void ll_encode_bf16_plain(void *out, const float *in, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint16_t half = bf16_of(in[i]);
    memcpy((char *)out + 2 * i, &half, 2);
  }
}

LL_INLINE void bf16_step(char *out, const float *in, size_t count) {
  ll_f32 v;
  ll_load(&v, in, count);
  ll_u32 bits;
  memcpy(&bits, &v, sizeof bits);
  ll_u32 nan = (ll_u32)(v != v);
  ll_u32 rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
  rounded = ((bits >> 16 | 0x40) & nan) | (rounded & ~nan);
  ll_u16 halves = __builtin_convertvector(rounded, ll_u16);
  memcpy(out, &halves, count * 2);
}

LL_INLINE void ll_encode_bf16_lanes(void *out, const float *in, size_t count) {
  char *bytes = out;
  LL_FOR_EACH(
      i, count, bf16_step(bytes + 2 * i, in + i, LL_LANES),
      bf16_step(bytes + 2 * i, in + i, count - i))
}

LL_VARIANTS(void, ll_encode_bf16, (void *out, const float *in, size_t count), (out, in, count))

/// Rounds to nearest even; past the largest half comes infinity.
LL_INLINE uint16_t f16_of(float value) {
  const uint32_t bits = bits_of(value), magnitude = bits & 0x7FFFFFFF;
  const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  if (magnitude > 0x7F800000) return sign | 0x7E00;
  if (magnitude >= 0x477FF000) return sign | 0x7C00;
  // Adding a half's unit at the right place lets the processor round: 2⁻²⁴ units below 2⁻¹⁴.
  if (magnitude < 0x38800000) return sign | (uint16_t)(bits_of(fabsf(value) + 0.5f) - 0x3F000000);
  return sign | (uint16_t)((magnitude - 0x38000000 + 0xFFF + (magnitude >> 13 & 1)) >> 13);
}

void ll_encode_f16_plain(void *out, const float *in, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint16_t half = f16_of(in[i]);
    memcpy((char *)out + 2 * i, &half, 2);
  }
}

LL_INLINE void ll_encode_f16_lanes(void *out, const float *in, size_t count) {
  ll_encode_f16_plain(out, in, count);
}

LL_VARIANTS(void, ll_encode_f16, (void *out, const float *in, size_t count), (out, in, count))

LL_INLINE float i8_scale(const float *in, size_t count) {
  float largest = 0;
  for (size_t i = 0; i < count; i++) largest = fabsf(in[i]) > largest ? fabsf(in[i]) : largest;
  return largest / 127;
}

LL_INLINE int8_t i8_of(float value, float scale) {
  const float steps = rintf(value / scale);
  return (int8_t)(steps > 127 ? 127 : steps < -127 ? -127 : steps == steps ? steps : 0);
}

float ll_encode_i8_plain(void *out, const float *in, size_t count) {
  const float scale = i8_scale(in, count);
  int8_t *steps = out;
  for (size_t i = 0; i < count; i++) steps[i] = scale > 0 ? i8_of(in[i], scale) : 0;
  return scale;
}

LL_INLINE float ll_encode_i8_lanes(void *out, const float *in, size_t count) {
  return ll_encode_i8_plain(out, in, count);
}

LL_VARIANTS(float, ll_encode_i8, (void *out, const float *in, size_t count), (out, in, count))
