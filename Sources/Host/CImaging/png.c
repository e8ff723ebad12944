#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

// What libpng's callbacks need: the file in memory, and where to say what went wrong.
typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t position;
  img_picture *picture;
} source;

static void read_bytes(png_structp png, png_bytep to, png_size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->count - from->position) png_error(png, "the file ends too early");
  memcpy(to, from->bytes + from->position, count);
  from->position += count;
}

static void on_error(png_structp png, png_const_charp message) {
  source *from = png_get_error_ptr(png);
  img_fail(from->picture, "is a damaged PNG: %s", message);
  longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

// Pillow keeps 16-bit gray as it is, and clips it when it becomes RGB.
static void clip_gray16(const uint8_t *row, uint8_t *to, uint32_t width) {
  for (uint32_t x = 0; x < width; x++) {
    uint8_t value = row[2 * x] ? 255 : row[2 * x + 1];
    memset(to + 3 * x, value, 3);
  }
}

int img_decode_png(const uint8_t *bytes, size_t count, size_t max_pixels, img_extent extent,
                   img_picture *out) {
  memset(out, 0, sizeof *out);
  source from = {bytes, count, 0, out};
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &from, on_error, on_warning);
  if (!png) return img_fail(out, "does not fit in memory");
  png_infop info = png_create_info_struct(png);
  uint8_t *volatile wide = NULL;
  png_bytep *volatile rows = NULL;
  if (!info || setjmp(png_jmpbuf(png))) {
    free(wide);
    free((void *)rows);
    png_destroy_read_struct(&png, &info, NULL);
    return out->error[0] ? 1 : img_fail(out, "does not fit in memory");
  }
  png_set_read_fn(png, &from, read_bytes);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  // A damaged chunk is an error, as it is to Pillow, be it one that a picture can do without.
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_read_info(png, info);
  uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  int type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
  int is_gray16 = depth == 16 && type == PNG_COLOR_TYPE_GRAY;
  if (img_allocate(out, width, height, max_pixels, extent)) longjmp(png_jmpbuf(png), 1);
  if (extent == img_header) {
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
  }
  // Alpha is dropped, not composited, as Pillow's `convert("RGB")` does.
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (depth == 16 && !is_gray16) png_set_strip_16(png);
  if (type & PNG_COLOR_MASK_ALPHA || type == PNG_COLOR_TYPE_PALETTE) png_set_strip_alpha(png);
  if (!(type & PNG_COLOR_MASK_COLOR) && !is_gray16) png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t stride = png_get_rowbytes(png, info);
  if (stride != (size_t)width * (is_gray16 ? 2 : 3)) png_error(png, "an unusual pixel layout");
  if (is_gray16) wide = malloc(stride * height);
  rows = malloc(sizeof(png_bytep) * height);
  if (!rows || (is_gray16 && !wide)) png_error(png, "not enough memory");
  for (uint32_t y = 0; y < height; y++)
    rows[y] = (is_gray16 ? wide : out->pixels) + stride * y;
  png_read_image(png, rows);
  for (uint32_t y = 0; is_gray16 && y < height; y++)
    clip_gray16(rows[y], out->pixels + (size_t)width * 3 * y, width);
  free(wide);
  free((void *)rows);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

size_t img_png_bound(uint32_t width, uint32_t height) {
  png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height,
                     .format = PNG_FORMAT_RGB};
  return PNG_IMAGE_PNG_SIZE_MAX(image);
}

size_t img_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *out,
                      size_t capacity) {
  png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height,
                     .format = PNG_FORMAT_RGB};
  png_alloc_size_t count = capacity;
  if (!png_image_write_to_memory(&image, out, &count, 0, pixels, 0, NULL)) return 0;
  return count;
}
