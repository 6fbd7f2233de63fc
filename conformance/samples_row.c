/* samples_row.c - samples of elementwise ops, from their row alone.
 *
 * Attributes made of words and dtypes take every value. The dtypes of operands other than
 * the key are found by asking the infer rule, so select, shifts and the like need no entry.
 */
#include "sample.h"

#include <string.h>

/* Combinations of edge values take edges^operands elements. */
#define EDGES 16

bool samples_row_suffices(const tsr_op *op) {
  const bool family = op->family == TSR_FAMILY_ELEMENTWISE || op->family == TSR_FAMILY_ANALYTIC ||
                      op->family == TSR_FAMILY_TYPE;
  if (!family || op->key < 0 || op->min_inputs != op->max_inputs || op->max_inputs > 3)
    return false;
  for (int32_t i = 0; op->attrs != NULL && i < op->attrs->n_fields; i++) {
    const tsr_attr_kind kind = op->attrs->fields[i].kind;
    if (kind != TSR_ATTR_ENUM && kind != TSR_ATTR_DTYPE) return false;
  }
  return true;
}

/* ---- attributes ---- */

static int32_t values_of(const tsr_attr_field *f) {
  int32_t n = 0;
  if (f->kind == TSR_ATTR_DTYPE) return TSR_DTYPE_COUNT;
  while (f->names[n] != NULL)
    n++;
  return n;
}

/* Combination number i of the values of all fields; false when there are no more. */
static bool choose(const tsr_attr_class *isa, int32_t i, char *attrs) {
  for (int32_t k = 0; isa != NULL && k < isa->n_fields; k++) {
    const tsr_attr_field *f = &isa->fields[k];
    const int32_t n = values_of(f), value = i % n;
    const tsr_dtype dtype = (tsr_dtype)value;
    i /= n;
    if (f->kind == TSR_ATTR_DTYPE)
      memcpy(attrs + f->offset, &dtype, sizeof dtype);
    else
      memcpy(attrs + f->offset, &value, sizeof value);
  }
  return i == 0;
}

/* ---- operands ---- */

/* Operands that are drawn from low .. high where they are integers. */
typedef struct range {
  const char *op;
  int32_t operand;
  int64_t low, high;
} range;
static const range ranges[] = {
    {"pow", 1, 0, 67}  /* a negative exponent is ERR_NUMERIC */
};

static void restrict_all(const tsr_op *op, sample_operand *in) {
  for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++)
    if (strcmp(ranges[r].op, op->name) == 0) {
      in[ranges[r].operand].low = ranges[r].low;
      in[ranges[r].operand].high = ranges[r].high;
    }
}

static void shape_all(sample_operand *in, int32_t n, tsr_dims dims, sample_fill fill) {
  for (int32_t i = 0; i < n; i++) {
    in[i].dims = dims;
    in[i].fill = fill;
  }
}

/* The first dtypes of the other operands that the infer rule takes. */
static bool find_dtypes(const sample_list *list, const void *attrs, sample_operand *in) {
  const tsr_dtype others[] = {list->key, TSR_BOOL, TSR_I32, tsr_dtype_real(list->key)};
  const int32_t n = (int32_t)(sizeof others / sizeof *others), n_in = list->op->min_inputs;
  for (int32_t c = 0; c < n * n * n; c++) {
    tsr_status status;
    for (int32_t i = 0, rest = c; i < n_in; i++, rest /= n)
      in[i].dtype = i == list->op->key ? list->key : others[rest % n];
    if (sample_infers(list, attrs, n_in, in, &status)) return true;
  }
  return false;
}

static void add_all(sample_list *list, const void *attrs, bool is_first) {
  static const int64_t none[] = {3, 0, 2}, one[] = {1}, some[] = {2, 3, 5}, big[] = {70003};
  static const int64_t deep[] = {1, 2, 1, 2, 1, 2, 1, 2, 3};
  static const int64_t edges[] = {EDGES, EDGES * EDGES, EDGES * EDGES * EDGES};
  const tsr_dims always[] =
      {
          TSR_NO_DIMS, {some, 3}
  },
                 once[] = {{none, 3}, {one, 1}, {deep, 9}};
  const int32_t n_in = list->op->min_inputs;
  sample_operand in[SAMPLE_IN] = {{0}};
  if (!find_dtypes(list, attrs, in)) return;
  restrict_all(list->op, in);
  for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
    shape_all(in, n_in, always[i], FILL_RANDOM);
    sample_add(list, attrs, n_in, in);
  }
  shape_all(in, n_in, (tsr_dims){&edges[n_in - 1], 1}, FILL_EDGES);
  sample_add(list, attrs, n_in, in);
  for (size_t i = 0; is_first && i < sizeof once / sizeof *once; i++) {
    shape_all(in, n_in, once[i], FILL_RANDOM);
    sample_add(list, attrs, n_in, in);
  }
  shape_all(in, n_in, (tsr_dims){big, 1}, FILL_RANDOM);
  if (is_first) sample_add_large(list, attrs, n_in, in);
}

void samples_from_row(sample_list *list) {
  const tsr_attr_class *isa = list->op->attrs;
  void *attrs = NULL;
  if (isa != NULL) list->status = tsr_arena_alloc(&list->arena, isa->size, &attrs);
  for (int32_t i = 0; list->status == TSR_OK && choose(isa, i, attrs); i++)
    add_all(list, attrs, list->n == 0);
}
