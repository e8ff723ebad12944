#include "CLatentLensHTTP.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// No answer of a judge is as large; a server that sends more is none.
static const size_t limit = 16 << 20;

int http_prepare(void) { return curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK; }

static size_t take(char *bytes, size_t size, size_t count, void *to) {
  http_answer *answer = to;
  size_t more = size * count;
  if (answer->count + more > limit) return 0;
  uint8_t *grown = realloc(answer->body, answer->count + more);
  if (!grown) return 0;
  memcpy(grown + answer->count, bytes, more);
  answer->body = grown;
  answer->count += more;
  return more;
}

// Adds a line to a list of headers; NULL where memory runs out.
static struct curl_slist *with(struct curl_slist *headers, const char *name, const char *value) {
  size_t size = strlen(name) + strlen(value) + 3;
  char *line = malloc(size);
  if (!line) return NULL;
  snprintf(line, size, "%s: %s", name, value);
  struct curl_slist *longer = curl_slist_append(headers, line);
  free(line);
  return longer;
}

void http_post_json(const char *url, const char *authorization, const char *agent,
                    const uint8_t *body, size_t count, long seconds, http_answer *out) {
  memset(out, 0, sizeof *out);
  CURL *curl = curl_easy_init();
  struct curl_slist *headers = with(NULL, "Content-Type", "application/json");
  // Without it the body would wait for a server's leave.
  if (headers) curl_slist_append(headers, "Expect:");
  if (headers && authorization) with(headers, "Authorization", authorization);
  if (!curl || !headers) {
    snprintf(out->error, sizeof out->error, "not enough memory");
    curl_slist_free_all(headers);
    if (curl) curl_easy_cleanup(curl);
    return;
  }
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, agent);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, seconds < 30 ? seconds : 30L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
  CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK) {
    curl_off_t wait = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
    out->retry_after = (long)wait;
  } else {
    snprintf(out->error, sizeof out->error, "%s", reason[0] ? reason : curl_easy_strerror(code));
  }
  curl_easy_cleanup(curl);
  curl_slist_free_all(headers);
}

void http_free(http_answer *answer) {
  free(answer->body);
  answer->body = NULL;
}
