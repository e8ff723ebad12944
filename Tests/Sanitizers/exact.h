#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Memory whose ends the address sanitizer knows to the byte, and numbers that are the same on every run.

enum { most_blocks = 32 };
static void *blocks[most_blocks];
static size_t block_sizes[most_blocks];
static int block_count;

static uint64_t state = 1;

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
static inline uint64_t random_word(void) {
  uint64_t z = state += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// `count` random bytes that begin `shift` bytes into their block and end where it does.
static inline void *bytes(size_t count, size_t shift) {
  if (block_count == most_blocks) abort();
  uint8_t *block = calloc(1, shift + count + (shift + count == 0));
  if (!block) abort();
  block_sizes[block_count] = shift + count;
  blocks[block_count++] = block;
  for (size_t i = 0; i < count; i++) block[shift + i] = (uint8_t)random_word();
  return block + shift;
}

/// FNV-1a (Fowler, Noll & Vo), eight bytes at a time as far as they go, on top of another.
static inline uint64_t digest_of(const void *memory, size_t count, uint64_t before) {
  uint64_t sum = before ^ 0xCBF29CE484222325;
  const uint8_t *from = memory;
  for (; count >= 8; count -= 8, from += 8) {
    uint64_t word;
    memcpy(&word, from, 8);
    sum = (sum ^ word) * 0x100000001B3;
    sum ^= sum >> 29;
  }
  for (; count > 0; count--, from++) sum = (sum ^ *from) * 0x100000001B3;
  return sum;
}

/// A digest of all blocks.
static inline uint64_t digest(void) {
  uint64_t sum = 0;
  for (int i = 0; i < block_count; i++) sum = digest_of(blocks[i], block_sizes[i], sum);
  return sum;
}

/// Frees all blocks.
static inline void release(void) {
  while (block_count > 0) free(blocks[--block_count]);
}
