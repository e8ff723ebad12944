#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own way in (clang's runtime): calls `read` with one input after the other, as its options say.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*read)(const uint8_t *bytes, size_t count));
