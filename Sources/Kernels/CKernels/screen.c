#include <math.h>

#include "lanes.h"

// Screening a search: how far products of 8-bit numbers may be off, and who passes.

/// A number of steps; of what is no number none, since no whole number stands for it, and the error tells of it.
LL_INLINE int32_t steps_of(float whole) { return fabsf(whole) <= 127 ? (int32_t)whole : 0; }

LL_INLINE void quantize(
    int8_t *out, const float *in, size_t count, int32_t offset, float *figures) {
  ll_f32 most = {0};
  float largest = 0;
  size_t i = 0;
  for (; i + LL_LANES <= count; i += LL_LANES) {
    ll_f32 v;
    ll_load(&v, in + i, LL_LANES);
    ll_i32 bits;
    ll_bits(&bits, &v);
    bits &= 0x7FFFFFFF;
    ll_from_bits(&v, &bits);
    const ll_i32 above = v > most;
    ll_choose(&most, &above, &v);
  }
  float lanes[LL_LANES];
  memcpy(lanes, &most, sizeof lanes);
  for (int lane = 0; lane < LL_LANES; lane++) largest = lanes[lane] > largest ? lanes[lane] : largest;
  for (; i < count; i++) largest = fabsf(in[i]) > largest ? fabsf(in[i]) : largest;
  // Below this a step has no inverse; rows so small are as good as zero, and their error says what they are.
  const float step = largest > 1e-30f ? largest / 127 : 1;
  const float inverse = 1 / step;
  ll_f32 squares = {0};
  ll_i32 sums = {0};
  float square = 0;
  int32_t sum = 0;
  // Adding 1.5 · 2²³ rounds to a whole number.
  const float magic = 12582912.0f;
  for (i = 0; i + LL_LANES <= count; i += LL_LANES) {
    ll_f32 v;
    ll_load(&v, in + i, LL_LANES);
    ll_f32 whole = v * inverse + magic - magic;
    const ll_f32 error = v - whole * step;
    squares += error * error;
    ll_i32 bits;
    ll_bits(&bits, &whole);
    bits &= (whole >= -127.0f) & (whole <= 127.0f);
    ll_from_bits(&whole, &bits);
    const ll_i32 steps = __builtin_convertvector(whole, ll_i32);
    sums += steps;
    typedef int8_t bytes __attribute__((vector_size(16)));
    const bytes narrow = __builtin_convertvector(steps + offset, bytes);
    memcpy(out + i, &narrow, sizeof narrow);
  }
  for (; i < count; i++) {
    const float whole = in[i] * inverse + magic - magic;
    const float error = in[i] - whole * step;
    square += error * error;
    sum += steps_of(whole);
    out[i] = (int8_t)(uint8_t)(steps_of(whole) + offset);
  }
  int32_t parts[LL_LANES];
  memcpy(parts, &sums, sizeof parts);
  for (int lane = 0; lane < LL_LANES; lane++) sum += parts[lane];
  figures[0] = step;
  figures[1] = sqrtf(square + ll_sum(&squares));
  figures[2] = (float)sum;
}

void ll_quantize_plain(
    void *out, const float *in, size_t count, int32_t offset, float *figures) {
  float largest = 0;
  for (size_t i = 0; i < count; i++) largest = fabsf(in[i]) > largest ? fabsf(in[i]) : largest;
  const float step = largest > 1e-30f ? largest / 127 : 1, inverse = 1 / step;
  double square = 0;
  int32_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    const float whole = rintf(in[i] * inverse);
    const double error = in[i] - (double)whole * step;
    square += error * error;
    sum += steps_of(whole);
    ((uint8_t *)out)[i] = (uint8_t)(steps_of(whole) + offset);
  }
  figures[0] = step;
  figures[1] = (float)sqrt(square);
  figures[2] = (float)sum;
}

LL_INLINE void ll_quantize_lanes(
    void *out, const float *in, size_t count, int32_t offset, float *figures) {
  quantize(out, in, count, offset, figures);
}

LL_VARIANTS(
    void, ll_quantize, (void *out, const float *in, size_t count, int32_t offset, float *figures),
    (out, in, count, offset, figures))

size_t ll_screen_plain(
    float *bounds, uint32_t *passed, const int32_t *products, const float *const *rows,
    const float *query, float most, float floor, size_t count) {
  size_t kept = 0;
  (void)most;
  for (size_t i = 0; i < count; i++) {
    const float bound = (float)(products[i] - 128 * (int32_t)rows[0][i]) * query[0] * rows[1][i] +
        query[4] * rows[5][i] + query[1] * rows[2][i] + query[2] * rows[3][i] +
        query[3] * rows[4][i];
    if (bound < floor) continue;
    bounds[kept] = bound;
    passed[kept++] = (uint32_t)i;
  }
  return kept;
}

LL_INLINE size_t ll_screen_lanes(
    float *bounds, uint32_t *passed, const int32_t *products, const float *const *rows,
    const float *query, float most, float floor, size_t count) {
  size_t kept = 0, i = 0;
  // Without the terms that differ little from row to row: enough to pass over nearly all.
  const float enough = floor - most;
  for (; i + LL_LANES <= count; i += LL_LANES) {
    ll_i32 product;
    memcpy(&product, products + i, sizeof product);
    ll_f32 sum, step, figure;
    ll_load(&sum, rows[0] + i, LL_LANES);
    ll_load(&step, rows[1] + i, LL_LANES);
    product -= 128 * __builtin_convertvector(sum, ll_i32);
    ll_load(&figure, rows[5] + i, LL_LANES);
    ll_f32 bound = __builtin_convertvector(product, ll_f32) * query[0] * step + query[4] * figure;
    const ll_i32 below = bound < enough;
    int64_t halves[LL_LANES / 2], all = -1;
    memcpy(halves, &below, sizeof halves);
    for (int j = 0; j < LL_LANES / 2; j++) all &= halves[j];
    if (all == -1) continue;
    for (int part = 1; part < 4; part++) {
      ll_load(&figure, rows[part + 1] + i, LL_LANES);
      bound += query[part] * figure;
    }
    float lanes[LL_LANES];
    memcpy(lanes, &bound, sizeof lanes);
    for (int j = 0; j < LL_LANES; j++) {
      if (lanes[j] < floor) continue;
      bounds[kept] = lanes[j];
      passed[kept++] = (uint32_t)(i + (size_t)j);
    }
  }
  if (i < count) {
    const float *rest[6];
    for (int part = 0; part < 6; part++) rest[part] = rows[part] + i;
    const size_t more = ll_screen_plain(
        bounds + kept, passed + kept, products + i, rest, query, most, floor, count - i);
    for (size_t j = 0; j < more; j++) passed[kept + j] += (uint32_t)i;
    kept += more;
  }
  return kept;
}

LL_VARIANTS(
    size_t, ll_screen,
    (float *bounds, uint32_t *passed, const int32_t *products, const float *const *rows,
     const float *query, float most, float floor, size_t count),
    (bounds, passed, products, rows, query, most, floor, count))

float ll_floor(const float *floor) {
  float value;
  __atomic_load(floor, &value, __ATOMIC_RELAXED);
  return value;
}

void ll_raise(float *floor, float value) {
  float current = ll_floor(floor);
  while (current < value &&
         !__atomic_compare_exchange(
             floor, &current, &value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

double ll_dot_exact_plain(const float *a, const float *b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)a[i] * b[i];
  return sum;
}

typedef double ll_f64 __attribute__((vector_size(128)));

LL_INLINE double ll_dot_exact_lanes(const float *a, const float *b, size_t count) {
  ll_f64 sums = {0};
  double rest = 0;
  size_t i = 0;
  for (; i + LL_LANES <= count; i += LL_LANES) {
    ll_f32 left, right;
    ll_load(&left, a + i, LL_LANES);
    ll_load(&right, b + i, LL_LANES);
    sums += __builtin_convertvector(left, ll_f64) * __builtin_convertvector(right, ll_f64);
  }
  for (; i < count; i++) rest += (double)a[i] * b[i];
  double lanes[LL_LANES];
  memcpy(lanes, &sums, sizeof lanes);
  for (int width = LL_LANES / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
  return lanes[0] + rest;
}

LL_VARIANTS(
    double, ll_dot_exact, (const float *a, const float *b, size_t count), (a, b, count))

double ll_cosine_without(
    const float *query, const float *row, const float *taken, size_t parts, double *left,
    size_t count) {
  const double norm = fmax(sqrt(ll_dot_exact(row, row, count)), 1e-12);
  for (size_t i = 0; i < count; i++) left[i] = row[i] / norm - taken[i];
  for (size_t part = 1; part < parts; part++) {
    const float *direction = taken + part * count;
    double share = 0;
    for (size_t i = 0; i < count; i++) share += left[i] * direction[i];
    for (size_t i = 0; i < count; i++) left[i] -= share * direction[i];
  }
  double product = 0, square = 0;
  for (size_t i = 0; i < count; i++) {
    product += query[i] * left[i];
    square += left[i] * left[i];
  }
  return product / fmax(sqrt(ll_dot_exact(query, query, count)), 1e-12) / fmax(sqrt(square), 1e-6);
}
