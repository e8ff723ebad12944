#include "CLatentLensRaster.h"

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H
#include FT_STROKER_H

struct raster {
  size_t width, height;
  double scale;
  uint8_t *pixels;
  FT_Library library;
  FT_Stroker stroker;
  // The plain one, and the strong one.
  FT_Face faces[2];
};

// MARK: Paper

// Opens the system's own sans-serif font.
static int open_face(FT_Library library, int weight, FT_Face *face) {
  FcPattern *wanted = FcNameParse((const FcChar8 *)"sans-serif");
  if (!wanted) return 1;
  FcPatternAddInteger(wanted, FC_WEIGHT, weight);
  FcPatternAddBool(wanted, FC_OUTLINE, FcTrue);
  FcConfigSubstitute(NULL, wanted, FcMatchPattern);
  FcDefaultSubstitute(wanted);
  FcResult result;
  FcPattern *found = FcFontMatch(NULL, wanted, &result);
  FcChar8 *file = NULL;
  int index = 0, failed = 1;
  if (found && FcPatternGetString(found, FC_FILE, 0, &file) == FcResultMatch) {
    FcPatternGetInteger(found, FC_INDEX, 0, &index);
    failed = FT_New_Face(library, (const char *)file, index, face) || !FT_IS_SCALABLE(*face);
  }
  if (found) FcPatternDestroy(found);
  FcPatternDestroy(wanted);
  return failed;
}

raster *raster_new(double width, double height, double scale, int *lacks_font) {
  *lacks_font = 0;
  raster *paper = calloc(1, sizeof *paper);
  if (!paper) return NULL;
  paper->width = (size_t)ceil(width * scale);
  paper->height = (size_t)ceil(height * scale);
  paper->scale = scale;
  paper->pixels = malloc(paper->width * paper->height * 3);
  if (!paper->pixels || FT_Init_FreeType(&paper->library) ||
      FT_Stroker_New(paper->library, &paper->stroker)) {
    raster_free(paper);
    return NULL;
  }
  memset(paper->pixels, 255, paper->width * paper->height * 3);
  if (!FcInit() || open_face(paper->library, FC_WEIGHT_REGULAR, &paper->faces[0]) ||
      open_face(paper->library, FC_WEIGHT_DEMIBOLD, &paper->faces[1])) {
    *lacks_font = 1;
    raster_free(paper);
    return NULL;
  }
  return paper;
}

void raster_free(raster *paper) {
  for (int i = 0; i < 2; i++)
    if (paper->faces[i]) FT_Done_Face(paper->faces[i]);
  if (paper->stroker) FT_Stroker_Done(paper->stroker);
  if (paper->library) FT_Done_FreeType(paper->library);
  free(paper->pixels);
  free(paper);
}

size_t raster_width(const raster *paper) { return paper->width; }
size_t raster_height(const raster *paper) { return paper->height; }
const uint8_t *raster_pixels(const raster *paper) { return paper->pixels; }

// MARK: Paint

typedef struct {
  raster *paper;
  uint32_t colour;
  double opacity;
} paint;

// Takes what FreeType finds covered of a row.
static void cover(int y, int count, const FT_Span *spans, void *closure) {
  const paint *own = closure;
  raster *paper = own->paper;
  if (y < 0 || (size_t)y >= paper->height) return;
  for (int i = 0; i < count; i++) {
    double share = own->opacity * spans[i].coverage / 255;
    for (int x = spans[i].x; x < spans[i].x + spans[i].len; x++) {
      if (x < 0 || (size_t)x >= paper->width) continue;
      uint8_t *pixel = paper->pixels + ((size_t)y * paper->width + (size_t)x) * 3;
      for (int channel = 0; channel < 3; channel++) {
        double ink = own->colour >> (16 - 8 * channel) & 255;
        pixel[channel] = (uint8_t)lround(pixel[channel] + (ink - pixel[channel]) * share);
      }
    }
  }
}

static void render(raster *paper, FT_Outline *outline, uint32_t colour, double opacity) {
  paint own = {paper, colour, opacity};
  FT_Raster_Params params = {.flags = FT_RASTER_FLAG_AA | FT_RASTER_FLAG_DIRECT | FT_RASTER_FLAG_CLIP,
                             .gray_spans = cover,
                             .user = &own};
  params.clip_box.xMax = (FT_Pos)paper->width;
  params.clip_box.yMax = (FT_Pos)paper->height;
  FT_Outline_Render(paper->library, outline, &params);
}

// No place lies so far from the paper that painting it would take long, or be more than FreeType counts; what is no
// number lies at 0.
static double near(double units) { return units > -1e5 ? fmin(units, 1e5) : units <= -1e5 ? -1e5 : 0; }

// FreeType counts in 64ths of a pixel.
static FT_Pos fixed(const raster *paper, double units) {
  return (FT_Pos)lround(near(units) * paper->scale * 64);
}

// MARK: Shapes

// No figure has as many corners; FreeType counts them in 16 bits.
static const size_t most = 30000;

// An outline of straight sides; returns 0, or 1 where there can be none.
static int outline_of(raster *paper, const double *places, size_t count, FT_Outline *outline) {
  if (count < 2 || count > most) return 1;
  if (FT_Outline_New(paper->library, (FT_UInt)count, 1, outline)) return 1;
  for (size_t i = 0; i < count; i++) {
    outline->points[i].x = fixed(paper, places[2 * i]);
    outline->points[i].y = fixed(paper, places[2 * i + 1]);
    outline->tags[i] = FT_CURVE_TAG_ON;
  }
  outline->contours[0] = (short)(count - 1);
  return 0;
}

void raster_fill(raster *paper, const double *corners, size_t count, uint32_t colour,
                 double opacity) {
  FT_Outline outline;
  if (outline_of(paper, corners, count, &outline)) return;
  render(paper, &outline, colour, opacity);
  FT_Outline_Done(paper->library, &outline);
}

static void stroke(raster *paper, const double *places, size_t count, double width,
                   uint32_t colour, int is_round) {
  FT_Outline line, border;
  FT_UInt points = 0, contours = 0;
  if (outline_of(paper, places, count, &line)) return;
  FT_Stroker_Set(paper->stroker, fixed(paper, width / 2),
                 is_round ? FT_STROKER_LINECAP_ROUND : FT_STROKER_LINECAP_BUTT,
                 FT_STROKER_LINEJOIN_ROUND, 0);
  int failed = FT_Stroker_ParseOutline(paper->stroker, &line, 1) ||
               FT_Stroker_GetCounts(paper->stroker, &points, &contours) ||
               FT_Outline_New(paper->library, points, (FT_Int)contours, &border);
  FT_Outline_Done(paper->library, &line);
  if (failed) return;
  border.n_points = 0;
  border.n_contours = 0;
  FT_Stroker_Export(paper->stroker, &border);
  render(paper, &border, colour, 1);
  FT_Outline_Done(paper->library, &border);
}

void raster_line(raster *paper, const double *places, size_t count, double width, uint32_t colour,
                 const double *dashes, size_t dash_count) {
  if (!dash_count) {
    stroke(paper, places, count, width, colour, 0);
    return;
  }
  // Each side is cut where a stroke ends; what is left of a stroke goes on around the corner.
  size_t dash = 0;
  double left = dashes[0];
  for (size_t i = 1; i < count; i++) {
    double x = near(places[2 * i - 2]), y = near(places[2 * i - 1]);
    double across = near(places[2 * i]) - x, down = near(places[2 * i + 1]) - y;
    double length = hypot(across, down);
    for (double from = 0; from < length;) {
      double to = fmin(length, from + left);
      if (dash % 2 == 0) {
        double piece[4] = {x + across * from / length, y + down * from / length,
                           x + across * to / length, y + down * to / length};
        stroke(paper, piece, 2, width, colour, 1);
      }
      left -= to - from;
      from = to;
      if (left > 1e-9) continue;
      dash = (dash + 1) % dash_count;
      left = fmax(dashes[dash], 1e-3);
    }
  }
}

void raster_dot(raster *paper, double x, double y, double radius, uint32_t colour) {
  double place[4] = {x, y, x + 0.02 / paper->scale, y};
  stroke(paper, place, 2, 2 * radius, colour, 1);
}

// MARK: Text

// The next code point; what is no UTF-8 stands for itself.
static uint32_t next_character(const unsigned char **text) {
  uint32_t first = *(*text)++;
  int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  uint32_t code = more ? first & (0x3Fu >> more) : first;
  for (; more && (**text & 0xC0) == 0x80; more--) code = code << 6 | (*(*text)++ & 0x3Fu);
  return code;
}

void raster_text(raster *paper, const char *text, double x, double y, double size,
                 raster_anchor anchor, uint32_t colour, int is_strong, double turn) {
  FT_Face face = paper->faces[is_strong ? 1 : 0];
  if (FT_Set_Char_Size(face, 0, fixed(paper, size), 72, 72)) return;
  double breadth = 0;
  for (const unsigned char *rest = (const unsigned char *)text; *rest;) {
    uint32_t code = next_character(&rest);
    if (!FT_Load_Char(face, code, FT_LOAD_NO_BITMAP | FT_LOAD_NO_HINTING))
      breadth += face->glyph->linearHoriAdvance / 65536.0;
  }
  double angle = turn * acos(-1) / 180, cosine = cos(angle), sine = sin(angle);
  double along = anchor == raster_end ? -breadth : anchor == raster_middle ? -breadth / 2 : 0;
  // Glyphs grow upwards, the paper's rows downwards.
  FT_Matrix matrix = {(FT_Fixed)lround(cosine * 65536), (FT_Fixed)lround(sine * 65536),
                      (FT_Fixed)lround(sine * 65536), (FT_Fixed)lround(-cosine * 65536)};
  for (const unsigned char *rest = (const unsigned char *)text; *rest;) {
    uint32_t code = next_character(&rest);
    if (FT_Load_Char(face, code, FT_LOAD_NO_BITMAP | FT_LOAD_NO_HINTING)) continue;
    FT_Outline *outline = &face->glyph->outline;
    FT_Outline_Transform(outline, &matrix);
    FT_Outline_Translate(outline, fixed(paper, x + along * cosine / paper->scale),
                         fixed(paper, y + along * sine / paper->scale));
    render(paper, outline, colour, 1);
    along += face->glyph->linearHoriAdvance / 65536.0;
  }
}
