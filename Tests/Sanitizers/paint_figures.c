// Paints what no figure has: places that are no numbers, or nowhere near the paper.

#include <float.h>
#include <fontconfig/fontconfig.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "CLatentLensRaster.h"

static const double places[] = {0, 1, -1, 40, 1e5, -1e5, 1e30, -1e300, DBL_MAX, -DBL_MAX, INFINITY, -INFINITY, NAN};
enum { place_count = sizeof places / sizeof *places };

int main(void) {
  int lacks_font;
  raster *paper = raster_new(60, 40, 3, &lacks_font);
  if (!paper) {
    fprintf(stderr, "paint_figures: no paper%s\n", lacks_font ? ", for want of a font" : "");
    return 1;
  }
  const double dashes[] = {7, 3, 0.1, 0};
  for (int i = 0; i < place_count; i++) {
    const double across = places[i];
    for (int j = 0; j < place_count; j++) {
      const double corners[] = {5, 5, across, places[j], 20, 30};
      raster_fill(paper, corners, 3, 0x123456, 0.5);
      raster_line(paper, corners, 3, 2, 0xff0000, NULL, 0);
      raster_dot(paper, across, places[j], 3, 0x00ff00);
      raster_text(paper, "a\xc3\xa4\xff\xf0", across, places[j], 12, raster_middle, 0, j % 2, 30);
      if (i < 4 || j < 4) raster_line(paper, corners, 3, 1, 0x0000ff, dashes, 4);
    }
  }
  const size_t size = raster_width(paper) * raster_height(paper) * 3;
  size_t painted = 0;
  for (size_t i = 0; i < size; i++) painted += raster_pixels(paper)[i] != 255;
  raster_free(paper);
  // It keeps what it knows of fonts.
  FcFini();
  printf("figures: %zu bytes painted\n", painted);
  return painted == 0;
}
