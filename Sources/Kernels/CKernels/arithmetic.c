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

float ll_shift_plain(float *x, float factor, const float *offset, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    x[i] = x[i] * factor + (offset ? offset[i] : 0);
    sum += (double)x[i] * x[i];
  }
  return (float)sum;
}

LL_INLINE void shift_step(
    ll_f32 *sum, float *x, float factor, const float *offset, size_t count) {
  ll_f32 v, y = {0};
  ll_load(&v, x, count);
  if (offset) ll_load(&y, offset, count);
  v = v * factor + y;
  ll_store(x, &v, count);
  *sum = v * v + *sum;
}

LL_INLINE float ll_shift_lanes(float *x, float factor, const float *offset, size_t count) {
  ll_f32 sum[4] = {0};
  size_t i = 0;
  for (; i + 4 * LL_LANES <= count; i += 4 * LL_LANES)
    for (size_t j = 0; j < 4; j++) {
      const size_t at = i + j * LL_LANES;
      shift_step(&sum[j], x + at, factor, offset ? offset + at : 0, LL_LANES);
    }
  for (; i + LL_LANES <= count; i += LL_LANES)
    shift_step(&sum[0], x + i, factor, offset ? offset + i : 0, LL_LANES);
  if (i < count) shift_step(&sum[1], x + i, factor, offset ? offset + i : 0, count - i);
  sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  return ll_sum(&sum[0]);
}

LL_VARIANTS(
    float, ll_shift, (float *x, float factor, const float *offset, size_t count),
    (x, factor, offset, count))

float ll_dot_bf16_plain(const float *a, const void *b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    float value;
    ll_decode_bf16_plain(&value, (const char *)b + 2 * i, 1);
    sum += (double)a[i] * value;
  }
  return (float)sum;
}

LL_INLINE void dot_bf16_step(ll_f32 *sum, const float *a, const char *b, size_t count) {
  ll_f32 x, y;
  ll_load(&x, a, count);
  ll_load_bf16(&y, b, count);
  *sum = x * y + *sum;
}

LL_INLINE float ll_dot_bf16_lanes(const float *a, const void *b, size_t count) {
  const char *from = b;
  ll_f32 sum[4] = {0};
  size_t i = 0;
  for (; i + 4 * LL_LANES <= count; i += 4 * LL_LANES)
    for (size_t j = 0; j < 4; j++)
      dot_bf16_step(&sum[j], a + i + j * LL_LANES, from + 2 * (i + j * LL_LANES), LL_LANES);
  for (; i + LL_LANES <= count; i += LL_LANES)
    dot_bf16_step(&sum[0], a + i, from + 2 * i, LL_LANES);
  if (i < count) dot_bf16_step(&sum[1], a + i, from + 2 * i, count - i);
  sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  return ll_sum(&sum[0]);
}

LL_VARIANTS(float, ll_dot_bf16, (const float *a, const void *b, size_t count), (a, b, count))

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
