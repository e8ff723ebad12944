#include <math.h>

#include "lanes.h"

void ll_softmax_plain(float *a, size_t count) {
  float largest = -INFINITY;
  for (size_t i = 0; i < count; i++) largest = a[i] > largest ? a[i] : largest;
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += exp((double)a[i] - largest);
  for (size_t i = 0; i < count; i++) a[i] = (float)(exp((double)a[i] - largest) / sum);
}

LL_INLINE void larger(ll_f32 *largest, const float *a, size_t count) {
  ll_f32 x = *largest;
  memcpy(&x, a, count * sizeof(float));
  ll_i32 above = x > *largest;
  ll_choose(largest, &above, &x);
}

LL_INLINE void exp_step(ll_f32 *sum, float *a, float largest, size_t count) {
  // The lanes past the end become exp(-inf) = 0 and leave the sum alone.
  ll_f32 x;
  ll_fill(&x, -INFINITY);
  memcpy(&x, a, count * sizeof(float));
  x -= largest;
  ll_exp(&x);
  *sum += x;
  ll_store(a, &x, count);
}

LL_INLINE void ll_softmax_lanes(float *a, size_t count) {
  ll_f32 maxima;
  ll_fill(&maxima, -INFINITY);
  { LL_FOR_EACH(i, count, larger(&maxima, a + i, LL_LANES), larger(&maxima, a + i, count - i)) }
  float largest = maxima[0];
  for (int i = 1; i < LL_LANES; i++) largest = maxima[i] > largest ? maxima[i] : largest;
  ll_f32 sums = {0};
  {
    LL_FOR_EACH(
        i, count, exp_step(&sums, a + i, largest, LL_LANES),
        exp_step(&sums, a + i, largest, count - i))
  }
  const float factor = 1.0f / ll_sum(&sums);
  for (size_t i = 0; i < count; i++) a[i] *= factor;
}

LL_VARIANTS(void, ll_softmax, (float *a, size_t count), (a, count))

double ll_sum_exp_plain(const float *a, float shift, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += exp((double)a[i] - shift);
  return sum;
}

LL_INLINE void sum_exp_step(double *sum, const float *a, float shift, size_t count) {
  ll_f32 x;
  ll_fill(&x, -INFINITY);
  memcpy(&x, a, count * sizeof(float));
  x -= shift;
  ll_exp(&x);
  *sum += ll_sum(&x);
}

LL_INLINE double ll_sum_exp_lanes(const float *a, float shift, size_t count) {
  double sum = 0;
  LL_FOR_EACH(
      i, count, sum_exp_step(&sum, a + i, shift, LL_LANES),
      sum_exp_step(&sum, a + i, shift, count - i))
  return sum;
}

LL_VARIANTS(double, ll_sum_exp, (const float *a, float shift, size_t count), (a, shift, count))
