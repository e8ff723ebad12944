#include <math.h>

#include "lanes.h"

LL_INLINE size_t insert(
    float *best, int64_t *rows, size_t kept, size_t capacity, float score, int64_t row) {
  if (isnan(score)) score = -INFINITY;
  if (kept == capacity) {
    if (kept == 0 || !(score > best[kept - 1])) return kept;
    kept--;
  }
  size_t low = 0, high = kept;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (score > best[middle]) high = middle;
    else low = middle + 1;
  }
  memmove(best + low + 1, best + low, (kept - low) * sizeof *best);
  memmove(rows + low + 1, rows + low, (kept - low) * sizeof *rows);
  best[low] = score;
  rows[low] = row;
  return kept + 1;
}

size_t ll_keep_largest_plain(
    float *best, int64_t *rows, size_t kept, size_t capacity, const float *scores, int64_t first,
    size_t count) {
  for (size_t i = 0; i < count; i++)
    kept = insert(best, rows, kept, capacity, scores[i], first + (int64_t)i);
  return kept;
}

LL_INLINE size_t ll_keep_largest_lanes(
    float *best, int64_t *rows, size_t kept, size_t capacity, const float *scores, int64_t first,
    size_t count) {
  size_t i = 0;
  for (; i < count && kept < capacity; i++)
    kept = insert(best, rows, kept, capacity, scores[i], first + (int64_t)i);
  if (capacity == 0) return 0;
  // Few scores are better than the worst kept one: look at sixteen at once and pass on.
  for (; i + LL_LANES <= count; i += LL_LANES) {
    ll_f32 v;
    ll_load(&v, scores + i, LL_LANES);
    ll_i32 above = v > best[kept - 1];
    int64_t halves[LL_LANES / 2], any = 0;
    memcpy(halves, &above, sizeof halves);
    for (int j = 0; j < LL_LANES / 2; j++) any |= halves[j];
    if (any)
      for (size_t j = i; j < i + LL_LANES; j++)
        kept = insert(best, rows, kept, capacity, scores[j], first + (int64_t)j);
  }
  for (; i < count; i++)
    kept = insert(best, rows, kept, capacity, scores[i], first + (int64_t)i);
  return kept;
}

LL_VARIANTS(
    size_t, ll_keep_largest,
    (float *best, int64_t *rows, size_t kept, size_t capacity, const float *scores, int64_t first,
     size_t count),
    (best, rows, kept, capacity, scores, first, count))
