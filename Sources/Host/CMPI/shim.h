// MPI's handles are macros, which Swift does not see: what is needed of them, as functions.
#include <mpi.h>
#include <stdbool.h>

/// Begins, and tells this process' rank and how many there are. One thread alone may call what follows.
static inline void ll_mpi_begin(int *rank, int *count) {
  int provided;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, rank);
  MPI_Comm_size(MPI_COMM_WORLD, count);
}

static inline void ll_mpi_end(void) { MPI_Finalize(); }

/// Begins to send; the bytes must stay until `ll_mpi_is_sent` says so.
static inline MPI_Request ll_mpi_send(const void *bytes, int count, int rank, int tag) {
  MPI_Request request;
  MPI_Isend(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, &request);
  return request;
}

/// To be asked until it is true, and not again.
static inline bool ll_mpi_is_sent(MPI_Request *request) {
  int sent;
  MPI_Test(request, &sent, MPI_STATUS_IGNORE);
  return sent;
}

/// Whether a message is there to be received.
static inline bool ll_mpi_is_there(int rank, int tag) {
  int there;
  MPI_Iprobe(rank, tag, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
  return there;
}

/// Receives a message of a known size.
static inline void ll_mpi_receive(void *bytes, int count, int rank, int tag) {
  MPI_Recv(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}
