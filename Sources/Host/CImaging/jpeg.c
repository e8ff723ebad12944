#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "picture.h"

// libjpeg's error manager, with the way out and the place to say why.
typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf exit;
  img_picture *picture;
} guard;

static void on_error(j_common_ptr info) {
  guard *held = (guard *)info->err;
  char message[JMSG_LENGTH_MAX];
  info->err->format_message(info, message);
  img_fail(held->picture, "is a damaged JPEG: %s", message);
  longjmp(held->exit, 1);
}

// A file that ends before its last row is an error, as it is to Pillow, and so is a marker in front of the pixels that
// stands in no picture; other oddities are borne.
static void on_message(j_common_ptr info, int level) {
  const j_decompress_ptr reader = (j_decompress_ptr)info;
  const int code = info->err->msg_code, has_begun = reader->output_height > 0;
  const int has_all_rows = has_begun && reader->output_scanline == reader->output_height;
  if (level < 0 && code == JWRN_JPEG_EOF && !has_all_rows) on_error(info);
  if (code == JTRC_PARMLESS_MARKER && info->err->msg_parm.i[0] == 0x01 && !has_begun) on_error(info);
}

// More scans than any encoder writes; each goes over the whole picture, so that a small file could take
// minutes.
enum { most_scans = 500 };

static void on_progress(j_common_ptr info) {
  guard *held = (guard *)info->err;
  if (((j_decompress_ptr)info)->input_scan_number <= most_scans) return;
  img_fail(held->picture, "is a JPEG of more than %d scans; save it again", most_scans);
  longjmp(held->exit, 1);
}

// Inverted CMYK, as Adobe writes it and Pillow assumes it, to RGB in Pillow's arithmetic.
static void convert_cmyk(const uint8_t *row, uint8_t *to, uint32_t width) {
  for (uint32_t x = 0; x < width; x++) {
    int rest = row[4 * x + 3];
    for (int c = 0; c < 3; c++) {
      int ink = 255 - row[4 * x + c];
      int product = ink * rest + 128;
      int value = rest - ((product + (product >> 8)) >> 8);
      to[3 * x + c] = (uint8_t)(value < 0 ? 0 : value);
    }
  }
}

int img_decode_jpeg(const uint8_t *bytes, size_t count, size_t max_pixels, img_extent extent,
                    img_picture *out) {
  memset(out, 0, sizeof *out);
  struct jpeg_decompress_struct info;
  guard held;
  uint8_t *volatile inks = NULL;
  held.picture = out;
  info.err = jpeg_std_error(&held.manager);
  held.manager.error_exit = on_error;
  held.manager.emit_message = on_message;
  if (setjmp(held.exit)) {
    free(inks);
    jpeg_destroy_decompress(&info);
    return 1;
  }
  jpeg_create_decompress(&info);
  struct jpeg_progress_mgr progress = {.progress_monitor = on_progress};
  info.progress = &progress;
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  int is_cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  if (img_allocate(out, info.image_width, info.image_height, max_pixels, extent))
    longjmp(held.exit, 1);
  if (extent == img_header) {
    jpeg_destroy_decompress(&info);
    return 0;
  }
  jpeg_start_decompress(&info);
  if (is_cmyk) {
    inks = malloc((size_t)info.output_width * 4);
    if (!inks) ERREXIT1(&info, JERR_OUT_OF_MEMORY, 0);
  }
  while (info.output_scanline < info.output_height) {
    uint8_t *row = out->pixels + (size_t)info.output_scanline * info.output_width * 3;
    JSAMPROW target = is_cmyk ? inks : row;
    jpeg_read_scanlines(&info, &target, 1);
    if (is_cmyk) convert_cmyk(inks, row, info.output_width);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  free(inks);
  return 0;
}
