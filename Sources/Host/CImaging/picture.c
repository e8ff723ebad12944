#include "picture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int img_fail(img_picture *picture, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(picture->error, sizeof picture->error, format, arguments);
  va_end(arguments);
  img_free(picture);
  return 1;
}

int img_allocate(img_picture *picture, uint32_t width, uint32_t height, size_t max_pixels,
                 img_extent extent) {
  if (width == 0 || height == 0) return img_fail(picture, "has no pixels");
  if ((uint64_t)width * height > max_pixels)
    return img_fail(picture,
                    "declares %u x %u pixels, more than the %zu million that are allowed; "
                    "scale it down first",
                    width, height, max_pixels / 1000000);
  picture->width = width;
  picture->height = height;
  if (extent == img_header) return 0;
  picture->pixels = malloc((size_t)width * height * 3);
  return picture->pixels ? 0 : img_fail(picture, "does not fit in memory");
}

void img_free(img_picture *picture) {
  free(picture->pixels);
  picture->pixels = NULL;
}
