#include <math.h>

#include "lanes.h"

float ll_softmax_numerators_plain(float *a, float scale, size_t count) {
  float largest = -INFINITY;
  for (size_t i = 0; i < count; i++) largest = scale * a[i] > largest ? scale * a[i] : largest;
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    const double numerator = exp((double)scale * a[i] - largest);
    a[i] = (float)numerator;
    sum += numerator;
  }
  return (float)sum;
}

LL_INLINE void larger(ll_f32 *largest, const float *a, float scale, size_t count) {
  ll_f32 x;
  ll_load(&x, a, count);
  x *= scale;
  for (size_t i = count; i < LL_LANES; i++) x[i] = -INFINITY;
  const ll_i32 above = x > *largest;
  ll_choose(largest, &above, &x);
}

LL_INLINE void exp_step(ll_f32 *sum, float *a, float scale, float largest, size_t count) {
  ll_f32 x;
  ll_load(&x, a, count);
  x = x * scale - largest;
  // The lanes past the end become exp(-inf) = 0 and leave the sum alone.
  for (size_t i = count; i < LL_LANES; i++) x[i] = -INFINITY;
  ll_exp(&x);
  *sum += x;
  ll_store(a, &x, count);
}

LL_INLINE float ll_softmax_numerators_lanes(float *a, float scale, size_t count) {
  ll_f32 maxima;
  ll_fill(&maxima, -INFINITY);
  {
    LL_FOR_EACH(
        i, count, larger(&maxima, a + i, scale, LL_LANES), larger(&maxima, a + i, scale, count - i))
  }
  float largest = maxima[0];
  for (int i = 1; i < LL_LANES; i++) largest = maxima[i] > largest ? maxima[i] : largest;
  ll_f32 sums = {0};
  {
    LL_FOR_EACH(
        i, count, exp_step(&sums, a + i, scale, largest, LL_LANES),
        exp_step(&sums, a + i, scale, largest, count - i))
  }
  return ll_sum(&sums);
}

LL_VARIANTS(
    float, ll_softmax_numerators, (float *a, float scale, size_t count), (a, scale, count))

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
