#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Microkernels over rows of 32-bit floats. Every kernel `ll_name` picks the best variant for the
// processor it runs on; the variants are visible so that tests can hold each against `ll_name_plain`,
// the definition in plain C. No pointer needs to be aligned; outputs may be inputs unless said.

// Off x86 the variants named for its instruction sets are the baseline again.

#define LL_KERNEL(result, name, ...)   \
  result name(__VA_ARGS__);            \
  result name##_plain(__VA_ARGS__);    \
  result name##_baseline(__VA_ARGS__); \
  result name##_avx2(__VA_ARGS__);     \
  result name##_avx512(__VA_ARGS__);

/// The instruction sets that have variants of their own.
typedef enum { LL_BASELINE, LL_AVX2, LL_AVX512 } ll_isa;

/// The best instruction set that processor and operating system support.
ll_isa ll_best_isa(void);

/// Asks the C library to keep freed memory for the next allocation instead of handing it back to the kernel.
void ll_keep_freed_memory(void);

// Storage types: `out[i]` is the value of `in[i]`. No overlap.
LL_KERNEL(void, ll_decode_f16, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_bf16, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_f8e4m3, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_f8e5m2, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_i8, float *out, const void *in, size_t count)

// Blocks of llama.cpp (`ggml-common.h`), whose elements share scales: `count` blocks of 32 elements each.
LL_KERNEL(void, ll_decode_q4_0, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_q4_1, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_q5_0, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_q5_1, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_q8_0, float *out, const void *in, size_t count)
// The same, blocks of 256 elements.
LL_KERNEL(void, ll_decode_q2_k, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_q3_k, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_q4_k, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_q5_k, float *out, const void *in, size_t count)
LL_KERNEL(void, ll_decode_q6_k, float *out, const void *in, size_t count)

// The other direction, rounding to nearest even.
LL_KERNEL(void, ll_encode_f16, void *out, const float *in, size_t count)
LL_KERNEL(void, ll_encode_bf16, void *out, const float *in, size_t count)
/// Symmetric: `round(in / scale)` held to -127...127, where `scale`, returned, is max |in| / 127.
LL_KERNEL(float, ll_encode_i8, void *out, const float *in, size_t count)

// Arithmetic on rows.
LL_KERNEL(float, ll_dot, const float *a, const float *b, size_t count)
/// The same with bfloat16 numbers, at any address.
LL_KERNEL(float, ll_dot_bf16, const float *a, const void *b, size_t count)
/// `x = x * factor + offset`, where `offset` may be null; returns the sum of the squares of what comes of it.
LL_KERNEL(float, ll_shift, float *x, float factor, const float *offset, size_t count)
/// `a += b`
LL_KERNEL(void, ll_add, float *a, const float *b, size_t count)
/// `a *= b`
LL_KERNEL(void, ll_multiply, float *a, const float *b, size_t count)
/// `a *= factor`
LL_KERNEL(void, ll_scale, float *a, float factor, size_t count)
/// `a = cap * tanh(a / cap)`
LL_KERNEL(void, ll_soft_cap, float *a, float cap, size_t count)

/// `a = exp(scale * a - max(scale * a))`, the numerators of a softmax; returns their sum.
LL_KERNEL(float, ll_softmax_numerators, float *a, float scale, size_t count)

/// The sum of `exp(a - shift)`.
LL_KERNEL(double, ll_sum_exp, const float *a, float shift, size_t count)

/// `out = x / sqrt(mean(x²) + epsilon) * (weight + offset)` (Zhang & Sennrich, arXiv 1910.07467).
LL_KERNEL(
    void, ll_rms_norm, float *out, const float *x, const float *weight, float offset, float epsilon,
    size_t count)
/// `out = (x - mean) / sqrt(variance + epsilon) * weight + bias` (Ba et al., arXiv 1607.06450);
/// `weight` and `bias` may be null.
LL_KERNEL(
    void, ll_layer_norm, float *out, const float *x, const float *weight, const float *bias,
    float epsilon, size_t count)

/// Rotates the pairs `(x[i], x[i + half])` by the angle whose cosine and sine are given
/// (Su et al., arXiv 2104.09864, in the half-split layout of Hugging Face's `rotate_half`).
LL_KERNEL(
    void, ll_rotate, float *x, const float *cosine, const float *sine, size_t half)

// Activations, in place.
LL_KERNEL(void, ll_silu, float *x, size_t count)
LL_KERNEL(void, ll_gelu, float *x, size_t count)
LL_KERNEL(void, ll_gelu_tanh, float *x, size_t count)
LL_KERNEL(void, ll_quick_gelu, float *x, size_t count)
LL_KERNEL(void, ll_relu, float *x, size_t count)
LL_KERNEL(void, ll_sigmoid, float *x, size_t count)
LL_KERNEL(void, ll_tanh, float *x, size_t count)

/// Keeps the `capacity` largest scores, best first, ties in order of arrival.
///
/// `scores[i]` belongs to row `first + i`. `kept` of the entries in `best` and `rows` are filled
/// already; the new number is returned. NaN counts as minus infinity.
LL_KERNEL(
    size_t, ll_keep_largest, float *best, int64_t *rows, size_t kept, size_t capacity,
    const float *scores, int64_t first, size_t count)

// The matrix product, in three steps that have to be of one variant: both factors are packed, then
// multiplied. There is no baseline variant: without AVX2 a library's product is the better one.

#define LL_TILE_KERNEL(name, ...) \
  void name(__VA_ARGS__);         \
  void name##_plain(__VA_ARGS__); \
  void name##_avx2(__VA_ARGS__);  \
  void name##_avx512(__VA_ARGS__);

/// The deepest block that should be packed at once, so that its strips fit the first cache.
enum { LL_TILE_DEPTH = 256 };
/// The number of columns is rounded up to a multiple of this at most when the right side is packed.
enum { LL_TILE_COLUMNS = 32 };

/// Packs `a`, `[rows, depth]` with rows `stride` floats apart, into `rows * depth` floats.
LL_TILE_KERNEL(ll_pack_left, float *out, const float *a, size_t stride, size_t rows, size_t depth)
/// Packs `b`, `[columns, depth]` with rows `stride` floats apart: the right side of `a · bᵀ`.
LL_TILE_KERNEL(
    ll_pack_right, float *out, const float *b, size_t stride, size_t columns, size_t depth)
/// Packs `b`, `[depth, columns]` with rows `stride` floats apart: the right side of `a · b`.
LL_TILE_KERNEL(
    ll_pack_right_columns, float *out, const float *b, size_t stride, size_t columns, size_t depth)
/// `c`, `[rows, columns]` with rows `stride` floats apart, becomes the product of two packed factors,
/// plus itself if it accumulates, or else plus `initial` in each row unless that is null.
LL_TILE_KERNEL(
    ll_multiply_packed, float *c, size_t stride, const float *a, const float *b, size_t rows,
    size_t columns, size_t depth, const float *initial, bool accumulate)

/// The left factors that are multiplied without packing the right one have no more rows.
enum { LL_FEW_ROWS = 4 };
/// Like `ll_multiply_packed`, to the same bits, with the right side as it is: `b`, `[columns, depth]` with rows `apart`
/// floats from each other. A few rows wait for its bytes, and packing would be most of the work.
LL_TILE_KERNEL(
    ll_multiply_few, float *c, size_t stride, const float *a, const float *b, size_t apart,
    size_t rows, size_t columns, size_t depth, const float *initial, bool accumulate)

/// Whether the processor multiplies bfloat16 numbers (AVX512-BF16).
bool ll_has_bf16(void);

/// The same steps for floats that are rounded to bfloat16, to nearest even: words of a strip are two numbers, neighbours
/// in depth, with a zero after the last of an odd depth. `ll_pack_right` packs words that are rounded already.
/// `_plain` takes what `_plain` packed, and so do all where `ll_has_bf16()` is false.
#define LL_BF16_PACKING(name)                                                            \
  void name(float *out, const float *from, size_t stride, size_t count, size_t depth);   \
  void name##_plain(float *out, const float *from, size_t stride, size_t count, size_t depth);
LL_BF16_PACKING(ll_pack_left_bf16)
LL_BF16_PACKING(ll_pack_right_bf16)
LL_BF16_PACKING(ll_pack_right_columns_bf16)

/// Like `ll_multiply_packed`, with the depth in words; sums are 32-bit.
void ll_multiply_packed_bf16(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate);
void ll_multiply_packed_bf16_plain(
    float *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, const float *initial, bool accumulate);

/// Like `ll_multiply_few`, of words; the right side is floats that are rounded on their way, and `depth` counts them, or,
/// if it `is_packed`, words already.
void ll_multiply_few_bf16(
    float *c, size_t stride, const float *a, const float *b, size_t apart, bool is_packed,
    size_t rows, size_t columns, size_t depth, const float *initial, bool accumulate);

// Screening a search: what 8-bit numbers say of many scores, and how far they may be off.

/// Whether the processor multiplies 8-bit numbers four at a time (AVX512-VNNI; where there is no AVX-512, AVX-VNNI; NEON's
/// dot products). With AVX2 alone, or NEON without them, four instructions multiply as many 8-bit numbers as four
/// multiply-adds do floats: nothing would be gained.
bool ll_has_i8(void);
/// Whether it has AVX-VNNI, of 256 bits.
bool ll_has_i8_avx2(void);

/// Like `ll_multiply_packed`, of factors whose words are four 8-bit numbers, packed by `ll_pack_left` and
/// `ll_pack_right` as if they were floats: of the left side unsigned, of the right signed; sums are whole. `_plain`
/// takes what `_plain` packed, and so does the entry point where `ll_has_i8()` is false and the packing is plain.
void ll_multiply_packed_i8(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate);
/// Takes what `ll_pack_left_avx2` and `ll_pack_right_avx2` packed.
void ll_multiply_packed_i8_avx2(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate);
void ll_multiply_packed_i8_plain(
    int32_t *c, size_t stride, const float *a, const float *b, size_t rows, size_t columns,
    size_t depth, bool accumulate);

/// Rounds a row to whole steps from -127 to 127, stored with `offset` added. Three `figures` say how long a step is,
/// the L2 norm of what was rounded away, and the sum of the steps.
LL_KERNEL(
    void, ll_quantize, void *out, const float *in, size_t count, int32_t offset, float *figures)

/// Writes the numbers of the rows whose upper bound is not below `floor`, and the bounds; returns how many.
///
/// The bound of row `i` is `(products[i] - 128 · rows[0][i]) · query[0] · rows[1][i] + query[4] · rows[5][i] +
/// query[1] · rows[2][i] + query[2] · rows[3][i] + query[3] · rows[4][i]`; one that is no number passes. The last three
/// terms come to no more than `most` for any of the rows.
LL_KERNEL(
    size_t, ll_screen, float *bounds, uint32_t *passed, const int32_t *products,
    const float *const *rows, const float *query, float most, float floor, size_t count)

/// Reads a number that other threads may raise, and raises it unless it is that large already.
float ll_floor(const float *floor);
void ll_raise(float *floor, float value);

/// The dot product with 64-bit sums.
LL_KERNEL(double, ll_dot_exact, const float *a, const float *b, size_t count)

/// The cosine of a query with what is left of a row, made unit, without `parts` rows of `taken`: a mean and
/// directions around it, one after the other. In 64-bit floats; `left` is room for `count` of them.
double ll_cosine_without(
    const float *query, const float *row, const float *taken, size_t parts, double *left,
    size_t count);

/// Notes that memory is mapped from a file, for `ll_report_faults`. Returns its place in the table, which
/// `ll_unwatch` is given before the memory is unmapped; below zero where the table is full.
int ll_watch(const void *base, size_t count, const char *name);
void ll_unwatch(int slot);

/// From now on, a mapped file that is shortened, and memory or open files that there are no more of, end the
/// process with one line, which begins with `prefix`, and status 1. For a program's own process: handlers are the process's.
void ll_report_faults(const char *prefix);
