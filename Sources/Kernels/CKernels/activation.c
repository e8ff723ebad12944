#include <math.h>

#include "lanes.h"

// SiLU, GELU's tanh form and QuickGELU are all x · σ(polynomial of x), because
// (1 + tanh u) / 2 = σ(2u); so one vector routine serves them without loss near zero.

/// `v = 1 / (1 + exp(-v))`
LL_INLINE void sigmoid(ll_f32 *v) {
  ll_f32 e = -*v;
  ll_exp(&e);
  *v = 1.0f / (1.0f + e);
}

#define LL_ACTIVATION(name, scalar, vector)                                              \
  void name##_plain(float *x, size_t count) {                                            \
    for (size_t i = 0; i < count; i++) x[i] = scalar(x[i]);                              \
  }                                                                                      \
  LL_INLINE void name##_step(float *x, size_t count) {                                   \
    ll_f32 v;                                                                            \
    ll_load(&v, x, count);                                                               \
    vector(&v);                                                                          \
    ll_store(x, &v, count);                                                              \
  }                                                                                      \
  LL_INLINE void name##_lanes(float *x, size_t count) {                                  \
    LL_FOR_EACH(i, count, name##_step(x + i, LL_LANES), name##_step(x + i, count - i))   \
  }                                                                                      \
  LL_VARIANTS(void, name, (float *x, size_t count), (x, count))

LL_INLINE float sigmoid_scalar(float x) { return 1.0f / (1.0f + expf(-x)); }

LL_ACTIVATION(ll_sigmoid, sigmoid_scalar, sigmoid)

LL_INLINE float silu_scalar(float x) { return x * sigmoid_scalar(x); }

LL_INLINE void silu(ll_f32 *v) {
  ll_f32 s = *v;
  sigmoid(&s);
  *v *= s;
}

LL_ACTIVATION(ll_silu, silu_scalar, silu)

LL_INLINE float quick_gelu_scalar(float x) { return x * sigmoid_scalar(1.702f * x); }

LL_INLINE void quick_gelu(ll_f32 *v) {
  ll_f32 s = *v * 1.702f;
  sigmoid(&s);
  *v *= s;
}

LL_ACTIVATION(ll_quick_gelu, quick_gelu_scalar, quick_gelu)

LL_INLINE float gelu_tanh_scalar(float x) {
  return 0.5f * x * (1.0f + tanhf(0.7978845608f * (x + 0.044715f * x * x * x)));
}

LL_INLINE void gelu_tanh(ll_f32 *v) {
  ll_f32 x = *v;
  ll_f32 s = x * (1.5957691216f + 0.0713548162726f * (x * x));
  sigmoid(&s);
  *v = x * s;
}

LL_ACTIVATION(ll_gelu_tanh, gelu_tanh_scalar, gelu_tanh)

LL_INLINE float gelu_scalar(float x) { return 0.5f * x * (1.0f + erff(x * 0.7071067812f)); }

/// `v = exp(-v²) · t · polynomial(t)` with `t = 1 / (1 + 0.3 v)`, the complement of the error function
/// for `v >= 0` (the form of Abramowitz & Stegun 7.1.26, fitted here to 2e-8 of its value).
LL_INLINE void error_complement(ll_f32 *v) {
  ll_f32 t = 1.0f / (1.0f + 0.3f * *v), e = -(*v * *v), p;
  ll_exp(&e);
  ll_fill(&p, -1.294344620e-01f);
  p = p * t + 4.850983618e-01f;
  p = p * t - 5.112305175e-01f;
  p = p * t + 5.463998629e-01f;
  p = p * t - 9.363469746e-02f;
  p = p * t + 2.144378031e-01f;
  p = p * t + 1.484820243e-01f;
  p = p * t + 1.706919942e-01f;
  p = p * t + 1.691896112e-01f;
  *v = e * t * p;
}

LL_INLINE void gelu(ll_f32 *v) {
  ll_f32 x = *v, positive = {0}, negative = {0};
  ll_i32 above = x > 0.0f, below = ~above;
  ll_choose(&positive, &above, &x);
  ll_choose(&negative, &below, &x);
  // Beyond ten the complement is nothing, and squares must not overflow into infinity times zero.
  ll_f32 z = (positive - negative) * 0.7071067812f, ten;
  ll_fill(&ten, 10.0f);
  ll_i32 far = z > 10.0f;
  ll_choose(&z, &far, &ten);
  error_complement(&z);
  // x·Φ(x) is x less its small part on the right, and the small part alone on the left.
  ll_f32 small = 0.5f * (positive - negative) * z, zero = {0};
  ll_choose(&small, &far, &zero);
  *v = positive - small;
}

LL_ACTIVATION(ll_gelu, gelu_scalar, gelu)

LL_INLINE float relu_scalar(float x) { return x < 0 ? 0 : x; }

LL_INLINE void relu(ll_f32 *v) {
  ll_f32 zero = {0};
  ll_i32 negative = *v < zero;
  ll_choose(v, &negative, &zero);
}

LL_ACTIVATION(ll_relu, relu_scalar, relu)

LL_INLINE void hyperbolic_tangent(ll_f32 *v) {
  for (int i = 0; i < LL_LANES; i++) (*v)[i] = tanhf((*v)[i]);
}

LL_ACTIVATION(ll_tanh, tanhf, hyperbolic_tangent)

void ll_soft_cap_plain(float *a, float cap, size_t count) {
  for (size_t i = 0; i < count; i++) a[i] = cap * tanhf(a[i] / cap);
}

LL_INLINE void ll_soft_cap_lanes(float *a, float cap, size_t count) {
  for (size_t i = 0; i < count; i++) a[i] = cap * tanhf(a[i] / cap);
}

LL_VARIANTS(void, ll_soft_cap, (float *a, float cap, size_t count), (a, cap, count))
