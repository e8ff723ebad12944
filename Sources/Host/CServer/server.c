#include "CLatentLensServer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct local_server {
  struct MHD_Daemon *daemon;
  server_site site;
  // What `site` lends, and what is said of it.
  server_file *files;
  char *token;
  char *policy;
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

static const char nothing[] = "There is no such file in this run.\n";

static enum MHD_Result send_file(const local_server *server, struct MHD_Connection *connection,
                                 const server_file *own) {
  int file = open(own->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (file < 0 || fstat(file, &status) || !S_ISREG(status.st_mode)) {
    if (file >= 0) close(file);
    return refuse(server, connection, MHD_HTTP_NOT_FOUND, nothing);
  }
  // The response closes it.
  struct MHD_Response *response = MHD_create_response_from_fd64((uint64_t)status.st_size, file);
  if (!response) close(file);
  return send_all(server, connection, MHD_HTTP_OK, response, own->type);
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
  size_t number = 0;
  switch (server_route(&server->site, method, host, url, &number)) {
    case server_forbids_host:
      return refuse(server, connection, MHD_HTTP_FORBIDDEN, "This is no name of this server.\n");
    case server_forbids_token:
      return refuse(server, connection, MHD_HTTP_FORBIDDEN, "The address lacks the right token.\n");
    case server_takes_no_method:
      return refuse(server, connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET is answered.\n");
    case server_lacks: break;
    case server_sends: return send_file(server, connection, &server->files[number]);
  }
  return refuse(server, connection, MHD_HTTP_NOT_FOUND, nothing);
}

static void release(local_server *server) {
  for (size_t i = 0; i < server->site.count; i++) {
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
  server->site.token = server->token;
  server->site.files = server->files;
  size_t *done = &server->site.count;
  for (; *done < count; ++*done) {
    server_file *own = &server->files[*done];
    const server_file *file = &files[*done];
    own->name = strdup(file->name);
    own->path = strdup(file->path);
    own->type = strdup(file->type);
    if (!own->name || !own->path || !own->type) {
      ++*done;
      return 1;
    }
  }
  return 0;
}

// Listens to this machine alone; returns the socket, and -1 where that is not possible.
static int listen_at(uint16_t port, uint16_t *bound) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int again = 1, listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listening < 0) return -1;
  // A port that was served at a minute ago is free.
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
  if (bind(listening, (struct sockaddr *)&address, size) || listen(listening, 64) ||
      getsockname(listening, (struct sockaddr *)&address, &size)) {
    int reason = errno;
    close(listening);
    errno = reason;
    return -1;
  }
  *bound = ntohs(address.sin_port);
  return listening;
}

local_server *server_start(const server_file *files, size_t count, const char *token,
                           const char *policy, uint16_t port, int *error) {
  local_server *server = calloc(1, sizeof *server);
  if (!server || copy(server, files, count, token, policy)) {
    if (server) release(server);
    *error = ENOMEM;
    return NULL;
  }
  // Bound before anybody is answered, who has to know the port by then.
  int listening = listen_at(port, &server->port);
  server_name_hosts(&server->site, server->port);
  if (listening >= 0)
    server->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, server, MHD_OPTION_LISTEN_SOCKET,
        listening, MHD_OPTION_CONNECTION_LIMIT, 64u, MHD_OPTION_CONNECTION_TIMEOUT, 60u,
        MHD_OPTION_END);
  if (!server->daemon) {
    *error = errno ? errno : ENOMEM;
    if (listening >= 0) close(listening);
    release(server);
    return NULL;
  }
  return server;
}

uint16_t server_port(const local_server *server) { return server->port; }

void server_stop(local_server *server) {
  MHD_stop_daemon(server->daemon);
  release(server);
}
