// Decodes pictures as they are, cut short and damaged, each in memory that ends where the file does, and resamples
// what comes out. What is read is tested elsewhere: here the sanitizers look at how.
//
// usage: decode-pictures FILE...

#include <stdio.h>

#include "CLatentLensImaging.h"
#include "exact.h"

typedef int decoder(const uint8_t *, size_t, size_t, img_extent, img_picture *);
static decoder *const decoders[] = {img_decode_png, img_decode_jpeg, img_decode_webp};

static int whole, refused;

static void resample(const img_picture *picture) {
  static const uint32_t sizes[][2] = {{1, 1}, {3, 50}, {64, 7}, {224, 224}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const uint32_t width = sizes[i][0], height = sizes[i][1];
    uint8_t *out = bytes((size_t)width * height * 3, 0);
    for (int filter = img_nearest; filter <= img_hamming; filter++)
      img_resize(
          picture->pixels, picture->width, picture->height, out, width, height,
          (img_filter)filter);
    const size_t count = (size_t)picture->width * picture->height * 3;
    float *planes = bytes(count * sizeof *planes, 0);
    for (size_t j = 0; j < count; j++) planes[j] = picture->pixels[j];
    float *small = bytes((size_t)width * height * 3 * sizeof *small, 0);
    for (int way = 0; way < 4; way++)
      img_resize_float(
          planes, picture->width, picture->height, small, width, height, 3, way / 2, way % 2);
    release();
  }
  const size_t room = img_png_bound(picture->width, picture->height);
  uint8_t *file = bytes(room, 0);
  // With room, and without.
  img_encode_png(picture->pixels, picture->width, picture->height, file, room);
  img_encode_png(picture->pixels, picture->width, picture->height, file, room > 50 ? 50 : room);
  release();
}

static void decode(decoder *kind, const uint8_t *file, size_t count, int resamples) {
  uint8_t *copy = bytes(count, 0);
  memcpy(copy, file, count);
  img_picture picture;
  if (kind(copy, count, 1 << 22, img_header, &picture) == 0) img_free(&picture);
  if (kind(copy, count, 1 << 22, img_all, &picture) == 0) {
    whole++;
    release();
    if (resamples) resample(&picture);
    img_free(&picture);
  } else {
    refused++;
    if (!picture.error[0]) abort();
    release();
  }
}

int main(int count, char **arguments) {
  for (int i = 1; i < count; i++) {
    FILE *stream = fopen(arguments[i], "rb");
    static uint8_t file[1 << 16], damaged[1 << 16];
    const size_t size = stream ? fread(file, 1, sizeof file, stream) : 0;
    if (!size || !feof(stream)) {
      fprintf(stderr, "%s: cannot be read whole\n", arguments[i]);
      return 1;
    }
    fclose(stream);
    decoder *kind = decoders[file[0] == 0x89 ? 0 : file[0] == 0xFF ? 1 : 2];
    for (int other = 0; other < 3; other++) decode(decoders[other], file, size, 1);
    for (size_t cut = 0; cut < size; cut += 1 + size / 64) decode(kind, file, cut, 0);
    for (int try = 0; try < 200; try++) {
      memcpy(damaged, file, size);
      for (uint64_t places = 1 + random_word() % 6; places > 0; places--)
        damaged[random_word() % size] = (uint8_t)random_word();
      decode(kind, damaged, size, 0);
    }
  }
  printf("pictures: %d read, %d refused\n", whole, refused);
  return whole == 0;
}
