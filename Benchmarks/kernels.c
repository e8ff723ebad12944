// What the kernels of matrix products do in a second on one core, beside loops that only multiply registers, and
// OpenBLAS. Prints JSON: 10^9 operations a second, where a multiplication and an addition are two.
//
// cc -O2 -I Sources/Kernels/CKernels/include Benchmarks/kernels.c Sources/Kernels/CKernels/*.c -lopenblas -lm

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CLatentLensKernels.h"

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

typedef float vector __attribute__((vector_size(64)));

// As many sums as hide how long one takes, of which none waits for memory.
#define CEILING(name, instruction, operations)                                            \
  __attribute__((target("avx512f,avx512bf16,avx512vnni"), noinline)) static double        \
  name(void) {                                                                            \
    vector sums[24], a = {0}, b = {0};                                                    \
    memset(sums, 0, sizeof sums);                                                         \
    const long rounds = 4000000;                                                          \
    const double start = now();                                                           \
    for (long round = 0; round < rounds; round++)                                         \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < 24; i++)                     \
        __asm__ volatile(instruction " %2, %1, %0" : "+v"(sums[i]) : "v"(a), "v"(b));     \
    return 24.0 * (double)rounds * operations / (now() - start) * 1e-9;                   \
  }

CEILING(ceiling_f32, "vfmadd231ps", 32)
CEILING(ceiling_bf16, "vdpbf16ps", 64)
CEILING(ceiling_i8, "vpdpbusd", 128)

/// Words that are numbers, whatever they are taken for.
static float *words(size_t count) {
  float *words = aligned_alloc(64, (count * sizeof *words + 63) / 64 * 64);
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = 0x3F803F80 + ((uint32_t)i * 2654435761u >> 12 & 0x007F007F);
    memcpy(words + i, &bits, sizeof bits);
  }
  return words;
}

enum { COLUMNS = 128, WORDS = 256 };
typedef void product(float *c, const float *a, const float *b, size_t rows);

static void f32(float *c, const float *a, const float *b, size_t rows) {
  ll_multiply_packed(c, COLUMNS, a, b, rows, COLUMNS, WORDS, NULL, false);
}
static void bf16(float *c, const float *a, const float *b, size_t rows) {
  ll_multiply_packed_bf16(c, COLUMNS, a, b, rows, COLUMNS, WORDS, NULL, false);
}
static void i8(float *c, const float *a, const float *b, size_t rows) {
  ll_multiply_packed_i8((int32_t *)c, COLUMNS, a, b, rows, COLUMNS, WORDS, false);
}
static void blas(float *c, const float *a, const float *b, size_t rows) {
  cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, COLUMNS, WORDS, 1, a, WORDS, b, WORDS, 0,
      c, COLUMNS);
}

/// The best of several tries: what the core can, not what else it did.
static double rate(product *multiply, size_t rows, double operations) {
  float *a = words(rows * WORDS), *b = words(COLUMNS * WORDS), *c = words(rows * COLUMNS);
  const double size = (double)(rows * COLUMNS * WORDS);
  const long rounds = (long)(5e8 / size) + 1;
  double best = 0;
  for (int repeat = 0; repeat < 7; repeat++) {
    const double start = now();
    for (long round = 0; round < rounds; round++) multiply(c, a, b, rows);
    const double rate = (double)rounds * size * operations / (now() - start) * 1e-9;
    best = rate > best ? rate : best;
  }
  free(a);
  free(b);
  free(c);
  return best;
}

int main(void) {
  openblas_set_num_threads(1);
  const size_t rows[] = {1, 2, 4, 8, 16, 384};
  const struct {
    const char *name;
    product *multiply;
    double operations, ceiling;
  } kinds[] = {
      {"f32", f32, 2, ceiling_f32()},
      {"OpenBLAS, f32", blas, 2, ceiling_f32()},
      {"bf16", bf16, 4, ll_has_bf16() ? ceiling_bf16() : 0},
      {"i8", i8, 8, ll_has_i8() ? ceiling_i8() : 0},
  };
  printf("[");
  for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
    printf(
        "%s{\"name\": \"%s\", \"ceiling\": %.1f, \"rates\": {", kind ? ",\n " : "", kinds[kind].name,
        kinds[kind].ceiling);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
      printf(
          "%s\"%zu\": %.1f", i ? ", " : "", rows[i],
          rate(kinds[kind].multiply, rows[i], kinds[kind].operations));
    printf("}}");
  }
  printf("]\n");
}
