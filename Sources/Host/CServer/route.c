#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "CLatentLensServer.h"

void server_name_hosts(server_site *site, uint16_t port) {
  snprintf(site->hosts[0], sizeof site->hosts[0], "127.0.0.1:%u", port);
  snprintf(site->hosts[1], sizeof site->hosts[1], "localhost:%u", port);
}

// The name behind the token; NULL for another token. How long it takes tells nothing of the token.
static const char *name_in(const server_site *site, const char *url) {
  size_t length = strlen(site->token);
  if (strlen(url) < length + 2 || url[0] != '/') return NULL;
  int differs = CRYPTO_memcmp(url + 1, site->token, length);
  return differs || url[length + 1] != '/' ? NULL : url + length + 2;
}

server_answer server_route(const server_site *site, const char *method, const char *host,
                           const char *url, size_t *file) {
  if (!host || (strcmp(host, site->hosts[0]) && strcmp(host, site->hosts[1])))
    return server_forbids_host;
  const char *name = name_in(site, url);
  if (!name) return server_forbids_token;
  if (strcmp(method, "GET")) return server_takes_no_method;
  for (*file = 0; *file < site->count; ++*file)
    if (!strcmp(name, site->files[*file].name)) return server_sends;
  return server_lacks;
}
