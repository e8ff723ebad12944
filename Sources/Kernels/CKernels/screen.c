#include <math.h>

#include "lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Screening a search: products of 8-bit numbers, how far they may be off, and who passes. Words are four numbers,
// neighbours in depth, of the left side from 0 to 255 and of the right from -127 to 127.

#define LL_ROWS 12
#define LL_VECTORS 2

void ll_multiply_packed_i8_plain(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) {
      const uint8_t *left = (const uint8_t *)(a + r * depth);
      const int8_t *right = (const int8_t *)(b + j * depth);
      int32_t sum = accumulate ? c[r * stride + j] : 0;
      for (size_t d = 0; d < 4 * depth; d++) sum += left[d] * right[d];
      c[r * stride + j] = sum;
    }
}

#if defined(__x86_64__)

bool ll_has_vnni(void) {
  return ll_best_isa() == LL_AVX512 && __builtin_cpu_supports("avx512vnni");
}

#define LL_TARGET_VNNI \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")))

#define LL_TILE(height)                                                                        \
  LL_TARGET_VNNI static void tile_##height(                                                    \
      int32_t *c, size_t stride, const float *a, const float *b, size_t columns, size_t depth, \
      bool accumulate) {                                                                       \
    __m512i sum[height][LL_VECTORS];                                                           \
    LL_UNROLLED for (int r = 0; r < height; r++)                                               \
      LL_UNROLLED for (int v = 0; v < LL_VECTORS; v++) sum[r][v] = _mm512_setzero_si512();     \
    for (size_t d = 0; d < depth; d++) {                                                       \
      const __m512i low = _mm512_loadu_si512(b);                                               \
      const __m512i high = _mm512_loadu_si512(b + LL_LANES);                                   \
      LL_UNROLLED for (int r = 0; r < height; r++) {                                           \
        const __m512i left = _mm512_castps_si512(_mm512_set1_ps(a[r]));                        \
        sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], left, low);                                 \
        sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], left, high);                                \
      }                                                                                        \
      a += height;                                                                             \
      b += LL_VECTORS * LL_LANES;                                                              \
    }                                                                                          \
    const uint32_t mask = columns >= 32 ? 0xFFFFFFFF : (1u << columns) - 1;                    \
    LL_UNROLLED for (int v = 0; v < LL_VECTORS; v++) {                                         \
      const __mmask16 lanes = (__mmask16)(mask >> v * LL_LANES);                               \
      LL_UNROLLED for (int r = 0; r < height; r++) {                                           \
        int32_t *target = c + (size_t)r * stride + v * LL_LANES;                               \
        if (accumulate)                                                                        \
          sum[r][v] = _mm512_add_epi32(sum[r][v], _mm512_maskz_loadu_epi32(lanes, target));    \
        _mm512_mask_storeu_epi32(target, lanes, sum[r][v]);                                    \
      }                                                                                        \
    }                                                                                          \
  }

LL_TILE(1) LL_TILE(2) LL_TILE(3) LL_TILE(4) LL_TILE(5) LL_TILE(6)
LL_TILE(7) LL_TILE(8) LL_TILE(9) LL_TILE(10) LL_TILE(11) LL_TILE(12)

typedef void tile_function(
    int32_t *, size_t, const float *, const float *, size_t, size_t, bool);

void ll_multiply_packed_i8(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  static tile_function *const tiles[LL_ROWS] = {
      tile_1, tile_2, tile_3, tile_4, tile_5, tile_6,
      tile_7, tile_8, tile_9, tile_10, tile_11, tile_12,
  };
  if (!ll_has_vnni()) {
    ll_multiply_packed_i8_plain(c, stride, a, b, rows, columns, depth, accumulate);
    return;
  }
  for (size_t column = 0; column < columns; column += LL_VECTORS * LL_LANES)
    for (size_t first = 0; first < rows; first += LL_ROWS) {
      const size_t height = rows - first < LL_ROWS ? rows - first : LL_ROWS;
      tiles[height - 1](
          c + first * stride + column, stride, a + first * depth, b + column * depth,
          columns - column, depth, accumulate);
    }
}

#else

bool ll_has_vnni(void) { return false; }

void ll_multiply_packed_i8(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate) {
  ll_multiply_packed_i8_plain(c, stride, a, b, rows, columns, depth, accumulate);
}

#endif

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
    const float *query, float floor, size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    const float bound = (float)(products[i] - 128 * (int32_t)rows[0][i]) * query[0] * rows[1][i] +
        query[1] * rows[2][i] + query[2] * rows[3][i] + query[3] * rows[4][i];
    if (bound < floor) continue;
    bounds[kept] = bound;
    passed[kept++] = (uint32_t)i;
  }
  return kept;
}

LL_INLINE size_t ll_screen_lanes(
    float *bounds, uint32_t *passed, const int32_t *products, const float *const *rows,
    const float *query, float floor, size_t count) {
  size_t kept = 0, i = 0;
  for (; i + LL_LANES <= count; i += LL_LANES) {
    ll_i32 product;
    memcpy(&product, products + i, sizeof product);
    ll_f32 sum, step, figure;
    ll_load(&sum, rows[0] + i, LL_LANES);
    ll_load(&step, rows[1] + i, LL_LANES);
    product -= 128 * __builtin_convertvector(sum, ll_i32);
    ll_f32 bound = __builtin_convertvector(product, ll_f32) * query[0] * step;
    for (int part = 1; part < 4; part++) {
      ll_load(&figure, rows[part + 1] + i, LL_LANES);
      bound += query[part] * figure;
    }
    const ll_i32 below = bound < floor;
    int64_t halves[LL_LANES / 2], all = -1;
    memcpy(halves, &below, sizeof halves);
    for (int j = 0; j < LL_LANES / 2; j++) all &= halves[j];
    if (all == -1) continue;
    float lanes[LL_LANES];
    memcpy(lanes, &bound, sizeof lanes);
    for (int j = 0; j < LL_LANES; j++) {
      if (lanes[j] < floor) continue;
      bounds[kept] = lanes[j];
      passed[kept++] = (uint32_t)(i + (size_t)j);
    }
  }
  if (i < count) {
    const float *rest[5];
    for (int part = 0; part < 5; part++) rest[part] = rows[part] + i;
    const size_t more = ll_screen_plain(
        bounds + kept, passed + kept, products + i, rest, query, floor, count - i);
    for (size_t j = 0; j < more; j++) passed[kept + j] += (uint32_t)i;
    kept += more;
  }
  return kept;
}

LL_VARIANTS(
    size_t, ll_screen,
    (float *bounds, uint32_t *passed, const int32_t *products, const float *const *rows,
     const float *query, float floor, size_t count),
    (bounds, passed, products, rows, query, floor, count))

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
