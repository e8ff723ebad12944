#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include "picture.h"

// The picture within the chunks of a file, which have to fit into each other and to be all there: as Pillow asks for,
// so that damage is not made up for by what lies behind a chunk. Returns 0 if there is none.
static int find_picture(const uint8_t *bytes, size_t count, WebPData *picture) {
  WebPData data = {bytes, count};
  WebPDemuxer *chunks = WebPDemux(&data);
  WebPIterator frame;
  const int found = chunks && WebPDemuxGetFrame(chunks, 1, &frame);
  if (found) {
    *picture = frame.fragment;
    WebPDemuxReleaseIterator(&frame);
  }
  WebPDemuxDelete(chunks);
  return found;
}

int img_decode_webp(const uint8_t *bytes, size_t count, size_t max_pixels, img_extent extent,
                    img_picture *out) {
  memset(out, 0, sizeof *out);
  WebPBitstreamFeatures features;
  WebPData picture;
  if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK ||
      !find_picture(bytes, count, &picture))
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
  uint8_t *done =
      WebPDecodeRGBAInto(picture.bytes, picture.size, rgba, pixels * 4, (int)width * 4);
  for (size_t i = 0; done && i < pixels; i++) memcpy(out->pixels + 3 * i, rgba + 4 * i, 3);
  free(rgba);
  return done ? 0 : img_fail(out, "is a damaged or truncated WebP; save it again");
}
