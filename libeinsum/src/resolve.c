/* resolve.c - a formula meets its operands: an ellipsis becomes axes, labels get sizes.
 *
 * The axes of all ellipses are aligned at their last one, as in broadcasting. A label has
 * the size that its axes have; 1 stands for any.
 */
#include "einsum_internal.h"

#include <inttypes.h>
#include <stdio.h>

const char *tsri_label_text(const tsri_contraction *c, int32_t label,
                            char buffer[TSRI_LABEL_TEXT]) {
  char name[TSRI_LABEL_TEXT];
  const tsri_formula *f = c->from;
  if (label >= f->n_names) {
    snprintf(buffer, TSRI_LABEL_TEXT, "axis %" PRId32 " of '...'", label - c->n_labels);
  } else {
    tsri_name_text(f->numbered, f->names[label], name);
    snprintf(buffer, TSRI_LABEL_TEXT, f->numbered ? "label %.24s" : "label '%.24s'", name);
  }
  return buffer;
}

/* ---- how many axes ---- */

static bool has_ellipsis(const tsri_term *t) { return tsri_term_find(t, TSRI_ELLIPSIS) >= 0; }

static tsr_status check_rank(const tsri_formula *f, int32_t i, const tsr_type *type,
                             int32_t *n_ellipsis) {
  const tsri_term *t = &f->terms[i];
  const bool open = has_ellipsis(t);
  const int32_t named = t->n - open;
  if (type->rank == named || (open && type->rank > named)) {
    if (type->rank - named > *n_ellipsis) *n_ellipsis = type->rank - named;
    return TSR_OK;
  }
  char text[160];
  return TSR_FAIL(TSR_ERR_SHAPE, "einsum: operand %" PRId32 " is %s, but has %" PRId32 " label%s%s",
                  i, tsr_type_format(type, text, sizeof text), named, named == 1 ? "" : "s",
                  open ? " besides '...'" : "");
}

/* ---- labels ---- */

/* A term of a formula, with the last n labels of the ellipsis in its place. */
static tsr_status expand(const tsri_contraction *c, const tsri_term *t, int32_t n, tsr_arena *arena,
                         tsri_term *out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, ((size_t)t->n + (size_t)n) * sizeof(int32_t), &memory));
  *out = (tsri_term){0, memory};
  for (int32_t k = 0; k < t->n; k++) {
    if (t->labels[k] != TSRI_ELLIPSIS) out->labels[out->n++] = t->labels[k];
    for (int32_t j = n; t->labels[k] == TSRI_ELLIPSIS && j > 0; j--)
      out->labels[out->n++] = c->n_labels - j;
  }
  return TSR_OK;
}

/* Without "->": the ellipsis, then the labels that occur once, by code point. */
static tsr_status derive_output(const tsri_contraction *c, tsr_arena *arena, tsri_term *out) {
  const tsri_formula *f = c->from;
  void *uses_memory, *labels;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)c->n_labels * sizeof(int32_t), &uses_memory));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)c->n_labels * sizeof(int32_t), &labels));
  int32_t *uses = uses_memory;
  for (int32_t i = 0; i < c->n_terms; i++)
    for (int32_t k = 0; k < c->terms[i].n; k++)
      uses[c->terms[i].labels[k]]++;
  *out = (tsri_term){0, labels};
  for (int32_t l = f->n_names; l < c->n_labels; l++)
    out->labels[out->n++] = l;
  const int32_t first = out->n;
  for (int32_t l = 0; l < f->n_names; l++) {
    if (uses[l] != 1) continue;
    int32_t at = out->n++;
    for (; at > first && f->names[out->labels[at - 1]] > f->names[l]; at--)
      out->labels[at] = out->labels[at - 1];
    out->labels[at] = l;
  }
  return TSR_OK;
}

static tsr_status write_output(tsri_contraction *c, int32_t n_ellipsis, tsr_arena *arena) {
  const tsri_formula *f = c->from;
  if (!f->has_output) return derive_output(c, arena, &c->written);
  if (n_ellipsis > 0 && !has_ellipsis(&f->output))
    return TSR_FAIL(TSR_ERR_SHAPE,
                    "einsum: operands have %" PRId32 " ax%s for '...', but the output has no "
                    "'...': add it there, or name the axes",
                    n_ellipsis, n_ellipsis == 1 ? "is" : "es");
  return expand(c, &f->output, n_ellipsis, arena, &c->written);
}

/* A term without what it repeats. */
static tsr_status distinct(const tsri_term *t, tsr_arena *arena, tsri_term *out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)t->n * sizeof(int32_t), &memory));
  *out = (tsri_term){0, memory};
  for (int32_t k = 0; k < t->n; k++)
    if (tsri_term_find(out, t->labels[k]) < 0) out->labels[out->n++] = t->labels[k];
  return TSR_OK;
}

/* ---- sizes ---- */

static tsr_status bad_size(const tsri_contraction *c, int32_t label, int32_t i, tsr_dim m,
                           tsr_dim n) {
  char name[TSRI_LABEL_TEXT], text_m[80], text_n[80];
  bool known = tsr_dim_is_const(m) && tsr_dim_is_const(n);
  return TSR_FAIL(TSR_ERR_SHAPE, "einsum: %s has size %s, but size %s in operand %" PRId32 "%s",
                  tsri_label_text(c, label, name), tsr_dim_format(m, text_m, sizeof text_m),
                  tsr_dim_format(n, text_n, sizeof text_n), i,
                  known ? "" : ", and the two are not known to be equal");
}

/* Axes of one operand that share a label are a diagonal: there 1 is 1. */
static tsr_status check_diagonals(const tsri_contraction *c, int32_t i, const tsr_type *type,
                                  const tsr_dim_space *space) {
  const tsri_term *t = &c->terms[i];
  for (int32_t k = 1; k < t->n; k++) {
    const int32_t first = tsri_term_find(t, t->labels[k]);
    if (!tsr_dim_same(space, type->dims[first], type->dims[k]))
      return bad_size(c, t->labels[k], i, type->dims[first], type->dims[k]);
  }
  return TSR_OK;
}

static tsr_status bind_labels(tsri_contraction *c, int32_t i, const tsr_type *type,
                              const tsr_dim_space *space, bool *bound) {
  const tsri_term *t = &c->terms[i];
  for (int32_t k = 0; k < t->n; k++) {
    const int32_t label = t->labels[k];
    const tsr_dim dim = type->dims[k], known = c->dims[label];
    if (!bound[label] || tsr_dim_is(known, 1))
      c->dims[label] = dim;
    else if (!tsr_dim_is(dim, 1) && !tsr_dim_same(space, known, dim))
      return bad_size(c, label, i, known, dim);
    bound[label] = true;
  }
  return check_diagonals(c, i, type, space);
}

tsr_status tsri_resolve(const tsri_formula *f, const tsr_type *types, const tsr_dim_space *space,
                        tsr_arena *arena, tsri_contraction *out) {
  int32_t n_ellipsis = 0;
  *out = (tsri_contraction){.from = f, .n_terms = f->n_terms};
  for (int32_t i = 0; i < f->n_terms; i++)
    TSR_TRY(check_rank(f, i, &types[i], &n_ellipsis));
  out->n_labels = f->n_names + n_ellipsis;
  void *terms, *dims, *bound;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)f->n_terms * sizeof *out->terms, &terms));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)out->n_labels * sizeof *out->dims, &dims));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)out->n_labels * sizeof(bool), &bound));
  out->terms = terms;
  out->dims = dims;
  for (int32_t i = 0; i < f->n_terms; i++) {
    const tsri_term *t = &f->terms[i];
    const int32_t n = has_ellipsis(t) ? types[i].rank - t->n + 1 : 0;
    TSR_TRY(expand(out, t, n, arena, &out->terms[i]));
    TSR_TRY(bind_labels(out, i, &types[i], space, bound));
  }
  TSR_TRY(write_output(out, n_ellipsis, arena));
  return distinct(&out->written, arena, &out->output);
}
