#include "half.h"

// Storage types widen exactly. Half and the two float8 formats are moved into the bits of a float
// and multiplied by a power of two, which also normalises their subnormals.

typedef uint8_t ll_u8 __attribute__((vector_size(16)));
typedef int8_t ll_i8 __attribute__((vector_size(16)));

#define LL_DECODER(name, element, scalar, vector)                                             \
  void name##_plain(float *out, const void *in, size_t count) {                               \
    for (size_t i = 0; i < count; i++) {                                                      \
      element value;                                                                          \
      memcpy(&value, (const char *)in + i * sizeof value, sizeof value);                      \
      out[i] = scalar(value);                                                                 \
    }                                                                                         \
  }                                                                                           \
  LL_INLINE void name##_step(float *out, const char *in, size_t count) {                      \
    ll_f32 v;                                                                                 \
    vector(&v, in, count);                                                                    \
    ll_store(out, &v, count);                                                                 \
  }                                                                                           \
  LL_INLINE void name##_lanes(float *out, const void *in, size_t count) {                     \
    const char *bytes = in;                                                                   \
    LL_FOR_EACH(                                                                              \
        i, count, name##_step(out + i, bytes + i * sizeof(element), LL_LANES),                \
        name##_step(out + i, bytes + i * sizeof(element), count - i))                         \
  }                                                                                           \
  LL_VARIANTS(void, name, (float *out, const void *in, size_t count), (out, in, count))

// 1 sign, 8 exponent, 7 mantissa bits: the upper half of a float.
LL_INLINE float bf16_value(uint16_t bits) { return float_of((uint32_t)bits << 16); }

LL_INLINE void load_u16(ll_i32 *bits, const char *in, size_t count) {
  ll_u16 raw = {0};
  memcpy(&raw, in, count * 2);
  *bits = __builtin_convertvector(raw, ll_i32);
}

LL_INLINE void load_u8(ll_i32 *bits, const char *in, size_t count) {
  ll_u8 raw = {0};
  memcpy(&raw, in, count);
  *bits = __builtin_convertvector(raw, ll_i32);
}

LL_DECODER(ll_decode_bf16, uint16_t, bf16_value, ll_load_bf16)

/// Widens sign and magnitude bits, `magnitude` shifted so that exponents line up with a float's.
LL_INLINE void widen(ll_f32 *v, const ll_i32 *sign, const ll_i32 *magnitude, float power) {
  ll_from_bits(v, magnitude);
  *v *= power;
  ll_i32 bits;
  ll_bits(&bits, v);
  bits |= *sign;
  ll_from_bits(v, &bits);
}

/// Where `magnitude` is at least `limit`, an infinity or a NaN, the exponent becomes all ones.
LL_INLINE void special(ll_f32 *v, const ll_i32 *magnitude, int32_t limit) {
  ll_i32 bits;
  ll_bits(&bits, v);
  bits |= (*magnitude >= limit) & 0x7F800000;
  ll_from_bits(v, &bits);
}

LL_INLINE void f16_bits(ll_f32 *v, const ll_i32 *bits) {
  ll_i32 sign = (*bits & 0x8000) << 16, magnitude = (*bits & 0x7FFF) << 13;
  widen(v, &sign, &magnitude, 0x1p112f);
  special(v, &magnitude, 0x7C00 << 13);
}

LL_INLINE void f16_lanes(ll_f32 *v, const char *in, size_t count) {
  ll_i32 bits;
  load_u16(&bits, in, count);
  f16_bits(v, &bits);
}

LL_DECODER(ll_decode_f16, uint16_t, f16_value, f16_lanes)

// The upper byte of a half: 1 sign, 5 exponent, 2 mantissa bits (arXiv 2209.05433).
LL_INLINE float f8e5m2_value(uint8_t bits) { return f16_value((uint16_t)(bits << 8)); }

LL_INLINE void f8e5m2_lanes(ll_f32 *v, const char *in, size_t count) {
  ll_i32 bits;
  load_u8(&bits, in, count);
  bits <<= 8;
  f16_bits(v, &bits);
}

LL_DECODER(ll_decode_f8e5m2, uint8_t, f8e5m2_value, f8e5m2_lanes)

// 1 sign, 4 exponent (bias 7), 3 mantissa bits; no infinities, all ones is NaN (arXiv 2209.05433).
LL_INLINE float f8e4m3_value(uint8_t bits) {
  const uint32_t exponent = bits >> 3 & 15, mantissa = bits & 7;
  if ((bits & 0x7F) == 0x7F) return float_of((uint32_t)(bits & 0x80) << 24 | 0x7FF00000);
  const float magnitude = exponent == 0
      ? (float)mantissa * 0x1p-9f
      : float_of((exponent + 120) << 23 | mantissa << 20);
  return bits & 0x80 ? -magnitude : magnitude;
}

LL_INLINE void f8e4m3_lanes(ll_f32 *v, const char *in, size_t count) {
  ll_i32 bits;
  load_u8(&bits, in, count);
  ll_i32 sign = (bits & 0x80) << 24, magnitude = (bits & 0x7F) << 20;
  widen(v, &sign, &magnitude, 0x1p120f);
  special(v, &magnitude, 0x7F << 20);
}

LL_DECODER(ll_decode_f8e4m3, uint8_t, f8e4m3_value, f8e4m3_lanes)

LL_INLINE float i8_value(int8_t value) { return value; }

LL_INLINE void i8_lanes(ll_f32 *v, const char *in, size_t count) {
  ll_i8 raw = {0};
  memcpy(&raw, in, count);
  *v = __builtin_convertvector(raw, ll_f32);
}

LL_DECODER(ll_decode_i8, int8_t, i8_value, i8_lanes)
