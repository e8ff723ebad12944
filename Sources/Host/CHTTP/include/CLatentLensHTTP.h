#pragma once
#include <stddef.h>
#include <stdint.h>

/// What a server has answered, or why it has not.
typedef struct {
  /// The status code; 0 where there is no whole answer, and then `error` tells why.
  long status;
  /// `count` bytes, to be given to `http_free`.
  uint8_t *body;
  size_t count;
  /// How many seconds the server asks to wait (`Retry-After`); 0 where it does not say.
  long retry_after;
  char error[256];
} http_answer;

/// Has to be called once, before anything else and before there are several threads; returns 0, or 1 where
/// it fails.
int http_prepare(void);

/// Sends JSON to an address of `http` or `https` and waits for the answer. Redirections are not followed.
///
/// `authorization` is the value of that header, or NULL; `seconds` is the longest that the whole may take.
void http_post_json(const char *url, const char *authorization, const char *agent,
                    const uint8_t *body, size_t count, long seconds, http_answer *out);

void http_free(http_answer *answer);
