// Sends requests to a server of its own, which answers well, badly and not at all.

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CLatentLensHTTP.h"

static const char *const answers[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\ncut short",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nno chunk",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08zip",
    "no HTTP at all",
    "",
};
enum { answer_count = sizeof answers / sizeof *answers };

static void serve(int listening) {
  for (int i = 0; i < answer_count; i++) {
    const int peer = accept(listening, NULL, NULL);
    char request[4096];
    if (read(peer, request, sizeof request) < 0) _exit(1);
    if (write(peer, answers[i], strlen(answers[i])) < 0) _exit(1);
    close(peer);
  }
  _exit(0);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  const int listening = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listening, (struct sockaddr *)&address, length) || listen(listening, 8) ||
      getsockname(listening, (struct sockaddr *)&address, &length)) {
    perror("no server can be had");
    return 1;
  }
  const pid_t server = fork();
  if (server == 0) serve(listening);
  close(listening);
  if (http_prepare()) return 1;
  char url[64];
  snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
  int answered = 0, failed = 0;
  for (int i = 0; i < answer_count + 2; i++) {
    // Behind the last answer nobody listens; and some addresses are none.
    http_answer answer;
    http_post_json(i > answer_count ? "file:///etc/hostname" : url, i % 2 ? "Bearer key" : NULL,
                   "test", (const uint8_t *)"{}", 2, 20, &answer);
    if (answer.status) answered++;
    else failed++;
    if (!answer.status && !answer.error[0]) abort();
    http_free(&answer);
  }
  int status = 0;
  waitpid(server, &status, 0);
  printf("requests: %d answered, %d failed\n", answered, failed);
  return answered < 2 || failed < 3 || status;
}
