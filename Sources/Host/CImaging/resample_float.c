// Resampling of planes of floats as torch's `interpolate` does: with antialiasing, a triangle or a cubic as
// wide as a reduction and weights that sum to 1; without, the two pixels around.

#include <math.h>
#include <stdlib.h>

#include "CLatentLensImaging.h"

// For each output pixel: the first input pixel, how many there are, and their weights.
typedef struct {
  int window;
  int *first;
  int *count;
  float *weights;
} taps;

static void free_taps(taps *t) {
  free(t->first);
  free(t->count);
  free(t->weights);
}

static float triangle(float d) { return d < 1 ? 1 - d : 0; }

// Keys' cubic with a = -0.5.
static float cubic(float d) {
  const float a = -0.5f;
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

static void covering(taps *t, int i, int from, float scale, int is_cubic) {
  float stretch = scale < 1 ? 1 : scale;
  float support = is_cubic ? 2 * stretch : stretch;
  float center = scale * (i + 0.5f);
  int low = (int)(center - support + 0.5f), high = (int)(center + support + 0.5f);
  low = low < 0 ? 0 : low;
  high = high > from ? from : high;
  float *weights = t->weights + (size_t)i * t->window, total = 0;
  for (int j = low; j < high; j++) {
    float distance = fabsf((j - center + 0.5f) / stretch);
    weights[j - low] = is_cubic ? cubic(distance) : triangle(distance);
    total += weights[j - low];
  }
  for (int j = 0; j < high - low; j++) weights[j] /= total;
  t->first[i] = low;
  t->count[i] = high - low;
}

static void around(taps *t, int i, int from, float scale) {
  float place = scale * (i + 0.5f) - 0.5f;
  place = place < 0 ? 0 : place;
  int low = (int)place < from - 1 ? (int)place : from - 1;
  float *weights = t->weights + (size_t)i * t->window;
  t->first[i] = low;
  t->count[i] = low + 1 < from ? 2 : 1;
  weights[0] = t->count[i] == 2 ? 1 - (place - low) : 1;
  weights[1] = place - low;
}

static int make_taps(taps *t, int from, int to, int is_cubic, int antialias) {
  float scale = (float)from / (float)to;
  t->window = antialias ? (int)ceilf(scale < 1 ? 1 : scale) * (is_cubic ? 4 : 2) + 2 : 2;
  t->first = malloc(sizeof(int) * to);
  t->count = malloc(sizeof(int) * to);
  t->weights = calloc((size_t)to * t->window, sizeof(float));
  if (!t->first || !t->count || !t->weights) return 1;
  for (int i = 0; i < to; i++) {
    if (antialias) covering(t, i, from, scale, is_cubic);
    else around(t, i, from, scale);
  }
  return 0;
}

int img_resize_float(const float *from, uint32_t from_width, uint32_t from_height, float *to,
                     uint32_t to_width, uint32_t to_height, uint32_t planes, int is_cubic,
                     int antialias) {
  taps across = {0}, down = {0};
  float *middle = malloc(sizeof(float) * (size_t)from_height * to_width);
  int failed = !middle || make_taps(&across, from_width, to_width, is_cubic, antialias) ||
               make_taps(&down, from_height, to_height, is_cubic, antialias);
  for (uint32_t plane = 0; !failed && plane < planes; plane++) {
    const float *source = from + (size_t)plane * from_width * from_height;
    float *target = to + (size_t)plane * to_width * to_height;
    for (uint32_t y = 0; y < from_height; y++) {
      const float *row = source + (size_t)y * from_width;
      for (uint32_t x = 0; x < to_width; x++) {
        const float *weights = across.weights + (size_t)x * across.window;
        float sum = 0;
        for (int j = 0; j < across.count[x]; j++) sum += weights[j] * row[across.first[x] + j];
        middle[(size_t)y * to_width + x] = sum;
      }
    }
    for (uint32_t y = 0; y < to_height; y++) {
      const float *weights = down.weights + (size_t)y * down.window;
      for (uint32_t x = 0; x < to_width; x++) {
        float sum = 0;
        for (int j = 0; j < down.count[y]; j++)
          sum += weights[j] * middle[(size_t)(down.first[y] + j) * to_width + x];
        target[(size_t)y * to_width + x] = sum;
      }
    }
  }
  free_taps(&across);
  free_taps(&down);
  free(middle);
  return failed;
}
