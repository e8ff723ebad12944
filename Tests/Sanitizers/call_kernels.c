// Calls every kernel in every variant that the processor has, with memory that ends where the kernel has to.
// What kernels compute is tested elsewhere: here the sanitizers look at how. And since AVX2 and AVX-512 are to give the
// same bits, so that an index has the same bytes whichever of them made it, what these have written is compared.
//
// usage: call-kernels FILE, which it makes and removes

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CLatentLensKernels.h"
#include "exact.h"

static int calls;
/// How far into its block a row begins: kernels take any address that a float may have.
static size_t shift;

static float *floats(size_t count) {
  float *row = bytes(count * sizeof(float), shift);
  for (size_t i = 0; i < count; i++) row[i] = (float)(int64_t)random_word() * 0x1p-61f;
  // Numbers that a sum, an exponent or a conversion may stumble over; which NaN comes of one may differ.
  static const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-42f, -0.0f, 300};
  if (shift && count && random_word() % 4 == 0) row[random_word() % count] = odd[random_word() % 8];
  return row;
}

static void compare(const char *name, size_t count, uint64_t avx2, uint64_t avx512) {
  if (shift || avx2 == avx512) return;
  fprintf(stderr, "%s: AVX2 and AVX-512 give other bits for %zu elements\n", name, count);
  exit(1);
}

/// What a kernel returned, for the digest of what it has made.
static double returned;

/// Runs `call` with `kernel` as each variant of a kernel, on the same numbers.
#define EACH(name, count, call)                                                               \
  do {                                                                                        \
    __typeof__(&name) variants[] = {                                                          \
        name, name##_plain, name##_baseline, name##_avx2, name##_avx512};                     \
    const uint64_t seed = state;                                                              \
    uint64_t digests[5] = {0};                                                                \
    for (int variant = 0; variant < 3 + (int)ll_best_isa(); variant++) {                      \
      __typeof__(&name) kernel = variants[variant];                                           \
      state = seed;                                                                           \
      call;                                                                                   \
      calls++;                                                                                \
      digests[variant] = digest_of(&returned, sizeof returned, digest());                     \
      release();                                                                              \
    }                                                                                         \
    if (ll_best_isa() == LL_AVX512) compare(#name, count, digests[3], digests[4]);            \
  } while (0)

static void decode_and_encode(size_t n) {
  // Stored elements may begin anywhere.
  const size_t odd = shift ? 1 : 0;
#define DECODE(name, elements, size) \
  EACH(name, n, kernel(floats(n * elements), bytes(n * size, odd), n))
  DECODE(ll_decode_f16, 1, 2);
  DECODE(ll_decode_bf16, 1, 2);
  DECODE(ll_decode_f8e4m3, 1, 1);
  DECODE(ll_decode_f8e5m2, 1, 1);
  DECODE(ll_decode_i8, 1, 1);
  EACH(ll_encode_f16, n, kernel(bytes(2 * n, odd), floats(n), n));
  EACH(ll_encode_bf16, n, kernel(bytes(2 * n, odd), floats(n), n));
  EACH(ll_encode_i8, n, returned = kernel(bytes(n, odd), floats(n), n));
  if (n > 20) return;
  DECODE(ll_decode_q4_0, 32, 18);
  DECODE(ll_decode_q4_1, 32, 20);
  DECODE(ll_decode_q5_0, 32, 22);
  DECODE(ll_decode_q5_1, 32, 24);
  DECODE(ll_decode_q8_0, 32, 34);
  DECODE(ll_decode_q2_k, 256, 84);
  DECODE(ll_decode_q3_k, 256, 110);
  DECODE(ll_decode_q4_k, 256, 144);
  DECODE(ll_decode_q5_k, 256, 176);
  DECODE(ll_decode_q6_k, 256, 210);
}

static void rows(size_t n) {
  EACH(ll_dot, n, returned = kernel(floats(n), floats(n), n));
  EACH(ll_dot_bf16, n, returned = kernel(floats(n), bytes(2 * n, shift ? 1 : 0), n));
  EACH(ll_shift, n, returned = kernel(floats(n), 1.5f, floats(n), n));
  EACH(ll_shift, n, returned = kernel(floats(n), 1.5f, NULL, n));
  EACH(ll_add, n, kernel(floats(n), floats(n), n));
  EACH(ll_multiply, n, kernel(floats(n), floats(n), n));
  EACH(ll_scale, n, kernel(floats(n), 1.5f, n));
  EACH(ll_soft_cap, n, kernel(floats(n), 30, n));
  EACH(ll_softmax_numerators, n, returned = kernel(floats(n), 0.25f, n));
  EACH(ll_sum_exp, n, returned = kernel(floats(n), 1, n));
  EACH(ll_rms_norm, n, kernel(floats(n), floats(n), floats(n), 1, 1e-5f, n));
  EACH(ll_layer_norm, n, kernel(floats(n), floats(n), floats(n), floats(n), 1e-5f, n));
  EACH(ll_layer_norm, n, kernel(floats(n), floats(n), NULL, NULL, 1e-5f, n));
  EACH(ll_rotate, n, kernel(floats(2 * n), floats(n), floats(n), n));
  EACH(ll_silu, n, kernel(floats(n), n));
  EACH(ll_gelu, n, kernel(floats(n), n));
  EACH(ll_gelu_tanh, n, kernel(floats(n), n));
  EACH(ll_quick_gelu, n, kernel(floats(n), n));
  EACH(ll_relu, n, kernel(floats(n), n));
  EACH(ll_sigmoid, n, kernel(floats(n), n));
  EACH(ll_tanh, n, kernel(floats(n), n));
  EACH(ll_dot_exact, n, returned = kernel(floats(n), floats(n), n));
  ll_cosine_without(floats(n), floats(n), floats(3 * n), 3, bytes(n * sizeof(double), 0), n);
  release();
}

static void searching(size_t n) {
  for (size_t capacity = 0; capacity < 20; capacity += capacity < 3 ? 1 : 8)
    EACH(ll_keep_largest, n, {
      float *best = floats(capacity);
      int64_t *numbers = bytes(capacity * sizeof *numbers, 0);
      const size_t some = kernel(best, numbers, 0, capacity, floats(n), 7, n);
      returned = (double)kernel(best, numbers, some, capacity, floats(n), 7 + (int64_t)n, n);
    });
  EACH(ll_quantize, n, kernel(bytes(n, shift ? 1 : 0), floats(n), n, 0, floats(3)));
  EACH(ll_quantize, n, kernel(bytes(n, shift ? 1 : 0), floats(n), n, 128, floats(3)));
  for (float floor = -INFINITY; floor < 2e30f; floor = floor < 0 ? 0 : floor + 1e30f)
    EACH(ll_screen, n, {
      const float *figures[6];
      for (int part = 0; part < 6; part++) figures[part] = floats(n);
      // Sums of steps are whole and as small as those of a row.
      float *sums = floats(n);
      for (size_t i = 0; i < n; i++) sums[i] = (float)(random_word() % 100000);
      figures[0] = sums;
      int32_t *products = bytes(n * sizeof *products, 0);
      for (size_t i = 0; i < n; i++) products[i] %= 1 << 30;
      returned = (double)kernel(
          floats(n), bytes(n * sizeof(uint32_t), 0), products, figures, floats(5), 1e30f, floor,
          n);
    });
  float floor = 0;
  ll_raise(&floor, (float)n);
  if (ll_floor(&floor) != (float)n) exit(1);
}

/// The steps of a product, which have to be of one variant.
typedef struct {
  __typeof__(&ll_pack_left) left, right, right_columns;
  __typeof__(&ll_multiply_packed) multiply;
  /// Of a few rows with what is not packed; null where there is none.
  __typeof__(&ll_multiply_few) few;
} steps;

static void few_rounded(
    float *c, size_t stride, const float *a, const float *b, size_t apart, size_t rows,
    size_t columns, size_t depth, const float *initial, bool accumulate) {
  ll_multiply_few_bf16(
      c, stride, a, b, apart, false, rows, columns, depth, initial, accumulate);
  // Words as they are have half the depth.
  ll_multiply_few_bf16(
      c, stride, a, b, apart, true, rows, columns, (depth + 1) / 2, initial, accumulate);
}

static size_t whole_tiles(size_t columns) {
  return (columns + LL_TILE_COLUMNS - 1) / LL_TILE_COLUMNS * LL_TILE_COLUMNS;
}

/// Floats of `rows` rows that are `stride` apart, up to the last one's end.
static size_t span(size_t rows, size_t stride, size_t width) {
  return rows ? (rows - 1) * stride + width : 0;
}

/// A digest of what is added up in the end.
/// - Parameter pair: how many numbers of a row are one word once they are packed.
static uint64_t product(steps s, size_t rows, size_t columns, size_t depth, size_t pair) {
  const size_t words = (depth + pair - 1) / pair;
  const float *a = floats(span(rows, depth + 3, depth));
  const float *b = floats(span(columns, depth + 2, depth));
  const float *across = floats(span(depth, columns + 2, columns));
  float *left = floats(rows * words), *right = floats(whole_tiles(columns) * words);
  float *c = floats(span(rows, columns + 1, columns));
  s.left(left, a, depth + 3, rows, depth);
  s.right(right, b, depth + 2, columns, depth);
  s.multiply(c, columns + 1, left, right, rows, columns, words, NULL, false);
  s.multiply(c, columns + 1, left, right, rows, columns, words, floats(columns), false);
  if (s.few && 0 < rows && rows <= LL_FEW_ROWS) {
    s.few(c, columns + 1, left, b, depth + 2, rows, columns, depth, NULL, true);
    s.few(c, columns + 1, left, b, depth + 2, rows, columns, depth, floats(columns), false);
  }
  s.right_columns(right, across, columns + 2, columns, depth);
  s.multiply(c, columns + 1, left, right, rows, columns, words, NULL, true);
  calls += 6;
  const uint64_t made = digest_of(c, span(rows, columns + 1, columns) * sizeof *c, 0);
  release();
  return made;
}

static uint64_t whole_product(
    steps s, __typeof__(&ll_multiply_packed_i8) multiply, size_t rows, size_t columns,
    size_t words) {
  const float *a = bytes(4 * span(rows, words + 3, words), 0);
  const float *b = bytes(4 * span(columns, words + 2, words), 0);
  float *left = floats(rows * words), *right = floats(whole_tiles(columns) * words);
  int32_t *c = bytes(4 * span(rows, columns + 1, columns), 0);
  s.left(left, a, words + 3, rows, words);
  s.right(right, b, words + 2, columns, words);
  multiply(c, columns + 1, left, right, rows, columns, words, false);
  multiply(c, columns + 1, left, right, rows, columns, words, true);
  calls += 4;
  const uint64_t made = digest_of(c, span(rows, columns + 1, columns) * sizeof *c, 0);
  release();
  return made;
}

static void products(size_t rows, size_t columns, size_t depth) {
  const steps variants[] = {
      {ll_pack_left_plain, ll_pack_right_plain, ll_pack_right_columns_plain,
       ll_multiply_packed_plain, ll_multiply_few_plain},
      {ll_pack_left, ll_pack_right, ll_pack_right_columns, ll_multiply_packed, ll_multiply_few},
      {ll_pack_left_avx2, ll_pack_right_avx2, ll_pack_right_columns_avx2,
       ll_multiply_packed_avx2, ll_multiply_few_avx2},
      {ll_pack_left_avx512, ll_pack_right_avx512, ll_pack_right_columns_avx512,
       ll_multiply_packed_avx512, ll_multiply_few_avx512},
  };
  const uint64_t seed = state;
  uint64_t made[4] = {0};
  for (int variant = 0; variant < 2 + (int)ll_best_isa(); variant++) {
    state = seed;
    made[variant] = product(variants[variant], rows, columns, depth, 1);
  }
  if (ll_best_isa() == LL_AVX512) compare("ll_multiply_packed", columns, made[2], made[3]);
  const steps halves[] = {
      {ll_pack_left_bf16_plain, ll_pack_right_bf16_plain, ll_pack_right_columns_bf16_plain,
       ll_multiply_packed_bf16_plain, NULL},
      {ll_pack_left_bf16, ll_pack_right_bf16, ll_pack_right_columns_bf16,
       ll_multiply_packed_bf16, ll_has_bf16() ? few_rounded : NULL},
  };
  for (int variant = 0; variant < 2; variant++)
    product(halves[variant], rows, columns, depth, 2);
  // Whole sums are the same in every variant. Where the processor lacks the instructions, the entry point takes what is
  // packed plainly.
  state = seed;
  const uint64_t exact = whole_product(variants[0], ll_multiply_packed_i8_plain, rows, columns, depth);
  for (int variant = 1; variant < 3; variant++) {
    if (!(variant == 1 ? ll_has_i8() : ll_has_i8_avx2())) continue;
    state = seed;
    if (whole_product(
            variants[variant], variant == 1 ? ll_multiply_packed_i8 : ll_multiply_packed_i8_avx2,
            rows, columns, depth) == exact)
      continue;
    fprintf(stderr, "8-bit products differ for %zu x %zu x %zu\n", rows, columns, depth);
    exit(1);
  }
}

/// A file that is shortened while it is mapped ends a process with one line and status 1.
static void faults(const char *path) {
  for (int number = 0; number < 5000; number++) ll_unwatch(ll_watch(path, 10, path));
  const pid_t child = fork();
  if (child == 0) {
    ll_report_faults("");
    const int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    // The one line that is told has no reader here.
    close(STDERR_FILENO);
    if (file < 0 || ftruncate(file, 8192)) _exit(2);
    volatile char *mapped = mmap(NULL, 8192, PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED || ll_watch((const void *)mapped, 8192, path) < 0) _exit(3);
    unlink(path);
    if (ftruncate(file, 0)) _exit(4);
    _exit(mapped[4096] + 5);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 1) {
    fprintf(stderr, "a file that is shortened ends in %d\n", status);
    exit(1);
  }
}

int main(int count, char **arguments) {
  if (count != 2) return 64;
  ll_keep_freed_memory();
  for (shift = 0; shift <= 4; shift += 4)
    for (size_t n = 0; n <= 133; n++) {
      decode_and_encode(n);
      rows(n);
      searching(n);
    }
  const size_t columns[] = {0, 1, 2, 15, 16, 17, 31, 32, 33, 48, 49, 63, 64, 65};
  const size_t depths[] = {1, 2, 15, 16, 17, 31, 32, 33, 65};
  for (shift = 0; shift <= 4; shift += 4)
    for (size_t rows = 0; rows <= 25; rows++)
      for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        for (size_t d = 0; d < sizeof depths / sizeof *depths; d++)
          products(rows, columns[c], depths[d]);
  faults(arguments[1]);
  static const char *const sets[] = {"baseline", "AVX2", "AVX-512"};
  printf("kernels: %d calls, up to %s%s%s\n", calls, sets[ll_best_isa()],
         ll_has_bf16() ? ", bfloat16" : "", ll_has_i8() ? ", 8 bits" : "");
  return 0;
}
