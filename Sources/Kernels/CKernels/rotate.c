#include "lanes.h"

void ll_rotate_plain(float *x, const float *cosine, const float *sine, size_t half) {
  for (size_t i = 0; i < half; i++) {
    const float a = x[i], b = x[i + half];
    x[i] = a * cosine[i] - b * sine[i];
    x[i + half] = b * cosine[i] + a * sine[i];
  }
}

LL_INLINE void rotate_step(
    float *x, float *y, const float *cosine, const float *sine, size_t count) {
  ll_f32 a, b, c, s;
  ll_load(&a, x, count);
  ll_load(&b, y, count);
  ll_load(&c, cosine, count);
  ll_load(&s, sine, count);
  ll_f32 u = a * c - b * s, v = b * c + a * s;
  ll_store(x, &u, count);
  ll_store(y, &v, count);
}

LL_INLINE void ll_rotate_lanes(float *x, const float *cosine, const float *sine, size_t half) {
  LL_FOR_EACH(
      i, half, rotate_step(x + i, x + half + i, cosine + i, sine + i, LL_LANES),
      rotate_step(x + i, x + half + i, cosine + i, sine + i, half - i))
}

LL_VARIANTS(
    void, ll_rotate, (float *x, const float *cosine, const float *sine, size_t half),
    (x, cosine, sine, half))
