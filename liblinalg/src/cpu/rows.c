/* rows.c - the table of CPU kernels: LAPACK for all four dtypes. */
#include "rows.h"

#include <string.h>

#include "tsr/alloc.h"

/* Prepared like another op; most are like themselves. */
#define ROW_LIKE(id, like, by)                                                                     \
  {                                                                                                \
    .op = &tsri_##id##_op, .dtypes = TSRI_LAPACK_DTYPES, .name = "cpu." #id "." by,                \
    .prepare = tsri_##like##_prepare, .run = tsri_##id##_run                                       \
  }
#define ROW(id) ROW_LIKE(id, id, "lapack")

const tsr_kernel tsri_linalg_cpu_kernels[] = {
    ROW(lu),
    ROW_LIKE(lu_factor, lu, "lapack"),
    ROW(solve),
    ROW(cholesky),
    ROW_LIKE(triangular_solve, triangular_solve, "blas"),
    ROW(det),
    ROW_LIKE(slogdet, det, "lapack"),
    ROW_LIKE(cofactor, cofactor, "plain"),
    ROW(qr),
    ROW(eigh),
    {.op = &tsri_eigh_values_op,
            .dtypes = TSRI_LAPACK_DTYPES,
            .name = "cpu.eigh_values.lapack",
            .prepare = tsri_eigh_prepare,
            .run = tsri_eigh_run},
    ROW(svd),
    {.op = &tsri_svd_values_op,
            .dtypes = TSRI_LAPACK_DTYPES,
            .name = "cpu.svd_values.lapack",
            .prepare = tsri_svd_prepare,
            .run = tsri_svd_run },
};
const int32_t tsri_linalg_cpu_kernel_count =
    (int32_t)(sizeof tsri_linalg_cpu_kernels / sizeof *tsri_linalg_cpu_kernels);

typedef union head {
  size_t size;
  max_align_t align;
} head;

static void release(void *state) {
  head *h = (head *)state - 1;
  tsr_free(h, h->size, 0);
}

tsr_status tsri_linalg_prepare(tsr_prepare *p, size_t size, tsri_linalg_fill fill) {
  void *memory;
  TSR_TRY(tsr_alloc(size + sizeof(head), 0, &memory));
  memset(memory, 0, size + sizeof(head));
  head *h = memory;
  h->size = size + sizeof(head);
  tsr_status status = fill(h + 1, p);
  if (status == TSR_OK) {
    p->state = h + 1;
    p->release = release;
  } else {
    release(h + 1);
  }
  return status;
}
