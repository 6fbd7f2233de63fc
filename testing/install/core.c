/* core.c - a consumer of the lowest layers: statuses, dtypes, the catalogue of ops. */
#include <stdio.h>
#include <string.h>
#include <tsr/dtype.h>
#include <tsr/op.h>
#include <tsr/status.h>

int main(void) {
  const tsr_op *add = tsr_op_find("add");
  if (add == NULL || strcmp(add->name, "add") != 0) return 1;
  if (tsr_dtype_size(TSR_F64) != sizeof(double)) return 2;
  printf("%s: %s\n", tsr_status_name(TSR_OK), add->synopsis);
  return 0;
}
