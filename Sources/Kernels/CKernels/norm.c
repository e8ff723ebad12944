#include <math.h>

#include "lanes.h"

// What a row is divided by, inverted; no number for a row whose squares are more than 32 bits hold. Divided by an
// infinity it would come out as zeros, which nobody tells from a state.
static inline float inverse_root(float squares, float count, float epsilon) {
  return isfinite(squares) ? 1.0f / sqrtf(squares / count + epsilon) : NAN;
}

void ll_rms_norm_plain(
    float *out, const float *x, const float *weight, float offset, float epsilon, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)x[i] * x[i];
  const float factor =
      isfinite((float)sum) ? (float)(1 / sqrt(sum / (double)count + epsilon)) : NAN;
  for (size_t i = 0; i < count; i++) out[i] = x[i] * factor * (weight[i] + offset);
}

LL_INLINE void square_step(ll_f32 *sum, const float *x, float mean, size_t count) {
  ll_f32 v;
  ll_fill(&v, mean);
  memcpy(&v, x, count * sizeof(float));
  v -= mean;
  *sum = v * v + *sum;
}

/// The sum of `(x - mean)²`.
LL_INLINE float squares(const float *x, float mean, size_t count) {
  ll_f32 sum = {0};
  LL_FOR_EACH(
      i, count, square_step(&sum, x + i, mean, LL_LANES), square_step(&sum, x + i, mean, count - i))
  return ll_sum(&sum);
}

LL_INLINE void rms_step(
    float *out, const float *x, const float *weight, float offset, float factor, size_t count) {
  ll_f32 v, w;
  ll_load(&v, x, count);
  ll_load(&w, weight, count);
  v = v * factor * (w + offset);
  ll_store(out, &v, count);
}

LL_INLINE void ll_rms_norm_lanes(
    float *out, const float *x, const float *weight, float offset, float epsilon, size_t count) {
  const float factor = inverse_root(squares(x, 0, count), (float)count, epsilon);
  LL_FOR_EACH(
      i, count, rms_step(out + i, x + i, weight + i, offset, factor, LL_LANES),
      rms_step(out + i, x + i, weight + i, offset, factor, count - i))
}

LL_VARIANTS(
    void, ll_rms_norm,
    (float *out, const float *x, const float *weight, float offset, float epsilon, size_t count),
    (out, x, weight, offset, epsilon, count))

void ll_layer_norm_plain(
    float *out, const float *x, const float *weight, const float *bias, float epsilon,
    size_t count) {
  double mean = 0, sum = 0;
  for (size_t i = 0; i < count; i++) mean += x[i];
  mean /= (double)count;
  for (size_t i = 0; i < count; i++) sum += (x[i] - mean) * (x[i] - mean);
  const double factor = isfinite((float)sum) ? 1 / sqrt(sum / (double)count + epsilon) : NAN;
  for (size_t i = 0; i < count; i++)
    out[i] = (float)((x[i] - mean) * factor) * (weight ? weight[i] : 1) + (bias ? bias[i] : 0);
}

LL_INLINE void sum_step(ll_f32 *sum, const float *x, size_t count) {
  ll_f32 v;
  ll_load(&v, x, count);
  *sum += v;
}

LL_INLINE void layer_step(
    float *out, const float *x, const float *weight, const float *bias, float mean, float factor,
    size_t count) {
  ll_f32 v, w;
  ll_load(&v, x, count);
  v = (v - mean) * factor;
  if (weight) {
    ll_load(&w, weight, count);
    v *= w;
  }
  if (bias) {
    ll_load(&w, bias, count);
    v += w;
  }
  ll_store(out, &v, count);
}

LL_INLINE void ll_layer_norm_lanes(
    float *out, const float *x, const float *weight, const float *bias, float epsilon,
    size_t count) {
  ll_f32 sums = {0};
  { LL_FOR_EACH(i, count, sum_step(&sums, x + i, LL_LANES), sum_step(&sums, x + i, count - i)) }
  const float mean = ll_sum(&sums) / (float)count;
  const float factor = inverse_root(squares(x, mean, count), (float)count, epsilon);
  LL_FOR_EACH(
      i, count,
      layer_step(
          out + i, x + i, weight ? weight + i : NULL, bias ? bias + i : NULL, mean, factor,
          LL_LANES),
      layer_step(
          out + i, x + i, weight ? weight + i : NULL, bias ? bias + i : NULL, mean, factor,
          count - i))
}

LL_VARIANTS(
    void, ll_layer_norm,
    (float *out, const float *x, const float *weight, const float *bias, float epsilon,
     size_t count),
    (out, x, weight, bias, epsilon, count))
