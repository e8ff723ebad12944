// Pillow's resampling of 8-bit channels: two passes with the weights of each output pixel in fixed point
// and rounding between the passes (Pillow `Resample.c`, as facts: support scaled by the reduction, weights
// normalised to 1, 22 bits of fraction). Since the passes round, their order matters: horizontal first,
// but vertical first where that takes more away (found by trying Pillow 13 on sizes at random).

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "CLatentLensImaging.h"

enum { fraction_bits = 32 - 8 - 2 };

static double sinc(double x) { return x == 0 ? 1 : sin(x * M_PI) / (x * M_PI); }

static double weight_at(img_filter filter, double x) {
  double d = fabs(x);
  switch (filter) {
  case img_box: return x > -0.5 && x <= 0.5 ? 1 : 0;
  case img_bilinear: return d < 1 ? 1 - d : 0;
  case img_hamming: return d == 0 ? 1 : d >= 1 ? 0 : sinc(d) * (0.54 + 0.46 * cos(d * M_PI));
  case img_bicubic:
    if (d < 1) return ((-0.5 + 2) * d - (-0.5 + 3)) * d * d + 1;
    return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
  case img_lanczos: return d < 3 ? sinc(x) * sinc(x / 3) : 0;
  default: return 0;
  }
}

static double support_of(img_filter filter) {
  switch (filter) {
  case img_box: return 0.5;
  case img_bicubic: return 2;
  case img_lanczos: return 3;
  default: return 1;
  }
}

// For each output pixel: the first input pixel, how many there are, and their weights.
typedef struct {
  int window;
  int *first;
  int *count;
  int32_t *weights;
} taps;

static void free_taps(taps *t) {
  free(t->first);
  free(t->count);
  free(t->weights);
}

static int make_taps(taps *t, int from, int to, img_filter filter) {
  double scale = (double)from / to, stretch = scale < 1 ? 1 : scale;
  double support = support_of(filter) * stretch;
  t->window = (int)ceil(support) * 2 + 1;
  t->first = malloc(sizeof(int) * to);
  t->count = malloc(sizeof(int) * to);
  t->weights = calloc((size_t)to * t->window, sizeof(int32_t));
  double *exact = malloc(sizeof(double) * t->window);
  if (!t->first || !t->count || !t->weights || !exact) {
    free(exact);
    free_taps(t);
    return 1;
  }
  for (int i = 0; i < to; i++) {
    double center = (i + 0.5) * scale, total = 0;
    int low = (int)(center - support + 0.5), high = (int)(center + support + 0.5);
    if (low < 0) low = 0;
    if (high > from) high = from;
    int count = high - low;
    for (int j = 0; j < count; j++)
      total += exact[j] = weight_at(filter, (j + low - center + 0.5) * (1.0 / stretch));
    for (int j = 0; j < count; j++) {
      double w = (total != 0 ? exact[j] / total : exact[j]) * (1 << fraction_bits);
      t->weights[(size_t)i * t->window + j] = (int32_t)(w < 0 ? w - 0.5 : w + 0.5);
    }
    t->first[i] = low;
    t->count[i] = count;
  }
  free(exact);
  return 0;
}

static uint8_t clip(int32_t sum) {
  int32_t value = sum >> fraction_bits;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void pass_horizontal(const uint8_t *from, int width, int rows, uint8_t *to, int to_width,
                            const taps *t) {
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < to_width; x++) {
      const uint8_t *p = from + ((size_t)y * width + t->first[x]) * 3;
      const int32_t *w = t->weights + (size_t)x * t->window;
      int32_t r = 1 << (fraction_bits - 1), g = r, b = r;
      for (int j = 0; j < t->count[x]; j++) {
        r += p[3 * j] * w[j];
        g += p[3 * j + 1] * w[j];
        b += p[3 * j + 2] * w[j];
      }
      uint8_t *q = to + ((size_t)y * to_width + x) * 3;
      q[0] = clip(r);
      q[1] = clip(g);
      q[2] = clip(b);
    }
}

static void pass_vertical(const uint8_t *from, int width, uint8_t *to, int to_height,
                          const taps *t, int32_t *sums) {
  int line = width * 3;
  for (int y = 0; y < to_height; y++) {
    for (int x = 0; x < line; x++) sums[x] = 1 << (fraction_bits - 1);
    for (int j = 0; j < t->count[y]; j++) {
      const uint8_t *p = from + (size_t)(t->first[y] + j) * line;
      int32_t w = t->weights[(size_t)y * t->window + j];
      for (int x = 0; x < line; x++) sums[x] += p[x] * w;
    }
    for (int x = 0; x < line; x++) to[(size_t)y * line + x] = clip(sums[x]);
  }
}

static void pick_nearest(const uint8_t *from, int from_width, int from_height, uint8_t *to,
                         int to_width, int to_height) {
  double step_x = (double)from_width / to_width, step_y = (double)from_height / to_height;
  double place_y = step_y * 0.5;
  for (int y = 0; y < to_height; y++, place_y += step_y) {
    double place_x = step_x * 0.5;
    for (int x = 0; x < to_width; x++, place_x += step_x)
      memcpy(to + ((size_t)y * to_width + x) * 3,
             from + ((size_t)(int)place_y * from_width + (int)place_x) * 3, 3);
  }
}

// One pass of either direction; returns 1 if memory runs out.
static int pass(const uint8_t *from, int width, int height, uint8_t *to, int to_size,
                int is_vertical, img_filter filter) {
  taps t;
  if (make_taps(&t, is_vertical ? height : width, to_size, filter)) return 1;
  int32_t *sums = is_vertical ? malloc(sizeof(int32_t) * width * 3) : NULL;
  int failed = is_vertical && !sums;
  if (!failed && is_vertical) pass_vertical(from, width, to, to_size, &t, sums);
  if (!failed && !is_vertical) pass_horizontal(from, width, height, to, to_size, &t);
  free(sums);
  free_taps(&t);
  return failed;
}

int img_resize(const uint8_t *from, uint32_t from_width, uint32_t from_height, uint8_t *to,
               uint32_t to_width, uint32_t to_height, img_filter filter) {
  int fw = (int)from_width, fh = (int)from_height, tw = (int)to_width, th = (int)to_height;
  if (fw == tw && fh == th) {
    memcpy(to, from, (size_t)tw * th * 3);
    return 0;
  }
  if (filter == img_nearest) {
    pick_nearest(from, fw, fh, to, tw, th);
    return 0;
  }
  // A side that keeps its length needs no pass.
  if (fh == th) return pass(from, fw, fh, to, tw, 0, filter);
  if (fw == tw) return pass(from, fw, fh, to, th, 1, filter);
  int vertical_first = th < fh && 2 * ((int64_t)fw - tw) < (int64_t)fh - th;
  int mw = vertical_first ? fw : tw, mh = vertical_first ? th : fh;
  uint8_t *middle = malloc((size_t)mw * mh * 3);
  int failed = !middle ||
               pass(from, fw, fh, middle, vertical_first ? th : tw, vertical_first, filter) ||
               pass(middle, mw, mh, to, vertical_first ? tw : th, !vertical_first, filter);
  free(middle);
  return failed;
}
