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

typedef struct local_server local_server;

/// Begins to serve some files to this machine alone, on threads of its own, until `server_stop`.
///
/// A file is sent to whoever asks for `/TOKEN/NAME` with GET, under one of the names of this machine; nothing else is
/// sent, and no path is made of what is asked for. `policy` is the Content-Security-Policy of what is sent. All texts
/// are copied. `port` is 0 for any that is free.
///
/// Returns NULL where it cannot be done, and then `error` is the number of the reason.
local_server *server_start(const server_file *files, size_t count, const char *token,
                           const char *policy, uint16_t port, int *error);

uint16_t server_port(const local_server *server);

void server_stop(local_server *server);
