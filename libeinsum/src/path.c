/* path.c - a path as an object: the order of contractions, what they cost, and a table of it. */
#include "einsum_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tsr/einsum.h"

struct tsr_einsum_path {
  tsr_object object;
  tsr_arena arena; /* owns all of the below */
  tsri_formula f;
  tsri_contraction c;
  tsr_dtype dtype;
  const tsri_pair *pairs;
  tsri_term *terms;       /* [2 n - 1] labels that each number keeps */
  double *sizes;          /* [n_labels] */
  tsr_einsum_step *steps; /* [n - 1] */
  tsr_einsum_cost cost;
};

static void deinit(void *self) {
  tsr_einsum_path *p = self;
  tsr_arena_deinit(&p->arena);
}

static const tsr_class path_class = {
    .name = "einsum_path", .size = sizeof(tsr_einsum_path), .deinit = deinit};
TSR_OBJECT_DEFINE(tsr_einsum_path)

const tsri_formula *tsri_path_formula(const tsr_einsum_path *path) { return &path->f; }
const tsri_pair *tsri_path_pairs(const tsr_einsum_path *path) { return path->pairs; }

/* ---- terms ---- */

/* An operand's labels once diagonals are taken and lonely labels summed out. */
static void reduce_term(const tsri_contraction *c, const tsr_type *type, const int32_t *uses,
                        tsri_term *t) {
  int32_t n = 0;
  for (int32_t k = 0; k < t->n; k++) {
    const int32_t label = t->labels[k];
    tsri_term before = {n, t->labels};
    if (tsri_is_repeated(c, label, type->dims[k]) || uses[label] < 2) continue;
    if (tsri_term_find(&before, label) < 0) t->labels[n++] = label;
  }
  t->n = n;
}

/* How many operands, and the output, have each label. */
static void count_users(const tsri_contraction *c, const tsr_type *types, int32_t *uses) {
  for (int32_t k = 0; k < c->output.n; k++)
    uses[c->output.labels[k]]++;
  for (int32_t i = 0; i < c->n_terms; i++)
    for (int32_t k = 0; k < c->terms[i].n; k++) {
      const int32_t label = c->terms[i].labels[k];
      if (tsri_term_find(&c->terms[i], label) == k && !tsri_is_repeated(c, label, types[i].dims[k]))
        uses[label]++;
    }
}

static double size_of(const tsr_einsum_path *p, const tsri_term *t) {
  double size = 1;
  for (int32_t k = 0; k < t->n; k++)
    size *= p->sizes[t->labels[k]];
  return size;
}

/* Multiplications, and additions where something is summed over. */
static double flops_of(double loop, int32_t factors, bool sums) {
  return loop * (factors - 1 + sums);
}

/* Labels of two that the output or anyone else needs; uses is kept up to date. */
static tsr_status join_terms(tsr_einsum_path *p, int32_t i, int32_t *uses) {
  const tsri_term *x = &p->terms[p->pairs[i].lhs], *y = &p->terms[p->pairs[i].rhs];
  tsri_term *z = &p->terms[p->c.n_terms + i];
  void *memory;
  TSR_TRY(tsr_arena_alloc(&p->arena, ((size_t)x->n + (size_t)y->n) * sizeof(int32_t), &memory));
  *z = (tsri_term){0, memory};
  double loop = 1;
  for (int32_t k = 0; k < x->n + y->n; k++) {
    const int32_t label = k < x->n ? x->labels[k] : y->labels[k - x->n];
    if (k >= x->n && tsri_term_find(x, label) >= 0) continue;
    loop *= p->sizes[label];
    uses[label] -= 1 + (k < x->n && tsri_term_find(y, label) >= 0);
    if (uses[label] == 0) continue;
    z->labels[z->n++] = label;
    uses[label]++;
  }
  const double size = size_of(p, z);
  p->steps[i] =
      (tsr_einsum_step){p->pairs[i].lhs, p->pairs[i].rhs, flops_of(loop, 2, size != loop), size};
  return TSR_OK;
}

/* ---- cost ---- */

static double bytes_of(const tsr_einsum_path *p, double elements) {
  return elements * (double)tsr_dtype_size(p->dtype);
}

/* Results live from their step to the step that uses them. */
static void measure_steps(tsr_einsum_path *p) {
  double live = 0;
  const int32_t n = p->c.n_terms;
  for (int32_t i = 0; i < n - 1; i++) {
    const tsr_einsum_step *s = &p->steps[i];
    p->cost.flops += s->flops;
    if (s->size > p->cost.largest) p->cost.largest = s->size;
    live += bytes_of(p, s->size);
    if (live > p->cost.peak) p->cost.peak = live;
    if (s->lhs >= n) live -= bytes_of(p, p->steps[s->lhs - n].size);
    if (s->rhs >= n) live -= bytes_of(p, p->steps[s->rhs - n].size);
  }
  const double written = size_of(p, &p->c.written);
  if (written > p->cost.largest) p->cost.largest = written;
  /* one operand has no step; a diagonal is written beside what it is made of */
  if (n == 1 || p->c.written.n > p->c.output.n) live += bytes_of(p, written);
  if (live > p->cost.peak) p->cost.peak = live;
}

static void measure_naive(tsr_einsum_path *p) {
  double loop = 1;
  bool sums = false;
  for (int32_t l = 0; l < p->c.n_labels; l++) {
    loop *= p->sizes[l];
    sums |= tsri_term_find(&p->c.output, l) < 0;
  }
  p->cost.naive = flops_of(loop, p->c.n_terms, sums);
}

/* ---- making it ---- */

/* Sums within operands count as well. */
static tsr_status reduce_operands(tsr_einsum_path *p, const tsr_type *types, int32_t *uses) {
  const tsri_contraction *c = &p->c;
  count_users(c, types, uses);
  for (int32_t i = 0; i < c->n_terms; i++) {
    tsri_term *t = &p->terms[i];
    void *labels;
    TSR_TRY(tsr_arena_copy(&p->arena, c->terms[i].labels, (size_t)c->terms[i].n * sizeof(int32_t),
                           &labels));
    *t = (tsri_term){c->terms[i].n, labels};
    double before = 1;
    for (int32_t k = 0; k < t->n; k++)
      if (tsri_term_find(t, t->labels[k]) == k &&
          !tsri_is_repeated(c, t->labels[k], types[i].dims[k]))
        before *= p->sizes[t->labels[k]];
    reduce_term(c, &types[i], uses, t);
    p->cost.flops += flops_of(before, 1, size_of(p, t) != before);
  }
  memset(uses, 0, (size_t)c->n_labels * sizeof *uses);
  for (int32_t k = 0; k < c->output.n; k++)
    uses[c->output.labels[k]]++;
  for (int32_t i = 0; i < c->n_terms; i++)
    for (int32_t k = 0; k < p->terms[i].n; k++)
      uses[p->terms[i].labels[k]]++;
  return TSR_OK;
}

static tsr_status plan(tsr_einsum_path *p, const tsr_type *types) {
  tsri_pair *pairs;
  void *terms, *uses, *steps;
  const size_t n = (size_t)p->f.n_terms;
  TSR_TRY(tsri_resolve(&p->f, types, NULL, &p->arena, &p->c));
  TSR_TRY(tsri_estimate_sizes(&p->c, NULL, &p->arena, &p->sizes));
  TSR_TRY(tsr_arena_alloc(&p->arena, 2 * n * sizeof *p->terms, &terms));
  TSR_TRY(tsr_arena_alloc(&p->arena, (size_t)p->c.n_labels * sizeof(int32_t), &uses));
  TSR_TRY(tsr_arena_alloc(&p->arena, n * sizeof *p->steps, &steps));
  p->terms = terms, p->steps = steps;
  TSR_TRY(reduce_operands(p, types, uses));
  TSR_TRY(tsri_order(&p->c, p->terms, p->sizes, &p->arena, &pairs));
  p->pairs = pairs;
  for (int32_t i = 0; i < p->c.n_terms - 1; i++)
    TSR_TRY(join_terms(p, i, uses));
  measure_steps(p);
  measure_naive(p);
  return TSR_OK;
}

/* Shapes as types, with dims of the arena. */
static tsr_status types_of(tsr_einsum_path *p, const tsr_dims *shapes, tsr_type **out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(&p->arena, (size_t)p->f.n_terms * sizeof(tsr_type), &memory));
  *out = memory;
  for (int32_t i = 0; i < p->f.n_terms; i++) {
    if (shapes[i].n > INT32_MAX / 8 || (shapes[i].n > 0 && !shapes[i].data))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the shape of operand %" PRId32 " is no list", i);
    TSR_TRY(tsr_arena_alloc(&p->arena, shapes[i].n * sizeof(tsr_dim), &memory));
    tsr_dim *dims = memory;
    for (size_t k = 0; k < shapes[i].n; k++) {
      if (shapes[i].data[k] < 0)
        return TSR_FAIL(TSR_ERR_SHAPE,
                        "einsum: operand %" PRId32 " has size %" PRId64 " along axis %zu", i,
                        shapes[i].data[k], k);
      dims[k] = tsr_dim_of(shapes[i].data[k]);
    }
    (*out)[i] = (tsr_type){p->dtype, (int32_t)shapes[i].n, dims};
  }
  return TSR_OK;
}

static tsr_status fill(tsr_einsum_path *p, const char *formula, const tsr_dims *shapes, size_t n) {
  tsr_type *types;
  if (p->dtype == TSR_BOOL || (uint32_t)p->dtype >= TSR_DTYPE_COUNT)
    return TSR_FAIL(TSR_ERR_DTYPE, "einsum: operands are numbers, not %s",
                    tsr_dtype_name(p->dtype));
  TSR_TRY(tsri_formula_parse(formula, &p->arena, &p->f));
  if (n != (size_t)p->f.n_terms || !shapes)
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "einsum: the formula has %" PRId32 " term%s, but there are %zu shapes",
                    p->f.n_terms, p->f.n_terms == 1 ? "" : "s", shapes ? n : 0);
  TSR_TRY(types_of(p, shapes, &types));
  return plan(p, types);
}

tsr_status tsr_einsum_path_create(const char *formula, tsr_dtype dtype, const tsr_dims *shapes,
                                  size_t n, tsr_einsum_path **out) {
  void *made;
  *out = NULL;
  TSR_TRY(tsr_object_create(&path_class, &made));
  tsr_einsum_path *p = made;
  p->dtype = dtype;
  tsr_status status = fill(p, formula, shapes, n);
  if (status != TSR_OK) {
    tsr_object_release(p);
    return status;
  }
  *out = p;
  return TSR_OK;
}

int32_t tsr_einsum_path_steps(const tsr_einsum_path *path) {
  return path ? path->c.n_terms - 1 : 0;
}
tsr_einsum_step tsr_einsum_path_step(const tsr_einsum_path *path, int32_t i) {
  const bool is_one = i >= 0 && i < tsr_einsum_path_steps(path);
  return is_one ? path->steps[i] : (tsr_einsum_step){0, 0, 0, 0};
}
tsr_einsum_cost tsr_einsum_path_cost(const tsr_einsum_path *path) {
  return path ? path->cost : (tsr_einsum_cost){0, 0, 0, 0};
}

/* ---- the table ---- */

typedef struct text {
  char *buffer;
  size_t size, used; /* used: of the whole text, cut or not */
} text;

TSR_PRINTF(2, 3) static void put(text *t, const char *fmt, ...) {
  va_list args;
  const bool room = t->used < t->size;
  va_start(args, fmt);
  int n = vsnprintf(room ? t->buffer + t->used : NULL, room ? t->size - t->used : 0, fmt, args);
  va_end(args);
  t->used += n > 0 ? (size_t)n : 0;
}

/* Labels one after another; an axis of '...' as its place from the end. */
static void put_term(text *t, const tsr_einsum_path *p, const tsri_term *term) {
  for (int32_t k = 0; k < term->n; k++) {
    char name[TSRI_LABEL_TEXT];
    const int32_t label = term->labels[k];
    if (label >= p->f.n_names)
      put(t, "[%" PRId32 "]", label - p->c.n_labels);
    else
      put(t, "%s", tsri_name_text(false, p->f.names[label], name));
  }
}

static void put_step(text *t, const tsr_einsum_path *p, int32_t i) {
  const tsr_einsum_step *s = &p->steps[i];
  const int32_t n = p->c.n_terms;
  put(t, "%4" PRId32 "  %4" PRId32 " %4" PRId32 "  %9.3g  %9.3g  ", n + i, s->lhs, s->rhs, s->flops,
      s->size);
  put_term(t, p, &p->terms[s->lhs]);
  put(t, ",");
  put_term(t, p, &p->terms[s->rhs]);
  put(t, "->");
  put_term(t, p, i == n - 2 ? &p->c.written : &p->terms[n + i]);
  put(t, "\n");
}

size_t tsr_einsum_path_format(const tsr_einsum_path *path, char *buffer, size_t size) {
  text t = {buffer, buffer ? size : 0, 0};
  if (t.size > 0) buffer[0] = '\0';
  if (!path) return 0;
  const int32_t n = path->c.n_terms;
  const tsr_einsum_cost *c = &path->cost;
  put(&t, "%" PRId32 " operand%s of %s, %" PRId32 " step%s\n", n, n == 1 ? "" : "s",
      tsr_dtype_name(path->dtype), n - 1, n == 2 ? "" : "s");
  put(&t, "flops    %9.3g   (one loop: %.3g", c->flops, c->naive);
  if (c->flops > 0) put(&t, ", %.3g times as many", c->naive / c->flops);
  put(&t, ")\nlargest  %9.3g   elements\npeak     %9.3g   bytes\n", c->largest, c->peak);
  if (n > 1) put(&t, "\nmade   from          flops       size  contraction\n");
  for (int32_t i = 0; i < n - 1; i++)
    put_step(&t, path, i);
  return t.used;
}
