/* lab.h - what the fuzzers share: a runtime on the CPU, random arrays, tensors that lie in
 * memory in odd ways, and comparisons.
 */
#ifndef LAB_H
#define LAB_H

#include "oracle.h"
#include "source.h"

#include "tsr/cpu.h"
#include "tsr/eager.h"
#include "tsr/runtime.h"

#define LAB_RANK 12 /* largest rank of an array here */

typedef struct lab {
  tsr_runtime *rt;
  tsr_device *cpu;
  tsr_arena arena; /* of one input */
} lab;

/* lab_begin, lab_end - around one input, with a runtime of the layers of the first. The end fails
 * if a tensor is still held.
 */
lab *lab_begin(tsr_register_list layers);
void lab_end(lab *l);

/* lab_limit_blocks - from now on no block is larger than LAB_LARGEST_BLOCK. */
#define LAB_LARGEST_BLOCK (1 << 22)
void lab_limit_blocks(void);

/* lab_fail_after - n more allocations are granted, and the next one is not; a negative n: all are.
 * Gives what was left before. Only once lab_limit_blocks was called.
 */
int64_t lab_fail_after(int64_t n);

/* lab_ok - status must be OK. */
void lab_ok(tsr_status status, const char *what);

/* lab_refused - is it an error? Then it must be a known one with a message. */
bool lab_refused(tsr_status status, const char *what);

/* lab_array - random elements; the like of them along axes of size > 1 when repeated. Floats
 * are small multiples of 1/8 when is_round, and in (-2, 2).
 */
tsr_array lab_array(lab *l, source *s, tsr_dtype dtype, int32_t rank, const int64_t *dims,
                    bool is_round, bool repeated);

/* lab_upload - an array as a tensor with random strides: permuted, reversed, with gaps, or 0
 * along an axis where the elements repeat.
 */
tsr_tensor *lab_upload(lab *l, source *s, const tsr_array *array);

/* lab_dense - the same in C order, in memory of the device. */
tsr_tensor *lab_dense(lab *l, const tsr_array *array);

/* A tensor for results with random strides, whose gaps must stay as they are. */
typedef struct lab_target {
  tsr_tensor *tensor;
  const unsigned char *memory; /* all of its storage */
  unsigned char *kept;
  size_t size;
} lab_target;

/* lab_target_open, lab_target_close - close gives the elements and fails when a gap changed. */
lab_target lab_target_open(lab *l, source *s, tsr_dtype dtype, int32_t rank, const int64_t *dims);
tsr_array lab_target_close(lab *l, lab_target *target);

/* lab_read - the elements of a tensor. */
tsr_array lab_read(lab *l, tsr_tensor *tensor);

/* lab_compare - equal, floats within tolerance times (1 + size); what and i are for the report. */
void lab_compare(const char *what, int32_t i, const tsr_array *got, const tsr_array *want,
                 double tolerance);

#endif /* LAB_H */
