/* einsum.c - a formula and its operands become a tree of core operations.
 *
 * No op of its own is needed, so derivatives, batching and every backend come for free.
 */
#include "tsr/einsum.h"

#include "einsum_internal.h"

#include <inttypes.h>

#include "tsr/ops.h"
#include "tsr/spi/builder.h"

typedef struct einsum {
  tsr_builder *b;
  tsr_arena *arena;
  const tsri_formula *f;
  const tsri_pair *pairs; /* [n - 1] the caller's, or NULL */
  tsri_contraction c;
  tsri_operand *operands; /* [2 n - 1] */
  bool *keep;             /* [n_labels] */
  int32_t *count;         /* [n_labels] live operands that have it, and one for the output */
} einsum;

tsr_status tsr_einsum_register(tsr_runtime *rt) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: runtime is NULL");
  return TSR_OK; /* all it needs are core ops */
}

/* ---- checks ---- */

static tsr_status check_dtypes(int32_t n, const tsr_type *types) {
  for (int32_t i = 0; i < n; i++) {
    if (types[i].dtype == TSR_BOOL)
      return TSR_FAIL(TSR_ERR_DTYPE, "einsum: operand %" PRId32 " is bool: convert it", i);
    if (types[i].dtype != types[0].dtype)
      return TSR_FAIL(TSR_ERR_DTYPE, "einsum: operand 0 is %s, but operand %" PRId32 " is %s",
                      tsr_dtype_name(types[0].dtype), i, tsr_dtype_name(types[i].dtype));
  }
  return TSR_OK;
}

static void count_labels(einsum *e, const tsri_term *t, int32_t change) {
  for (int32_t k = 0; k < t->n; k++)
    e->count[t->labels[k]] += change;
}

/* Drop the axes of size 1 that stand for all indices of their label. */
static tsr_status drop_repeated(einsum *e, const tsr_type *type, tsri_operand *x) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(e->arena, (size_t)x->term.n * sizeof(int64_t), &memory));
  tsr_axes axes = {memory, 0};
  int32_t n = 0;
  for (int32_t k = 0; k < type->rank; k++) {
    const int32_t label = x->term.labels[k];
    if (tsri_is_repeated(&e->c, label, type->dims[k]))
      ((int64_t *)memory)[axes.n++] = k;
    else
      x->term.labels[n++] = label;
  }
  x->term.n = n;
  if (axes.n > 0) x->value = tsr_squeeze(e->b, x->value, axes);
  return tsr_builder_status(e->b);
}

static tsr_status take_operands(einsum *e, tsr_values in) {
  const int32_t n = e->f->n_terms;
  void *types_memory, *operands, *keep, *count;
  TSR_TRY(tsr_arena_alloc(e->arena, (size_t)n * sizeof(tsr_type), &types_memory));
  TSR_TRY(tsr_arena_alloc(e->arena, 2 * (size_t)n * sizeof *e->operands, &operands));
  tsr_type *types = types_memory;
  for (int32_t i = 0; i < n; i++)
    TSR_TRY(tsr_value_type(e->b, in.data[i], &types[i]));
  TSR_TRY(tsri_resolve(e->f, types, e->b->space, e->arena, &e->c));
  TSR_TRY(check_dtypes(n, types));
  TSR_TRY(tsr_arena_alloc(e->arena, (size_t)e->c.n_labels * sizeof *e->keep, &keep));
  TSR_TRY(tsr_arena_alloc(e->arena, (size_t)e->c.n_labels * sizeof *e->count, &count));
  e->operands = operands, e->keep = keep, e->count = count;
  for (int32_t i = 0; i < n; i++) {
    e->operands[i] = (tsri_operand){in.data[i], e->c.terms[i]};
    TSR_TRY(drop_repeated(e, &types[i], &e->operands[i]));
    count_labels(e, &e->operands[i].term, 1);
  }
  count_labels(e, &e->c.output, 1);
  return TSR_OK;
}

/* ---- the tree ---- */

/* Diagonals are taken and lonely labels summed out before anything is multiplied. */
static tsr_status reduce_operand(einsum *e, tsri_operand *x) {
  count_labels(e, &x->term, -1);
  TSR_TRY(tsri_einsum_diagonal(e->b, e->arena, x));
  for (int32_t k = 0; k < x->term.n; k++) {
    int32_t label = x->term.labels[k];
    e->keep[label] = e->count[label] > 0;
  }
  TSR_TRY(tsri_einsum_sum_out(e->b, e->arena, e->keep, x));
  count_labels(e, &x->term, 1);
  return TSR_OK;
}

static tsr_status join(einsum *e, tsri_pair pair, bool last, tsri_operand *out) {
  const tsri_operand *x = &e->operands[pair.lhs], *y = &e->operands[pair.rhs];
  count_labels(e, &x->term, -1);
  count_labels(e, &y->term, -1);
  for (int32_t k = 0; k < x->term.n; k++)
    e->keep[x->term.labels[k]] = e->count[x->term.labels[k]] > 0;
  for (int32_t k = 0; k < y->term.n; k++)
    e->keep[y->term.labels[k]] = e->count[y->term.labels[k]] > 0;
  TSR_TRY(tsri_einsum_contract(e->b, e->arena, x, y, e->keep, last ? &e->c.output : NULL, out));
  count_labels(e, &out->term, 1);
  return TSR_OK;
}

static tsr_status find_path(einsum *e) {
  if (e->pairs) return TSR_OK;
  double *sizes;
  tsri_pair *pairs;
  for (int32_t i = 0; i < e->c.n_terms; i++)
    e->c.terms[i] = e->operands[i].term;
  TSR_TRY(tsri_estimate_sizes(&e->c, e->b->space, e->arena, &sizes));
  TSR_TRY(tsri_order(&e->c, e->c.terms, sizes, e->arena, &pairs));
  e->pairs = pairs;
  return TSR_OK;
}

static tsr_status build_tree(einsum *e, tsr_value *out) {
  const int32_t n = e->c.n_terms;
  tsri_operand *last = &e->operands[2 * n - 2];
  for (int32_t i = 0; i < n; i++)
    TSR_TRY(reduce_operand(e, &e->operands[i]));
  TSR_TRY(find_path(e));
  for (int32_t i = 0; i < n - 1; i++)
    TSR_TRY(join(e, e->pairs[i], i == n - 2, &e->operands[n + i]));
  TSR_TRY(tsri_einsum_permute(e->b, e->arena, &e->c.output, last));
  TSR_TRY(tsri_einsum_embed(e->b, e->arena, &e->c.written, last));
  *out = last->value;
  return TSR_OK;
}

static tsr_status build(einsum *e, tsr_values in, tsr_value *out) {
  const size_t n = (size_t)e->f->n_terms;
  if (n != in.n || n == 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "einsum: the formula has %zu term%s, but there are %zu operands", n,
                    n == 1 ? "" : "s", in.n);
  if (!in.data) return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: %zu operands, but no list", in.n);
  for (size_t i = 0; i < n; i++)
    if (tsr_value_is_zero(in.data[i])) { /* whatever the others are */
      *out = TSR_ZERO_VALUE;
      return TSR_OK;
    }
  TSR_TRY(take_operands(e, in));
  return build_tree(e, out);
}

/* Build with what was read, and let the builder latch what goes wrong. */
static tsr_value finish(tsr_builder *b, tsr_status status, const tsri_formula *f,
                        const tsri_pair *pairs, tsr_arena *arena, tsr_values in) {
  tsr_value out = TSR_NO_VALUE;
  einsum e = {.b = b, .arena = arena, .f = f, .pairs = pairs};
  if (status == TSR_OK) status = build(&e, in, &out);
  tsr_arena_deinit(arena);
  if (status == TSR_OK) return out;
  tsr_builder_fail(b, status);
  return TSR_NO_VALUE;
}

tsr_value tsr_einsum(tsr_builder *b, const char *formula, tsr_values in) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_arena arena = {0};
  tsri_formula f;
  tsr_status status = tsri_formula_parse(formula, &arena, &f);
  return finish(b, status, &f, NULL, &arena, in);
}

tsr_value tsr_einsum_numbered(tsr_builder *b, tsr_values in, const tsr_axes *labels,
                              tsr_axes output) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_arena arena = {0};
  tsri_formula f;
  tsr_status status = tsri_formula_number(in.n, labels, output, &arena, &f);
  return finish(b, status, &f, NULL, &arena, in);
}

tsr_value tsr_einsum_along(tsr_builder *b, const tsr_einsum_path *path, tsr_values in) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_arena arena = {0};
  tsr_status status = path ? TSR_OK : TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the path is NULL");
  return finish(b, status, path ? tsri_path_formula(path) : NULL,
                path ? tsri_path_pairs(path) : NULL, &arena, in);
}
