/* expr.c - fused expressions: checked, copied deeply, compared by content. */
#include "expr_text_internal.h"

#include "tsr/alloc.h"
#include "tsr/hash.h"

static void expr_deinit(void *self) {
  tsr_expr *e = self;
  for (int32_t i = 0; e->steps && i < e->n_steps; i++) {
    const tsr_expr_step *s = &e->steps[i];
    if (s->attrs) tsr_attr_release(s->op->attrs, (void *)(uintptr_t)s->attrs);
  }
  tsr_arena_deinit(&e->arena);
  tsr_dim_space_release(e->space);
}

static bool same_dims(const tsr_expr *a, const tsr_expr *b) {
  for (int32_t i = 0; i < a->rank; i++) {
    if (a->dims[i].n != b->dims[i].n || a->dims[i].expr != b->dims[i].expr) return false;
  }
  return true;
}

static bool same_load(const tsr_expr_load *a, const tsr_expr_load *b) {
  if (a->dtype != b->dtype || a->rank != b->rank) return false;
  for (int32_t i = 0; i < a->rank; i++) {
    if (a->axes[i] != b->axes[i]) return false;
  }
  return true;
}

static bool same_step(const tsr_expr_step *a, const tsr_expr_step *b) {
  if (a->op != b->op || a->dtype != b->dtype) return false;
  for (int32_t i = 0; i < 3; i++) {
    if (a->arg[i] != b->arg[i]) return false;
  }
  return !a->op || !a->op->attrs || tsr_attr_equal(a->op->attrs, a->attrs, b->attrs);
}

static bool same_out(const tsr_expr_out *a, const tsr_expr_out *b) {
  return a->step == b->step && a->reduce == b->reduce && a->reduced == b->reduced;
}

static bool expr_equal(const void *self, const void *other) {
  const tsr_expr *a = self, *b = other;
  if (a->rank != b->rank || a->n_inputs != b->n_inputs || a->n_steps != b->n_steps ||
      a->n_outputs != b->n_outputs || !same_dims(a, b))
    return false;
  for (int32_t i = 0; i < a->n_inputs; i++) {
    if (!same_load(&a->inputs[i], &b->inputs[i])) return false;
  }
  for (int32_t i = 0; i < a->n_steps; i++) {
    if (!same_step(&a->steps[i], &b->steps[i])) return false;
  }
  for (int32_t i = 0; i < a->n_outputs; i++) {
    if (!same_out(&a->outputs[i], &b->outputs[i])) return false;
  }
  return true;
}

static uint64_t hash_pointer(uint64_t hash, const void *pointer) {
  return tsr_hash_u64(hash, (uint64_t)(uintptr_t)pointer);
}

static uint64_t hash_step(uint64_t hash, const tsr_expr_step *s) {
  hash = tsr_hash_u64(hash_pointer(hash, s->op), (uint64_t)s->dtype);
  for (int32_t i = 0; i < 3; i++) {
    hash = tsr_hash_u64(hash, (uint64_t)(uint32_t)s->arg[i]);
  }
  if (!s->op || !s->op->attrs) return hash;
  return tsr_hash_u64(hash, tsr_attr_hash(s->op->attrs, s->attrs));
}

static uint64_t expr_hash(const void *self) {
  const tsr_expr *e = self;
  uint64_t hash = tsr_hash_u64(TSR_HASH_SEED, (uint64_t)e->rank);
  for (int32_t i = 0; i < e->rank; i++) {
    hash = hash_pointer(tsr_hash_u64(hash, (uint64_t)e->dims[i].n), e->dims[i].expr);
  }
  for (int32_t i = 0; i < e->n_inputs; i++) {
    hash = tsr_hash_u64(hash, (uint64_t)e->inputs[i].dtype);
    hash = tsr_hash_bytes(hash, e->inputs[i].axes, (size_t)e->inputs[i].rank * sizeof(int32_t));
  }
  for (int32_t i = 0; i < e->n_steps; i++) {
    hash = hash_step(hash, &e->steps[i]);
  }
  for (int32_t i = 0; i < e->n_outputs; i++) {
    hash = tsr_hash_u64(hash_pointer(hash, e->outputs[i].reduce), e->outputs[i].reduced);
    hash = tsr_hash_u64(hash, (uint64_t)e->outputs[i].step);
  }
  return hash;
}

static const tsr_class expr_class = {"expr", sizeof(tsr_expr), expr_deinit, expr_equal, expr_hash};
TSR_OBJECT_DEFINE(tsr_expr)

const tsr_expr *tsr_expr_cast(const tsr_object *object) {
  return object && object->isa == &expr_class ? (const tsr_expr *)(const void *)object : NULL;
}

static bool is_elementwise(const tsr_op *op) {
  return (op->family == TSR_FAMILY_ELEMENTWISE || op->family == TSR_FAMILY_ANALYTIC ||
          op->family == TSR_FAMILY_TYPE) &&
         op->max_inputs >= 1 && op->max_inputs <= 3;
}

static tsr_status check_load(const tsr_expr *from, int32_t i, bool computing) {
  const tsr_expr_step *s = &from->steps[i];
  if (computing) return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: step %d loads after a computation", i);
  if (s->arg[0] < 0 || s->arg[0] >= from->n_inputs) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: step %d loads input %d of %d", i, s->arg[0],
                    from->n_inputs);
  }
  return TSR_OK;
}

bool tsr_expr_reduces(const tsr_op *op) {
  return op->family == TSR_FAMILY_REDUCTION && op->attrs == &tsr_reduce_attr_class;
}

/* ---- rows ---- */

static bool is_reduction(const tsr_expr_step *s) { return s->op && tsr_expr_reduces(s->op); }

static uint64_t mask_of(const tsr_expr_step *s) {
  const tsr_axes axes = ((const tsr_reduce_attrs *)s->attrs)->axes;
  uint64_t mask = 0;
  for (size_t k = 0; k < axes.n; k++)
    mask |= UINT64_C(1) << axes.data[k];
  return mask;
}

uint64_t tsr_expr_rows(const tsr_expr *expr) {
  for (int32_t i = 0; i < expr->n_steps; i++) {
    if (is_reduction(&expr->steps[i])) return mask_of(&expr->steps[i]);
  }
  return 0;
}

static tsr_status check_reduction(const tsr_expr *from, int32_t i) {
  const tsr_expr_step *s = &from->steps[i];
  const tsr_axes axes = ((const tsr_reduce_attrs *)s->attrs)->axes;
  for (size_t k = 0; k < axes.n; k++) {
    if (axes.data[k] < 0 || axes.data[k] >= from->rank || axes.data[k] > 63) {
      return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: step %d, %s, reduces axis %lld of a loop of %d", i,
                      s->op->name, (long long)axes.data[k], from->rank);
    }
  }
  if (mask_of(s) == 0 || mask_of(s) != tsr_expr_rows(from)) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: step %d, %s, reduces other axes than the first does",
                    i, s->op->name);
  }
  return TSR_OK;
}

void tsri_expr_axes(const tsr_expr *e, uint64_t *along) {
  for (int32_t i = 0; i < e->n_steps; i++) {
    const tsr_expr_step *s = &e->steps[i];
    along[i] = 0;
    for (int32_t k = 0; s->op && k < s->op->max_inputs; k++)
      along[i] |= along[s->arg[k]];
    for (int32_t k = 0; !s->op && k < e->inputs[s->arg[0]].rank; k++)
      along[i] |= UINT64_C(1) << (e->inputs[s->arg[0]].axes[k] & 63);
    if (is_reduction(s)) along[i] &= ~mask_of(s);
  }
}

/* Outputs that leave axes out without reducing them must not vary along those. */
static tsr_status check_left_out(const tsr_expr *from) {
  bool any = false;
  for (int32_t j = 0; j < from->n_outputs; j++)
    any |= !from->outputs[j].reduce && from->outputs[j].reduced;
  if (!any) return TSR_OK;
  const size_t bytes = (size_t)from->n_steps * sizeof(uint64_t);
  void *memory = NULL;
  TSR_TRY(tsr_alloc(bytes, 0, &memory));
  uint64_t *along = memory;
  tsr_status status = TSR_OK;
  tsri_expr_axes(from, along);
  for (int32_t j = 0; j < from->n_outputs && status == TSR_OK; j++) {
    const tsr_expr_out *out = &from->outputs[j];
    if (!out->reduce && along[out->step] & out->reduced)
      status =
          TSR_FAIL(TSR_ERR_ARGUMENT,
                   "expr: output %d leaves out an axis along which step %d varies", j, out->step);
  }
  tsr_free(memory, bytes, 0);
  return status;
}

/* ---- checks ---- */

static tsr_status check_step(const tsr_expr *from, int32_t i) {
  const tsr_expr_step *s = &from->steps[i];
  if (!is_elementwise(s->op) && !tsr_expr_reduces(s->op)) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: step %d, %s, is not elementwise", i, s->op->name);
  }
  if (s->op->attrs && !s->attrs) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: step %d, %s, lacks its attributes", i, s->op->name);
  }
  for (int32_t k = 0; k < 3; k++) {
    bool used = k < s->op->max_inputs;
    if (used ? s->arg[k] < 0 || s->arg[k] >= i : s->arg[k] != -1) {
      return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: argument %d of step %d, %s, is step %d", k, i,
                      s->op->name, s->arg[k]);
    }
  }
  return TSR_OK;
}

static tsr_status check_input(const tsr_expr *from, int32_t i) {
  const tsr_expr_load *in = &from->inputs[i];
  for (int32_t k = 0; k < in->rank; k++) {
    int32_t least = k ? in->axes[k - 1] + 1 : 0;
    if (in->axes[k] < least || in->axes[k] >= from->rank) {
      return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: axis %d of input %d runs along loop axis %d of %d",
                      k, i, in->axes[k], from->rank);
    }
  }
  return TSR_OK;
}

static tsr_status check_output(const tsr_expr *from, int32_t i) {
  const tsr_expr_out *out = &from->outputs[i];
  if (out->step < 0 || out->step >= from->n_steps ||
      (out->reduce && !tsr_expr_reduces(out->reduce))) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: output %d is malformed", i);
  }
  const uint64_t rows = tsr_expr_rows(from);
  if (rows ? out->reduce || (out->reduced && out->reduced != rows) : !out->reduce && out->reduced) {
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "expr: output %d has neither all axes nor those that steps leave", i);
  }
  if (out->reduced && (from->rank > 64 || (from->rank < 64 && out->reduced >> from->rank))) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: output %d is without an axis beyond the loop's", i);
  }
  return TSR_OK;
}

static tsr_status check(const tsr_expr *from) {
  bool computing = false;
  if (from->rank < 0 || from->n_inputs < 0 || from->n_steps < 0 || from->n_outputs < 0) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "expr: a count is negative");
  }
  for (int32_t i = 0; i < from->n_inputs; i++) {
    TSR_TRY(check_input(from, i));
  }
  for (int32_t i = 0; i < from->n_steps; i++) {
    if (!from->steps[i].op) {
      TSR_TRY(check_load(from, i, computing));
    } else {
      computing = true;
      TSR_TRY(check_step(from, i));
    }
  }
  for (int32_t i = 0; i < from->n_steps; i++) {
    if (is_reduction(&from->steps[i])) TSR_TRY(check_reduction(from, i));
  }
  for (int32_t i = 0; i < from->n_outputs; i++) {
    TSR_TRY(check_output(from, i));
  }
  return check_left_out(from);
}

static tsr_status copy_array(tsr_expr *to, const void *items, int32_t n, size_t size, void **out) {
  return tsr_arena_copy(&to->arena, items, (size_t)n * size, out);
}

static tsr_status copy_inputs(tsr_expr *to, const tsr_expr *from) {
  void *copy = NULL;
  TSR_TRY(copy_array(to, from->inputs, from->n_inputs, sizeof *from->inputs, &copy));
  tsr_expr_load *inputs = copy;
  for (int32_t i = 0; i < from->n_inputs; i++) {
    TSR_TRY(copy_array(to, from->inputs[i].axes, from->inputs[i].rank, sizeof(int32_t), &copy));
    inputs[i].axes = copy;
  }
  to->inputs = inputs;
  to->n_inputs = from->n_inputs;
  return TSR_OK;
}

/* n_steps grows with the copies, so that deinit releases just those. */
static tsr_status copy_steps(tsr_expr *to, const tsr_expr *from) {
  void *copy = NULL;
  TSR_TRY(copy_array(to, from->steps, from->n_steps, sizeof *from->steps, &copy));
  tsr_expr_step *steps = copy;
  to->steps = steps;
  for (int32_t i = 0; i < from->n_steps; i++) {
    const tsr_expr_step *s = &from->steps[i];
    copy = NULL;
    if (s->op && s->op->attrs) {
      TSR_TRY(tsr_attr_copy(s->op->attrs, s->attrs, &to->arena, &copy));
    }
    steps[i].attrs = copy;
    if (!s->op) steps[i].arg[1] = steps[i].arg[2] = -1;
    to->n_steps = i + 1;
  }
  return TSR_OK;
}

static tsr_status copy_all(tsr_expr *to, const tsr_expr *from) {
  void *copy = NULL;
  TSR_TRY(copy_inputs(to, from));
  TSR_TRY(copy_steps(to, from));
  TSR_TRY(copy_array(to, from->dims, from->rank, sizeof *from->dims, &copy));
  to->dims = copy;
  to->rank = from->rank;
  TSR_TRY(copy_array(to, from->outputs, from->n_outputs, sizeof *from->outputs, &copy));
  to->outputs = copy;
  to->n_outputs = from->n_outputs;
  return TSR_OK;
}

tsr_status tsr_expr_create(const tsr_expr *from, tsr_dim_space *space, tsr_expr **out) {
  *out = NULL;
  TSR_TRY(check(from));
  void *made = NULL;
  TSR_TRY(tsr_object_create(&expr_class, &made));
  tsr_expr *e = made;
  e->space = tsr_dim_space_retain(space);
  tsr_status status = copy_all(e, from);
  if (status != TSR_OK) {
    tsr_expr_release(e);
    return status;
  }
  *out = e;
  return TSR_OK;
}
