#include <cblas.h>
#include <stddef.h>

// LAPACK, which is part of OpenBLAS; Debian has its header in another package. Fortran takes the lengths of
// its texts behind everything else, and may use their room on the stack for something else.
void dsyevr_(
    const char *jobz, const char *range, const char *uplo, const blasint *n, double *a,
    const blasint *lda, const double *vl, const double *vu, const blasint *il, const blasint *iu,
    const double *abstol, blasint *m, double *w, double *z, const blasint *ldz, blasint *isuppz,
    double *work, const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info,
    size_t jobz_length, size_t range_length, size_t uplo_length);
