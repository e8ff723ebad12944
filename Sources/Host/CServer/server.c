#include "CLatentLensServer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct local_server {
  struct MHD_Daemon *daemon;
  server_file *files;
  size_t count;
  char *token;
  char *policy;
  // What a browser that was not led here by another name calls this machine.
  char hosts[2][24];
  uint16_t port;
};

static enum MHD_Result send_all(const local_server *server, struct MHD_Connection *connection,
                                unsigned status, struct MHD_Response *response, const char *type) {
  if (!response) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", type);
  MHD_add_response_header(response, "Content-Security-Policy", server->policy);
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
  MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
  MHD_add_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
  MHD_add_response_header(response, "Cache-Control", "no-store");
  if (status == MHD_HTTP_METHOD_NOT_ALLOWED) MHD_add_response_header(response, "Allow", "GET");
  enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result refuse(const local_server *server, struct MHD_Connection *connection,
                              unsigned status, const char *why) {
  struct MHD_Response *response =
      MHD_create_response_from_buffer(strlen(why), (void *)why, MHD_RESPMEM_PERSISTENT);
  return send_all(server, connection, status, response, "text/plain; charset=utf-8");
}

// The name behind the token; NULL for another token. How long it takes tells nothing of the token.
static const char *name_in(const local_server *server, const char *url) {
  size_t length = strlen(server->token);
  if (strlen(url) < length + 2 || url[0] != '/') return NULL;
  int differs = CRYPTO_memcmp(url + 1, server->token, length);
  return differs || url[length + 1] != '/' ? NULL : url + length + 2;
}

static enum MHD_Result answer(void *closure, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
  (void)version;
  (void)upload;
  const local_server *server = closure;
  // First only the headers are there; what comes with them is not looked at.
  if (!*state) {
    *state = closure;
    return MHD_YES;
  }
  if (*upload_size) {
    *upload_size = 0;
    return MHD_YES;
  }
  const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
  if (!host || (strcmp(host, server->hosts[0]) && strcmp(host, server->hosts[1])))
    return refuse(server, connection, MHD_HTTP_FORBIDDEN, "This is no name of this server.\n");
  const char *name = name_in(server, url);
  if (!name)
    return refuse(server, connection, MHD_HTTP_FORBIDDEN, "The address lacks the right token.\n");
  if (strcmp(method, "GET"))
    return refuse(server, connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET is answered.\n");
  for (size_t i = 0; i < server->count; i++) {
    if (strcmp(name, server->files[i].name)) continue;
    int file = open(server->files[i].path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (file < 0 || fstat(file, &status) || !S_ISREG(status.st_mode)) {
      if (file >= 0) close(file);
      break;
    }
    // The response closes it.
    struct MHD_Response *response = MHD_create_response_from_fd64((uint64_t)status.st_size, file);
    if (!response) close(file);
    return send_all(server, connection, MHD_HTTP_OK, response, server->files[i].type);
  }
  return refuse(server, connection, MHD_HTTP_NOT_FOUND, "There is no such file in this run.\n");
}

static void release(local_server *server) {
  for (size_t i = 0; i < server->count; i++) {
    free((char *)server->files[i].name);
    free((char *)server->files[i].path);
    free((char *)server->files[i].type);
  }
  free(server->files);
  free(server->token);
  free(server->policy);
  free(server);
}

// Takes copies of all texts; returns 0, or 1 where memory runs out.
static int copy(local_server *server, const server_file *files, size_t count, const char *token,
                const char *policy) {
  server->token = strdup(token);
  server->policy = strdup(policy);
  server->files = calloc(count ? count : 1, sizeof *server->files);
  if (!server->token || !server->policy || !server->files) return 1;
  for (; server->count < count; server->count++) {
    server_file *own = &server->files[server->count];
    const server_file *file = &files[server->count];
    own->name = strdup(file->name);
    own->path = strdup(file->path);
    own->type = strdup(file->type);
    if (!own->name || !own->path || !own->type) {
      server->count++;
      return 1;
    }
  }
  return 0;
}

local_server *server_start(const server_file *files, size_t count, const char *token,
                           const char *policy, uint16_t port, int *error) {
  local_server *server = calloc(1, sizeof *server);
  if (!server || copy(server, files, count, token, policy)) {
    if (server) release(server);
    *error = ENOMEM;
    return NULL;
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  errno = 0;
  server->daemon = MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL, answer, server, MHD_OPTION_SOCK_ADDR,
      (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT, 64u, MHD_OPTION_CONNECTION_TIMEOUT,
      60u, MHD_OPTION_END);
  const union MHD_DaemonInfo *info =
      server->daemon ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
  if (!info) {
    *error = errno ? errno : EADDRINUSE;
    if (server->daemon) MHD_stop_daemon(server->daemon);
    release(server);
    return NULL;
  }
  server->port = info->port;
  snprintf(server->hosts[0], sizeof server->hosts[0], "127.0.0.1:%u", server->port);
  snprintf(server->hosts[1], sizeof server->hosts[1], "localhost:%u", server->port);
  return server;
}

uint16_t server_port(const local_server *server) { return server->port; }

void server_stop(local_server *server) {
  MHD_stop_daemon(server->daemon);
  release(server);
}
