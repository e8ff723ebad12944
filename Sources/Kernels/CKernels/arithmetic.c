#include <math.h>

#include "lanes.h"

float ll_dot_plain(const float *a, const float *b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)a[i] * b[i];
  return (float)sum;
}

LL_INLINE void dot_step(ll_f32 *sum, const float *a, const float *b, size_t count) {
  ll_f32 x, y;
  ll_load(&x, a, count);
  ll_load(&y, b, count);
  *sum = x * y + *sum;
}

LL_INLINE float ll_dot_lanes(const float *a, const float *b, size_t count) {
  // Four sums side by side hide the latency of the multiply-add.
  ll_f32 sum[4] = {0};
  size_t i = 0;
  for (; i + 4 * LL_LANES <= count; i += 4 * LL_LANES)
    for (size_t j = 0; j < 4; j++)
      dot_step(&sum[j], a + i + j * LL_LANES, b + i + j * LL_LANES, LL_LANES);
  for (; i + LL_LANES <= count; i += LL_LANES) dot_step(&sum[0], a + i, b + i, LL_LANES);
  if (i < count) dot_step(&sum[1], a + i, b + i, count - i);
  sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  return ll_sum(&sum[0]);
}

LL_VARIANTS(float, ll_dot, (const float *a, const float *b, size_t count), (a, b, count))

void ll_add_plain(float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) a[i] += b[i];
}

LL_INLINE void add_step(float *a, const float *b, size_t count) {
  ll_f32 x, y;
  ll_load(&x, a, count);
  ll_load(&y, b, count);
  x += y;
  ll_store(a, &x, count);
}

LL_INLINE void ll_add_lanes(float *a, const float *b, size_t count) {
  LL_FOR_EACH(i, count, add_step(a + i, b + i, LL_LANES), add_step(a + i, b + i, count - i))
}

LL_VARIANTS(void, ll_add, (float *a, const float *b, size_t count), (a, b, count))

void ll_multiply_plain(float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) a[i] *= b[i];
}

LL_INLINE void multiply_step(float *a, const float *b, size_t count) {
  ll_f32 x, y;
  ll_load(&x, a, count);
  ll_load(&y, b, count);
  x *= y;
  ll_store(a, &x, count);
}

LL_INLINE void ll_multiply_lanes(float *a, const float *b, size_t count) {
  LL_FOR_EACH(
      i, count, multiply_step(a + i, b + i, LL_LANES), multiply_step(a + i, b + i, count - i))
}

LL_VARIANTS(void, ll_multiply, (float *a, const float *b, size_t count), (a, b, count))

void ll_scale_plain(float *a, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) a[i] *= factor;
}

LL_INLINE void scale_step(float *a, float factor, size_t count) {
  ll_f32 x;
  ll_load(&x, a, count);
  x *= factor;
  ll_store(a, &x, count);
}

LL_INLINE void ll_scale_lanes(float *a, float factor, size_t count) {
  LL_FOR_EACH(i, count, scale_step(a + i, factor, LL_LANES), scale_step(a + i, factor, count - i))
}

LL_VARIANTS(void, ll_scale, (float *a, float factor, size_t count), (a, factor, count))
