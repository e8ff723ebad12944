#include "lanes.h"

// The matrix product after Goto & van de Geijn (ACM TOMS 34, 2008): both factors are copied into
// strips in the order in which a tile of the result reads them, a block of depth at a time, and the
// tile is kept in registers. Every element is the same chain of multiply-adds wherever its tile lies
// and however large it is, so that a row of the result does not depend on the other rows.

#define LL_AVX2_ROWS 6
#define LL_AVX2_VECTORS 1
#define LL_AVX512_ROWS 12
#define LL_AVX512_VECTORS 2

/// A whole left strip: sixteen depths of `tile` rows at a time change sides.
LL_INLINE void pack_strip(float *out, const float *a, size_t stride, size_t depth, size_t tile) {
  size_t d = 0;
  for (; d + LL_LANES <= depth; d += LL_LANES) {
    ll_f32 square[LL_LANES] = {0};
    for (size_t r = 0; r < tile; r++) ll_load(&square[r], a + r * stride + d, LL_LANES);
    ll_transpose(square);
    for (size_t i = 0; i < LL_LANES; i++) ll_store(out + (d + i) * tile, &square[i], tile);
  }
  for (; d < depth; d++)
    for (size_t r = 0; r < tile; r++) out[d * tile + r] = a[r * stride + d];
}

/// Left strips: `tile` rows side by side for each depth; the last strip is as narrow as its rows.
LL_INLINE void pack_left(
    float *out, const float *a, size_t stride, size_t rows, size_t depth, size_t tile) {
  size_t first = 0;
  for (; first + tile <= rows; first += tile)
    pack_strip(out + first * depth, a + first * stride, stride, depth, tile);
  const size_t width = rows - first;
  out += first * depth;
  for (size_t d = 0; d < depth; d++)
    for (size_t r = 0; r < width; r++) *out++ = a[(first + r) * stride + d];
}

LL_INLINE void pack_square(
    float *out, const float *b, size_t stride, size_t columns, size_t depth, size_t tile) {
  ll_f32 square[LL_LANES];
  for (size_t i = 0; i < LL_LANES; i++) {
    square[i] = (ll_f32){0};
    if (i < columns) ll_load(&square[i], b + i * stride, depth);
  }
  ll_transpose(square);
  for (size_t d = 0; d < depth; d++) ll_store(out + d * tile, &square[d], LL_LANES);
}

/// Right strips of `tile` columns for each depth, zero where there is no column, from a matrix whose
/// rows are the columns.
LL_INLINE void pack_right(
    float *out, const float *b, size_t stride, size_t columns, size_t depth, size_t tile) {
  for (size_t first = 0; first < columns; first += LL_LANES) {
    float *strip = out + first / tile * tile * depth + first % tile;
    const float *from = b + first * stride;
    const size_t width = columns - first;
    size_t d = 0;
    for (; d + LL_LANES <= depth; d += LL_LANES) {
      if (width >= LL_LANES)
        pack_square(strip + d * tile, from + d, stride, LL_LANES, LL_LANES, tile);
      else
        pack_square(strip + d * tile, from + d, stride, width, LL_LANES, tile);
    }
    if (d < depth) pack_square(strip + d * tile, from + d, stride, width, depth - d, tile);
  }
  const size_t filled = (columns + LL_LANES - 1) / LL_LANES * LL_LANES;
  if (filled % tile)
    for (size_t d = 0; d < depth; d++)
      memset(
          out + filled / tile * tile * depth + d * tile + filled % tile, 0,
          (tile - filled % tile) * sizeof *out);
}

/// The same strips from a matrix whose columns are the columns.
LL_INLINE void pack_right_columns(
    float *out, const float *b, size_t stride, size_t columns, size_t depth, size_t tile) {
  for (size_t first = 0; first < columns; first += tile) {
    const size_t width = columns - first < tile ? columns - first : tile;
    for (size_t d = 0; d < depth; d++, out += tile) {
      memcpy(out, b + d * stride + first, width * sizeof *out);
      memset(out + width, 0, (tile - width) * sizeof *out);
    }
  }
}

/// One tile: `rows` x `vectors` registers, constants where this is inlined.
LL_INLINE void multiply_tile(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t vectors,
    size_t columns, size_t depth, const float *initial, bool accumulate) {
  ll_f32 sum[LL_AVX512_ROWS][LL_AVX512_VECTORS] = {0};
  for (size_t d = 0; d < depth; d++) {
    ll_f32 right[LL_AVX512_VECTORS];
    LL_UNROLLED
    for (size_t v = 0; v < vectors; v++) ll_load(&right[v], b + v * LL_LANES, LL_LANES);
    LL_UNROLLED
    for (size_t r = 0; r < rows; r++)
      LL_UNROLLED
      for (size_t v = 0; v < vectors; v++) sum[r][v] = a[r] * right[v] + sum[r][v];
    a += rows;
    b += vectors * LL_LANES;
  }
  LL_UNROLLED
  for (size_t r = 0; r < rows; r++)
    LL_UNROLLED
    for (size_t v = 0; v < vectors; v++) {
      float *target = c + r * stride + v * LL_LANES;
      if (v * LL_LANES >= columns) break;
      const size_t left = columns - v * LL_LANES, count = left < LL_LANES ? left : LL_LANES;
      ll_f32 before = {0};
      if (count == LL_LANES) {
        if (accumulate) ll_load(&before, target, LL_LANES);
        else if (initial) ll_load(&before, initial + v * LL_LANES, LL_LANES);
        before += sum[r][v];
        ll_store(target, &before, LL_LANES);
      } else {
        if (accumulate) ll_load(&before, target, count);
        else if (initial) ll_load(&before, initial + v * LL_LANES, count);
        before += sum[r][v];
        ll_store(target, &before, count);
      }
    }
}

#define LL_CASE(count)                                                                        \
  case count:                                                                                 \
    multiply_tile(                                                                            \
        target, stride, a + first * depth, b + column * depth, count, vectors, width, depth,  \
        start, accumulate);                                                                   \
    break;

LL_INLINE void multiply_packed(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate, size_t tile, size_t vectors) {
  // A right strip stays in the first cache while all left strips pass by.
  for (size_t column = 0; column < columns; column += vectors * LL_LANES) {
    const size_t left = columns - column;
    const size_t width = left < vectors * LL_LANES ? left : vectors * LL_LANES;
    const float *start = initial ? initial + column : NULL;
    for (size_t first = 0; first < rows; first += tile) {
      float *target = c + first * stride + column;
      const size_t height = rows - first < tile ? rows - first : tile;
      switch (height) {
        LL_CASE(1) LL_CASE(2) LL_CASE(3) LL_CASE(4) LL_CASE(5) LL_CASE(6)
        default:
          if (tile > LL_AVX2_ROWS) switch (height) {
            LL_CASE(7) LL_CASE(8) LL_CASE(9) LL_CASE(10) LL_CASE(11) LL_CASE(12)
          }
      }
    }
  }
}

LL_INLINE void multiply_square(
    ll_f32 *sum, const float *a, const ll_f32 *square, size_t rows, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (size_t r = 0; r < rows; r++) sum[r] = a[i * rows + r] * square[i] + sum[r];
}

/// Sixteen rows of a weight change sides in registers and are multiplied there; the rows that follow are fetched
/// meanwhile. Every element is the chain of multiply-adds of the packed product.
LL_INLINE void multiply_strip(
    float *c, size_t stride, const float *a, const float *b, size_t apart, size_t rows,
    size_t columns, size_t depth, const float *initial, bool accumulate) {
  ll_f32 sum[LL_FEW_ROWS] = {0};
  for (size_t d = 0; d < depth; d += LL_LANES) {
    const size_t count = depth - d < LL_LANES ? depth - d : LL_LANES;
    ll_f32 square[LL_LANES];
    if (columns >= LL_LANES && count == LL_LANES) {
      LL_UNROLLED
      for (size_t i = 0; i < LL_LANES; i++) {
        ll_load(&square[i], b + i * apart + d, LL_LANES);
        __builtin_prefetch(b + (i + LL_LANES) * apart + d);
      }
    } else {
      for (size_t i = 0; i < LL_LANES; i++) {
        square[i] = (ll_f32){0};
        if (i < columns) ll_load(&square[i], b + i * apart + d, count);
      }
    }
    ll_transpose(square);
    if (count == LL_LANES) multiply_square(sum, a + d * rows, square, rows, LL_LANES);
    else multiply_square(sum, a + d * rows, square, rows, count);
  }
  const size_t width = columns < LL_LANES ? columns : LL_LANES;
  for (size_t r = 0; r < rows; r++) {
    ll_f32 before = {0};
    if (accumulate) ll_load(&before, c + r * stride, width);
    else if (initial) ll_load(&before, initial, width);
    before += sum[r];
    ll_store(c + r * stride, &before, width);
  }
}

LL_INLINE void multiply_few(
    float *c, size_t stride, const float *a, const float *b, size_t apart, size_t rows,
    size_t columns, size_t depth, const float *initial, bool accumulate) {
  for (size_t column = 0; column < columns; column += LL_LANES) {
    float *target = c + column;
    const float *from = b + column * apart, *start = initial ? initial + column : NULL;
    const size_t left = columns - column;
#define STRIP(count) \
  multiply_strip(target, stride, a, from, apart, count, left, depth, start, accumulate)
    LL_FOR_FEW(rows, STRIP)
#undef STRIP
  }
}

void ll_pack_left_plain(float *out, const float *a, size_t stride, size_t rows, size_t depth) {
  for (size_t r = 0; r < rows; r++) memcpy(out + r * depth, a + r * stride, depth * sizeof *out);
}

void ll_pack_right_plain(float *out, const float *b, size_t stride, size_t columns, size_t depth) {
  ll_pack_left_plain(out, b, stride, columns, depth);
}

void ll_pack_right_columns_plain(
    float *out, const float *b, size_t stride, size_t columns, size_t depth) {
  pack_right_columns(out, b, stride, columns, depth, 1);
}

void ll_multiply_packed_plain(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) {
      double sum = accumulate ? c[r * stride + j] : initial ? initial[j] : 0;
      for (size_t d = 0; d < depth; d++) sum += (double)a[r * depth + d] * b[j * depth + d];
      c[r * stride + j] = (float)sum;
    }
}

#define LL_PACKING(name, body, tile2, tile512)                                           \
  LL_TARGET_AVX2 void name##_avx2(                                                       \
      float *out, const float *from, size_t stride, size_t count, size_t depth) {        \
    body(out, from, stride, count, depth, tile2);                                        \
  }                                                                                      \
  LL_TARGET_AVX512 void name##_avx512(                                                   \
      float *out, const float *from, size_t stride, size_t count, size_t depth) {        \
    body(out, from, stride, count, depth, tile512);                                      \
  }                                                                                      \
  void name(float *out, const float *from, size_t stride, size_t count, size_t depth) {  \
    switch (ll_best_isa()) {                                                             \
      case LL_AVX512: name##_avx512(out, from, stride, count, depth); return;            \
      case LL_AVX2: name##_avx2(out, from, stride, count, depth); return;                \
      default: name##_plain(out, from, stride, count, depth);                            \
    }                                                                                    \
  }

LL_PACKING(ll_pack_left, pack_left, LL_AVX2_ROWS, LL_AVX512_ROWS)
LL_PACKING(
    ll_pack_right, pack_right, LL_AVX2_VECTORS * LL_LANES, LL_AVX512_VECTORS * LL_LANES)
LL_PACKING(
    ll_pack_right_columns, pack_right_columns, LL_AVX2_VECTORS * LL_LANES,
    LL_AVX512_VECTORS * LL_LANES)

LL_TARGET_AVX2 void ll_multiply_packed_avx2(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate) {
  multiply_packed(
      c, stride, a, b, rows, columns, depth, initial, accumulate, LL_AVX2_ROWS, LL_AVX2_VECTORS);
}

LL_TARGET_AVX512 void ll_multiply_packed_avx512(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate) {
  multiply_packed(
      c, stride, a, b, rows, columns, depth, initial, accumulate, LL_AVX512_ROWS,
      LL_AVX512_VECTORS);
}

void ll_multiply_packed(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate) {
  switch (ll_best_isa()) {
    case LL_AVX512:
      ll_multiply_packed_avx512(c, stride, a, b, rows, columns, depth, initial, accumulate);
      return;
    case LL_AVX2:
      ll_multiply_packed_avx2(c, stride, a, b, rows, columns, depth, initial, accumulate);
      return;
    default:
      ll_multiply_packed_plain(c, stride, a, b, rows, columns, depth, initial, accumulate);
  }
}

void ll_multiply_few_plain(
    float *c, size_t stride, const float *a, const float *b, size_t apart, size_t rows,
    size_t columns, size_t depth, const float *initial, bool accumulate) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < columns; j++) {
      double sum = accumulate ? c[r * stride + j] : initial ? initial[j] : 0;
      for (size_t d = 0; d < depth; d++) sum += (double)a[r * depth + d] * b[j * apart + d];
      c[r * stride + j] = (float)sum;
    }
}

LL_TARGET_AVX2 void ll_multiply_few_avx2(
    float *c, size_t stride, const float *a, const float *b, size_t apart, size_t rows,
    size_t columns, size_t depth, const float *initial, bool accumulate) {
  multiply_few(c, stride, a, b, apart, rows, columns, depth, initial, accumulate);
}

LL_TARGET_AVX512 void ll_multiply_few_avx512(
    float *c, size_t stride, const float *a, const float *b, size_t apart, size_t rows,
    size_t columns, size_t depth, const float *initial, bool accumulate) {
  multiply_few(c, stride, a, b, apart, rows, columns, depth, initial, accumulate);
}

void ll_multiply_few(
    float *c, size_t stride, const float *a, const float *b, size_t apart, size_t rows,
    size_t columns, size_t depth, const float *initial, bool accumulate) {
  switch (ll_best_isa()) {
    case LL_AVX512:
      ll_multiply_few_avx512(
          c, stride, a, b, apart, rows, columns, depth, initial, accumulate);
      return;
    case LL_AVX2:
      ll_multiply_few_avx2(c, stride, a, b, apart, rows, columns, depth, initial, accumulate);
      return;
    default:
      ll_multiply_few_plain(c, stride, a, b, apart, rows, columns, depth, initial, accumulate);
  }
}
