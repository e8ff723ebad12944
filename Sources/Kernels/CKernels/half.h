#pragma once

#include "lanes.h"

LL_INLINE float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// 1 sign, 5 exponent (bias 15), 10 mantissa bits.
LL_INLINE float f16_value(uint16_t bits) {
  const uint32_t sign = (uint32_t)(bits & 0x8000) << 16;
  const uint32_t exponent = bits >> 10 & 31, mantissa = bits & 0x3FF;
  if (exponent == 31) return float_of(sign | 0x7F800000 | mantissa << 13);
  const float magnitude = exponent == 0
      ? (float)mantissa * 0x1p-24f
      : float_of((exponent + 112) << 23 | mantissa << 13);
  return sign ? -magnitude : magnitude;
}
