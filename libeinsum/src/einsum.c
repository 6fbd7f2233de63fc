/* einsum.c - a formula and its operands become a tree of core operations.
 *
 * No op of its own is needed, so derivatives, batching and every backend come for free.
 */
#include "tsr/einsum.h"

#include "einsum_internal.h"

#include <inttypes.h>

#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* What a symbolic size counts for when nothing is known of it. */
enum {
  USUAL_SIZE = 64
};

typedef struct einsum {
  tsr_builder *b;
  tsr_arena *arena;
  tsri_formula f;
  tsri_operand *operands; /* [2 n - 1] */
  tsr_dim *dims;          /* [n_labels] */
  bool *keep;             /* [n_labels] */
  int32_t *count;         /* [n_labels] live operands that have it, and one for the output */
} einsum;

tsr_status tsr_einsum_register(tsr_runtime *rt) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: runtime is NULL");
  return TSR_OK; /* all it needs are core ops */
}

/* ---- checks ---- */

static tsr_status check_rank(const einsum *e, int32_t i, const tsr_type *type) {
  if (type->rank == e->f.terms[i].n) return TSR_OK;
  char text[160];
  return TSR_FAIL(TSR_ERR_SHAPE, "einsum: operand %" PRId32 " is %s, but has %" PRId32 " label%s",
                  i, tsr_type_format(type, text, sizeof text), e->f.terms[i].n,
                  e->f.terms[i].n == 1 ? "" : "s");
}

static tsr_status bad_size(const einsum *e, int32_t label, int32_t i, tsr_dim m, tsr_dim n) {
  char name[TSRI_LABEL_TEXT], text_m[80], text_n[80];
  bool known = tsr_dim_is_const(m) && tsr_dim_is_const(n);
  return TSR_FAIL(TSR_ERR_SHAPE, "einsum: %s has size %s, but size %s in operand %" PRId32 "%s",
                  tsri_label_text(e->f.numbered, e->f.names[label], name),
                  tsr_dim_format(m, text_m, sizeof text_m),
                  tsr_dim_format(n, text_n, sizeof text_n), i,
                  known ? "" : ", and the two are not known to be equal");
}

/* Give each label its size. */
static tsr_status bind_labels(einsum *e, int32_t i, const tsr_type *type, bool *bound) {
  const tsri_term *t = &e->f.terms[i];
  for (int32_t k = 0; k < t->n; k++) {
    int32_t label = t->labels[k];
    if (!bound[label]) e->dims[label] = type->dims[k];
    bound[label] = true;
    if (!tsr_dim_same(e->b->space, e->dims[label], type->dims[k]))
      return bad_size(e, label, i, e->dims[label], type->dims[k]);
    e->count[label]++;
  }
  return TSR_OK;
}

static tsr_status check_operands(einsum *e, tsr_values in) {
  void *bound;
  tsr_dtype dtype = TSR_DTYPE_COUNT;
  TSR_TRY(tsr_arena_alloc(e->arena, (size_t)e->f.n_labels * sizeof(bool), &bound));
  for (int32_t i = 0; i < e->f.n_terms; i++) {
    tsr_type type;
    TSR_TRY(tsr_value_type(e->b, in.data[i], &type));
    TSR_TRY(check_rank(e, i, &type));
    TSR_TRY(bind_labels(e, i, &type, bound));
    if (type.dtype == TSR_BOOL)
      return TSR_FAIL(TSR_ERR_DTYPE, "einsum: operand %" PRId32 " is bool: convert it", i);
    if (i > 0 && type.dtype != dtype)
      return TSR_FAIL(TSR_ERR_DTYPE, "einsum: operand 0 is %s, but operand %" PRId32 " is %s",
                      tsr_dtype_name(dtype), i, tsr_dtype_name(type.dtype));
    dtype = type.dtype;
    e->operands[i] = (tsri_operand){in.data[i], e->f.terms[i]};
  }
  for (int32_t k = 0; k < e->f.output.n; k++)
    e->count[e->f.output.labels[k]]++;
  return TSR_OK;
}

/* ---- sizes for the path ---- */

/* Symbols stand for their hints. */
static tsr_status estimate_sizes(einsum *e, double **out) {
  int32_t n_symbols = tsr_dim_symbols(e->b->space);
  void *memory;
  TSR_TRY(tsr_arena_alloc(e->arena, (size_t)n_symbols * sizeof(int64_t), &memory));
  int64_t *hints = memory;
  for (int32_t i = 0; i < n_symbols; i++) {
    int64_t hint = tsr_dim_hint(e->b->space, i);
    hints[i] = hint > 0 ? hint : USUAL_SIZE;
  }
  TSR_TRY(tsr_arena_alloc(e->arena, (size_t)e->f.n_labels * sizeof(double), &memory));
  *out = memory;
  for (int32_t l = 0; l < e->f.n_labels; l++) {
    int64_t n;
    TSR_TRY(tsr_dim_eval(e->dims[l], hints, &n));
    (*out)[l] = n > 0 ? (double)n : 1;
  }
  return TSR_OK;
}

/* ---- the tree ---- */

/* Diagonals are taken and lonely labels summed out before anything is multiplied. */
static tsr_status reduce_operand(einsum *e, tsri_operand *x) {
  for (int32_t k = 0; k < x->term.n; k++)
    e->count[x->term.labels[k]]--;
  TSR_TRY(tsri_einsum_diagonal(e->b, e->arena, x));
  for (int32_t k = 0; k < x->term.n; k++) {
    int32_t label = x->term.labels[k];
    e->keep[label] = e->count[label] > 0;
  }
  TSR_TRY(tsri_einsum_sum_out(e->b, e->arena, e->keep, x));
  for (int32_t k = 0; k < x->term.n; k++)
    e->count[x->term.labels[k]]++;
  return TSR_OK;
}

static tsr_status join(einsum *e, tsri_pair pair, bool last, tsri_operand *out) {
  const tsri_operand *x = &e->operands[pair.lhs], *y = &e->operands[pair.rhs];
  for (int32_t k = 0; k < x->term.n; k++)
    e->count[x->term.labels[k]]--;
  for (int32_t k = 0; k < y->term.n; k++)
    e->count[y->term.labels[k]]--;
  for (int32_t k = 0; k < x->term.n; k++)
    e->keep[x->term.labels[k]] = e->count[x->term.labels[k]] > 0;
  for (int32_t k = 0; k < y->term.n; k++)
    e->keep[y->term.labels[k]] = e->count[y->term.labels[k]] > 0;
  TSR_TRY(tsri_einsum_contract(e->b, e->arena, x, y, e->keep, last ? &e->f.output : NULL, out));
  for (int32_t k = 0; k < out->term.n; k++)
    e->count[out->term.labels[k]]++;
  return TSR_OK;
}

static tsr_status build_tree(einsum *e, tsr_value *out) {
  int32_t n = e->f.n_terms;
  double *sizes;
  tsri_pair *pairs;
  for (int32_t i = 0; i < n; i++) {
    TSR_TRY(reduce_operand(e, &e->operands[i]));
    e->f.terms[i] = e->operands[i].term;
  }
  if (n == 1) TSR_TRY(tsri_einsum_permute(e->b, e->arena, &e->f.output, &e->operands[0]));
  TSR_TRY(estimate_sizes(e, &sizes));
  TSR_TRY(tsri_path_greedy(&e->f, sizes, e->arena, &pairs));
  for (int32_t i = 0; i < n - 1; i++)
    TSR_TRY(join(e, pairs[i], i == n - 2, &e->operands[n + i]));
  *out = e->operands[2 * n - 2].value;
  return TSR_OK;
}

static tsr_status build(einsum *e, tsr_values in, tsr_value *out) {
  size_t n = (size_t)e->f.n_terms, n_labels = (size_t)e->f.n_labels;
  void *operands, *dims, *keep, *count;
  if (n != in.n || n == 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "einsum: the formula has %zu term%s, but there are %zu operands", n,
                    n == 1 ? "" : "s", in.n);
  for (size_t i = 0; i < n; i++)
    if (tsr_value_is_zero(in.data[i])) { /* whatever the others are */
      *out = TSR_ZERO_VALUE;
      return TSR_OK;
    }
  TSR_TRY(tsr_arena_alloc(e->arena, 2 * n * sizeof *e->operands, &operands));
  TSR_TRY(tsr_arena_alloc(e->arena, n_labels * sizeof *e->dims, &dims));
  TSR_TRY(tsr_arena_alloc(e->arena, n_labels * sizeof *e->keep, &keep));
  TSR_TRY(tsr_arena_alloc(e->arena, n_labels * sizeof *e->count, &count));
  e->operands = operands, e->dims = dims, e->keep = keep, e->count = count;
  TSR_TRY(check_operands(e, in));
  return build_tree(e, out);
}

/* Run the build with an arena, and let the builder latch what it says. */
static tsr_value finish(einsum *e, tsr_status status, tsr_values in) {
  tsr_value out = TSR_NO_VALUE;
  if (status == TSR_OK) status = build(e, in, &out);
  tsr_arena_deinit(e->arena);
  if (status == TSR_OK) return out;
  tsr_builder_fail(e->b, status);
  return TSR_NO_VALUE;
}

tsr_value tsr_einsum(tsr_builder *b, const char *formula, tsr_values in) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_arena arena = {0};
  einsum e = {.b = b, .arena = &arena};
  return finish(&e, tsri_formula_parse(formula, &arena, &e.f), in);
}

tsr_value tsr_einsum_numbered(tsr_builder *b, tsr_values in, const tsr_axes *labels,
                              tsr_axes output) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_arena arena = {0};
  einsum e = {.b = b, .arena = &arena};
  return finish(&e, tsri_formula_number(in.n, labels, output, &arena, &e.f), in);
}
