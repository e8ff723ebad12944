#pragma once
#include <stddef.h>
#include <stdint.h>

/// A file that may be asked for.
typedef struct {
  /// What stands behind the token in its address.
  const char *name;
  /// Where it is. A link there leads nowhere.
  const char *path;
  /// Its media type.
  const char *type;
} server_file;

/// What is served, and to whom.
typedef struct {
  const server_file *files;
  size_t count;
  /// Has to be in every address.
  const char *token;
  /// What a browser that was not led here by another name calls this machine.
  char hosts[2][24];
} server_site;

/// What is answered to a request: a file; or nothing, because of the `Host`, the token, the method or the name.
typedef enum {
  server_sends,
  server_forbids_host,
  server_forbids_token,
  server_takes_no_method,
  server_lacks
} server_answer;

/// Writes the names of this machine with a port.
void server_name_hosts(server_site *site, uint16_t port);

/// Decides what is answered to a request: a file is sent to whoever asks for `/TOKEN/NAME` with GET, under one of the
/// names of this machine, and nothing else is. No path is made of what is asked for.
///
/// `host` is NULL where there is none; `url` is decoded; `file` is the number of the file that is sent.
server_answer server_route(const server_site *site, const char *method, const char *host,
                           const char *url, size_t *file);

typedef struct local_server local_server;

/// Begins to serve some files to this machine alone, on threads of its own, until `server_stop`.
///
/// `policy` is the Content-Security-Policy of what is sent. All texts are copied. `port` is 0 for any that is free.
///
/// Returns NULL where it cannot be done, and then `error` is the number of the reason.
local_server *server_start(const server_file *files, size_t count, const char *token,
                           const char *policy, uint16_t port, int *error);

uint16_t server_port(const local_server *server);

void server_stop(local_server *server);
