/* core.cc - the same from C++. */
#include <cstdio>
#include <string>
#include <tsr/dtype.h>
#include <tsr/op.h>
#include <tsr/status.h>

int main() {
  const tsr_op *add = tsr_op_find("add");
  if (add == nullptr || std::string(add->name) != "add") return 1;
  if (tsr_dtype_size(TSR_F64) != sizeof(double)) return 2;
  std::printf("%s: %s\n", tsr_status_name(TSR_OK), add->synopsis);
  return 0;
}
