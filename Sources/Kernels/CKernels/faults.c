// What the system tells a process by a signal that ends it, and what can be said in a line first: a file that
// was shortened while it was mapped, memory that there is none of, and files that may not be opened.
//
// The table is global, and so is the handler, since a handler is given an address and nothing else; it may be
// called while any thread is anywhere, so that it takes no lock and allocates nothing.
#include "CLatentLensKernels.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  // 0: free; 1: somebody fills or empties it; 2: can be read.
  atomic_int state;
  uintptr_t first;
  size_t count;
  char *name;
} watched_range;

enum { watched_limit = 4096 };
static watched_range watched[watched_limit];

int ll_watch(const void *base, size_t count, const char *name) {
  for (int slot = 0; slot < watched_limit; slot++) {
    int expected = 0;
    if (!atomic_compare_exchange_strong(&watched[slot].state, &expected, 1)) continue;
    watched[slot].first = (uintptr_t)base;
    watched[slot].count = count;
    watched[slot].name = strdup(name);
    atomic_store(&watched[slot].state, 2);
    return slot;
  }
  return -1;
}

void ll_unwatch(int slot) {
  if (slot < 0) return;
  atomic_store(&watched[slot].state, 1);
  free(watched[slot].name);
  watched[slot].name = NULL;
  atomic_store(&watched[slot].state, 0);
}

static const int signals[] = {SIGBUS, SIGILL, SIGTRAP, SIGABRT};
enum { signal_count = sizeof signals / sizeof signals[0] };
static struct sigaction former[signal_count];
static const char *program = "";

static size_t append(char *line, size_t length, size_t limit, const char *text) {
  for (; *text && length < limit; text++) {
    unsigned char byte = (unsigned char)*text;
    // A name may hold what a terminal obeys.
    line[length++] = byte < 0x20 || byte == 0x7F ? '?' : (char)byte;
  }
  return length;
}

// Says one line, and ends the process as failed work does.
static _Noreturn void leave(const char *name, const char *reason) {
  char line[2048];
  size_t length = append(line, 0, 256, program);
  length = append(line, length, 1600, name);
  length = append(line, length, sizeof line - 1, reason);
  line[length++] = '\n';
  ssize_t written = write(STDERR_FILENO, line, length);
  (void)written;
  _exit(1);
}

static const char *watched_name(uintptr_t address) {
  for (int slot = 0; slot < watched_limit; slot++) {
    if (atomic_load(&watched[slot].state) == 2 && watched[slot].name &&
        address - watched[slot].first < watched[slot].count) {
      return watched[slot].name;
    }
  }
  return NULL;
}

static void report(int number, siginfo_t *info, void *context) {
  (void)context;
  int failure = errno;
  if (number == SIGBUS && info->si_code > 0) {
    const char *name = watched_name((uintptr_t)info->si_addr);
    if (name) {
      leave(name, ": was shortened while it was read, or its disk has failed; put the whole file back "
                  "and start again");
    }
  }
  // Swift and the libraries below it trap or abort where the system gives them nothing; its last word says what.
  if (number != SIGBUS && failure == ENOMEM) {
    leave("", "there is not enough memory for this; ask for less at once, or give it more");
  }
  if (number != SIGBUS && (failure == EMFILE || failure == ENFILE)) {
    leave("", "no more files may be open at once; allow more with `ulimit -n`");
  }
  // None of ours: what would have happened happens.
  for (int place = 0; place < signal_count; place++) {
    if (signals[place] == number) sigaction(number, &former[place], NULL);
  }
  if (info->si_code <= 0) raise(number);
}

void ll_report_faults(const char *prefix) {
  program = strdup(prefix);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = report;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (int place = 0; place < signal_count; place++) {
    sigaction(signals[place], &action, &former[place]);
  }
}
