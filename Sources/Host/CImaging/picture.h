#pragma once
#include "CLatentLensImaging.h"

/// Sets the error of a picture, frees its pixels, and returns 1.
int img_fail(img_picture *picture, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Notes a size within `max_pixels`, and takes memory for pixels if these are read; returns 1 with the
/// error set.
int img_allocate(img_picture *picture, uint32_t width, uint32_t height, size_t max_pixels,
                 img_extent extent);
