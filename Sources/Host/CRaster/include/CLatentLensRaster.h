#pragma once
#include <stddef.h>
#include <stdint.h>

/// White paper that is painted on, with a font; all places are in units of the drawing, from the left and the top.
typedef struct raster raster;

/// Where a text lies around its place.
typedef enum { raster_start, raster_middle, raster_end } raster_anchor;

/// Paper of `width` by `height` units with `scale` pixels to each. Returns NULL where memory runs out; and where this
/// system has no font that can be read, and then `*lacks_font` is 1.
raster *raster_new(double width, double height, double scale, int *lacks_font);

size_t raster_width(const raster *paper);
size_t raster_height(const raster *paper);

/// The pixels: red, green, blue, row by row.
const uint8_t *raster_pixels(const raster *paper);

/// Fills a polygon of `count` corners, x and y of each in turn; `colour` is 0xRRGGBB.
void raster_fill(raster *paper, const double *corners, size_t count, uint32_t colour,
                 double opacity);

/// Draws a line through `count` places. `dashes` are the lengths of strokes and gaps in turn, of none for a whole
/// line; the ends of strokes are round where there are any.
void raster_line(raster *paper, const double *places, size_t count, double width, uint32_t colour,
                 const double *dashes, size_t dash_count);

/// Draws a filled circle.
void raster_dot(raster *paper, double x, double y, double radius, uint32_t colour);

/// Writes UTF-8 on a base line, turned by so many degrees clockwise around its place.
void raster_text(raster *paper, const char *text, double x, double y, double size,
                 raster_anchor anchor, uint32_t colour, int is_strong, double turn);

void raster_free(raster *paper);
