#pragma once
#include <stddef.h>
#include <stdint.h>

/// A decoded picture: `width * height * 3` bytes of RGB, to be given to `img_free`.
typedef struct {
  uint8_t *pixels;
  uint32_t width;
  uint32_t height;
  /// Why decoding failed; empty if it did not.
  char error[200];
} img_picture;

/// How much of a file is read.
typedef enum {
  /// The size alone: `pixels` stays NULL.
  img_header,
  img_all
} img_extent;

/// Each decodes one whole file in memory and returns 0, or 1 with `error` set. A picture that
/// declares more than `max_pixels` is refused before anything is allocated for it.
int img_decode_png(const uint8_t *bytes, size_t count, size_t max_pixels, img_extent extent,
                   img_picture *out);
int img_decode_jpeg(const uint8_t *bytes, size_t count, size_t max_pixels, img_extent extent,
                    img_picture *out);
int img_decode_webp(const uint8_t *bytes, size_t count, size_t max_pixels, img_extent extent,
                    img_picture *out);

void img_free(img_picture *picture);

/// The most bytes that a PNG of a size has.
size_t img_png_bound(uint32_t width, uint32_t height);

/// Writes RGB bytes as a PNG into `out` and returns how many bytes it has; 0 if memory runs out.
size_t img_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *out,
                      size_t capacity);

/// Filters of Pillow, with Pillow's numbers.
typedef enum {
  img_nearest = 0,
  img_lanczos = 1,
  img_bilinear = 2,
  img_bicubic = 3,
  img_box = 4,
  img_hamming = 5
} img_filter;

/// Resamples RGB bytes bit for bit as Pillow does; returns 1 if memory runs out.
int img_resize(const uint8_t *from, uint32_t from_width, uint32_t from_height, uint8_t *to,
               uint32_t to_width, uint32_t to_height, img_filter filter);

/// Resamples planes of floats bilinearly as torch does, with or without antialiasing; returns 1 if memory
/// runs out.
int img_resize_float(const float *from, uint32_t from_width, uint32_t from_height, float *to,
                     uint32_t to_width, uint32_t to_height, uint32_t planes, int is_cubic,
                     int antialias);
