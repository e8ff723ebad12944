#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include "picture.h"

// Whether the chunks of a file fit into each other and are all there, which Pillow asks for, too.
static int is_whole(const uint8_t *bytes, size_t count) {
  WebPData data = {bytes, count};
  WebPDemuxer *chunks = WebPDemux(&data);
  WebPDemuxDelete(chunks);
  return chunks != NULL;
}

int img_decode_webp(const uint8_t *bytes, size_t count, size_t max_pixels, img_extent extent,
                    img_picture *out) {
  memset(out, 0, sizeof *out);
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK || !is_whole(bytes, count))
    return img_fail(out, "is a damaged WebP; save it again");
  if (features.has_animation)
    return img_fail(out, "is an animated WebP; save one of its frames as a picture");
  uint32_t width = (uint32_t)features.width, height = (uint32_t)features.height;
  if (img_allocate(out, width, height, max_pixels, extent)) return 1;
  if (extent == img_header) return 0;
  size_t pixels = (size_t)width * height;
  // Alpha is dropped, not composited, as Pillow's `convert("RGB")` does.
  uint8_t *rgba = malloc(pixels * 4);
  if (!rgba) return img_fail(out, "does not fit in memory");
  uint8_t *done = WebPDecodeRGBAInto(bytes, count, rgba, pixels * 4, (int)width * 4);
  for (size_t i = 0; done && i < pixels; i++) memcpy(out->pixels + 3 * i, rgba + 4 * i, 3);
  free(rgba);
  return done ? 0 : img_fail(out, "is a damaged or truncated WebP; save it again");
}
