/* eager_into.c - one operation with its results in tensors that exist.
 *
 * An application is prepared for the layouts of its operands and of its tensors, and stands in
 * the same table as those with fresh results. What may change from call to call is looked at
 * each time: who holds the memory, and where operands lie in it.
 */
#include "eager_internal.h"
#include "prepare.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/eager.h"
#include "tsr/hash.h"
#include "tsr/print.h"
#include "tsr/spi/plan.h"

enum {
  FEW = 8 /* operands that need no memory */
};

typedef struct request {
  tsri_eager *e;
  const tsr_op *op;
  const void *attrs;
  tsr_values values;
  tsri_slot **in;
  const tsr_tensor_list *out; /* as it came: copying it at once would wait for its halves */
} request;

/* ---- finding what was prepared ---- */

static inline bool has_layout(const tsr_tensor *t, const tsr_view *view) {
  if (t->dtype != view->dtype || t->rank != view->rank) return false;
  for (int32_t k = 0; k < t->rank; k++)
    if (t->dims[k] != view->dims[k] || t->strides[k] != view->strides[k]) return false;
  return true;
}

static inline bool has_attrs(const tsri_entry *entry, const void *attrs) {
  return (!attrs && !entry->attrs) || tsri_same_attrs(entry, attrs);
}

/* Was entry made for such a request, apart from its op? */
static bool fits(const tsri_entry *entry, const request *r) {
  if (!entry->into || entry->n_in != (int32_t)r->values.n || entry->n_out != (int32_t)r->out->n)
    return false;
  for (int32_t i = 0; i < entry->n_in; i++)
    if (entry->in[i] != r->in[i]->layout) return false;
  for (int32_t j = 0; j < entry->n_out; j++)
    if (!has_layout(r->out->data[j], &entry->out[j]->view)) return false;
  return has_attrs(entry, r->attrs);
}

static uint64_t hash_of(const request *r) {
  uint64_t hash = tsr_hash_u64(TSR_HASH_SEED, (uint64_t)(uintptr_t)r->op);
  for (size_t i = 0; i < r->values.n; i++)
    hash = tsr_hash_u64(hash, (uint64_t)(uintptr_t)r->in[i]->layout);
  for (size_t j = 0; j < r->out->n; j++) {
    const tsr_tensor *t = r->out->data[j];
    hash = tsr_hash_u64(hash, (uint64_t)t->dtype << 32 | (uint32_t)t->rank);
    for (int32_t k = 0; k < t->rank; k++)
      hash = tsr_hash_u64(tsr_hash_u64(hash, (uint64_t)t->dims[k]), (uint64_t)t->strides[k]);
  }
  return r->op->attrs && r->attrs ? tsr_hash_u64(hash, tsr_attr_hash(r->op->attrs, r->attrs))
                                  : hash;
}

static bool is_op(const tsri_entry *entry, const tsr_op *op) {
  return entry->op == op || !strcmp(entry->op->name, op->name);
}

static tsr_status find(const request *r, uint16_t *recent, tsri_entry **out) {
  TSR_TRY(tsr_attr_check(r->op->attrs, r->attrs, r->op->name));
  uint64_t hash = hash_of(r);
  *recent = (uint16_t)(hash & (TSRI_ENTRIES - 1));
  tsri_entry **at = &r->e->context->entry[*recent];
  *out = *at;
  if (*at && (*at)->hash == hash && is_op(*at, r->op) && fits(*at, r)) return TSR_OK;
  TSR_TRY(tsri_entry_create(r->e, r->op, r->attrs, r->values, r->in, r->out, out));
  (*out)->hash = hash;
  tsri_entry_destroy(*at);
  *at = *out;
  return TSR_OK;
}

/* ---- who holds the memory ---- */

/* Operands in the storage of a tensor: how many references they are. */
static int32_t references(const request *r, const tsr_storage *storage) {
  int32_t n = 0;
  for (size_t i = 0; i < r->values.n; i++) {
    const tsri_slot *root = r->in[i]->root;
    bool counted = root->storage != storage;
    for (size_t k = 0; k < i && !counted; k++)
      counted = r->in[k]->root == root;
    n += !counted;
  }
  return n;
}

/* As tsr_tensor_is_sole_owner, which is far away. */
static inline bool is_sole_owner(const tsr_tensor *t) {
  const tsr_storage *s = t->storage;
  return __atomic_load_n(&t->object.refs, __ATOMIC_ACQUIRE) == 1 &&
         __atomic_load_n(&s->object.refs, __ATOMIC_ACQUIRE) == 1 && s->stream && !s->donated &&
         !__atomic_load_n(&s->exports, __ATOMIC_ACQUIRE);
}

static const char *why_not(const request *r, const tsr_tensor *t) {
  const tsr_storage *s = t->storage;
  if (s->donated) return "was donated before";
  if (!s->stream) return "wraps foreign memory";
  if (__atomic_load_n(&s->exports, __ATOMIC_ACQUIRE)) return "is exported";
  if (!tsr_object_unique(t)) return "is held by others, too";
  int32_t refs = __atomic_load_n(&s->object.refs, __ATOMIC_ACQUIRE);
  return refs == 1 + references(r, s) ? NULL : "shares its storage";
}

static TSR_COLD tsr_status fail_operand(const request *r, const tsri_entry *entry, int32_t i,
                                        int32_t j) {
  char in[160], out[160];
  const tsr_view *from = &entry->in[i]->view, *to = &entry->out[j]->view;
  return TSR_FAIL(TSR_ERR_ARGUMENT,
                  "%s: the tensor for result %d, strides %s, is operand %d, strides %s, in another "
                  "order or place, or the operation cannot work in place",
                  r->op->name, (int)j, tsr_format_shape(to->rank, to->strides, out, sizeof out),
                  (int)i, tsr_format_shape(from->rank, from->strides, in, sizeof in));
}

/* Operands may lie in the memory of result j where each element is read as it is replaced, and
 * the one that the kernel is ready to work on.
 */
static tsr_status check_operands(const request *r, const tsri_entry *entry, int32_t j) {
  const tsr_tensor *t = r->out->data[j];
  int32_t alias = entry->alias ? entry->alias[j] : -1;
  for (int32_t i = 0; i < entry->n_in; i++) {
    const tsri_slot *slot = r->in[i];
    if (slot->root->storage != t->storage) continue;
    bool may = alias >= 0 && (i == alias || tsri_is_pointwise(entry->op));
    bool same = slot->data == t->data && entry->in[i]->view.dtype == t->dtype &&
                tsr_view_same_layout(&entry->in[i]->view, &entry->out[j]->view);
    if (!may || !same) return fail_operand(r, entry, i, j);
  }
  return TSR_OK;
}

static tsr_status check_memory(const request *r, const tsri_entry *entry) {
  for (int32_t j = 0; j < entry->n_out; j++) {
    const tsr_tensor *t = r->out->data[j];
    for (int32_t k = 0; k < j; k++)
      if (r->out->data[k] == t)
        return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: results %d and %d have one tensor", r->op->name,
                        (int)k, (int)j);
    if (is_sole_owner(t)) continue;
    const char *why = why_not(r, t);
    if (why)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: the tensor for result %d %s: nobody else may hold it",
                      r->op->name, (int)j, why);
    TSR_TRY(check_operands(r, entry, j));
  }
  return TSR_OK;
}

static tsr_status check_tensors(const request *r) {
  const tsr_device *device = r->e->context->device;
  if (r->out->n && !r->out->data)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %zu results, but no list", r->op->name, r->out->n);
  for (size_t j = 0; j < r->out->n; j++) {
    const tsr_tensor *t = r->out->data[j];
    if (!t)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: the tensor for result %zu is NULL", r->op->name, j);
    if (t->storage->device != device)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: the tensor for result %zu is on %s, the scope on %s",
                      r->op->name, j, t->storage->device->name, device->name);
  }
  return TSR_OK;
}

/* ---- running ---- */

static TSR_COLD tsr_status run_profiled(tsri_context *context, tsri_entry *entry) {
  int64_t begin = tsri_profile_now();
  tsr_status status = tsri_entry_run(context, entry);
  tsri_profile_call(context->tables->watch.profile, context->device, &entry->call, entry->kernel,
                    begin);
  return status;
}

static tsr_status run_kernel(const request *r, tsri_entry *entry) {
  tsri_context *context = r->e->context;
  for (int32_t i = 0; i < entry->n_in; i++)
    entry->in_view[i].data = r->in[i]->data;
  for (int32_t j = 0; j < entry->n_out; j++)
    entry->out_view[j].data = r->out->data[j]->data;
  if (__builtin_expect(context->tables->watch.profile != NULL, 0))
    return run_profiled(context, entry);
  return tsri_entry_run(context, entry);
}

static tsr_status run_deferred(const request *r, tsri_entry *entry, tsr_work *work) {
  for (int32_t i = 0; i < entry->n_in; i++) {
    const tsr_storage *storage = r->in[i]->root->storage;
    if (storage) TSR_TRY(tsr_work_depend(work, storage->work));
  }
  for (int32_t j = 0; j < entry->n_out; j++)
    tsr_storage_set_work(r->out->data[j]->storage, work);
  return run_kernel(r, entry);
}

static tsr_status copy(const request *r, tsr_value v, tsr_tensor *to) {
  void *axes = NULL;
  size_t rank = (size_t)to->rank;
  TSR_TRY(tsr_alloc(rank * sizeof(int64_t), 0, &axes));
  for (size_t k = 0; k < rank; k++)
    ((int64_t *)axes)[k] = (int64_t)k;
  const tsr_transpose_attrs same = {
      {axes, rank}
  };
  tsr_status status = tsr_eager_run_into(&r->e->base, tsr_op_core(TSR_OP_TRANSPOSE), &same,
                                         TSR_VALUES(v), TSR_TENSORS(to));
  tsr_free(axes, rank * sizeof(int64_t), 0);
  return status;
}

/* An op that is written in terms of others makes values; they are copied. */
static tsr_status run_rule(const request *r, tsri_entry *entry) {
  void *made = NULL;
  size_t n_out = r->out->n;
  int32_t before = r->e->n_slots;
  TSR_TRY(tsr_alloc(sizeof(tsr_value) * n_out, 0, &made));
  tsr_value *values = made;
  tsr_status status = tsri_apply_rule(r->e, entry, r->in, r->values, values);
  if (status != TSR_OK) tsr_builder_clear(&r->e->base);
  for (size_t j = 0; j < n_out && status == TSR_OK; j++)
    status = copy(r, values[j], r->out->data[j]);
  tsri_eager_pop(r->e, before);
  tsr_free(made, sizeof(tsr_value) * n_out, 0);
  return status;
}

static TSR_COLD tsr_status fail_value(const request *r, size_t i) {
  TSR_TRY_MSG(tsri_eager_slot(&r->e->base, r->values.data[i], &r->in[i]), "%s: operand %zu",
              r->op->name, i);
  return TSR_OK;
}

/* Everything that is looked at in one go, for the common case: one kernel, one tensor that
 * nobody else holds. False: look again, one by one.
 */
static inline bool is_ready(const request *r, tsri_entry *entry) {
  if (!entry || entry->op != r->op || !entry->into || entry->apply != tsri_apply_kernel ||
      entry->n_in != (int32_t)r->values.n || entry->n_out != 1 || r->out->n != 1)
    return false;
  const tsr_tensor *t = r->out->data ? r->out->data[0] : NULL;
  if (!t || t->storage->device != r->e->context->device || !is_sole_owner(t) ||
      !has_layout(t, &entry->out[0]->view) || !has_attrs(entry, r->attrs))
    return false;
  for (int32_t i = 0; i < entry->n_in; i++) {
    if (entry->in[i] != r->in[i]->layout) return false;
    entry->in_view[i].data = r->in[i]->data;
  }
  entry->out_view[0].data = t->data;
  return true;
}

static tsr_status run_checked(const request *r, tsri_entry *entry, uint16_t *recent) {
  tsri_eager *e = r->e;
  TSR_TRY(check_tensors(r));
  if (!entry || entry->op != r->op || !fits(entry, r)) TSR_TRY(find(r, recent, &entry));
  TSR_TRY(check_memory(r, entry));
  tsri_apply how = entry->profiled ? entry->profiled : entry->apply;
  if (how == tsri_apply_rule) return run_rule(r, entry);
  if (how == tsri_apply_kernel) return run_kernel(r, entry);
  tsr_work *work = NULL;
  TSR_TRY(tsr_work_open(e->context->stream, &work));
  return tsr_work_close(work, run_deferred(r, entry, work));
}

static inline tsr_status run(const request *r) {
  tsri_context *context = r->e->context;
  for (size_t i = 0; i < r->values.n; i++) {
    r->in[i] = tsri_eager_find(&r->e->base, r->values.data[i]);
    if (__builtin_expect(!r->in[i], 0)) return fail_value(r, i);
  }
  uint16_t *recent = tsri_eager_recent(context, r->op, r->values.n ? r->in[0]->layout : NULL, 1);
  tsri_entry *entry = context->entry[*recent];
  return is_ready(r, entry) ? tsri_entry_run(context, entry) : run_checked(r, entry, recent);
}

static tsr_status run_many(request *r) {
  void *in = NULL;
  TSR_TRY(tsr_alloc(sizeof(tsri_slot *) * r->values.n, 0, &in));
  r->in = in;
  tsr_status status = run(r);
  tsr_free(in, sizeof(tsri_slot *) * r->values.n, 0);
  return status;
}

tsr_status tsr_eager_run_into(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_values in,
                              tsr_tensor_list out) {
  if (!b || b->error.code != TSR_OK) return tsr_builder_status(b);
  tsri_eager *e = tsri_eager_of(b);
  if (!e)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "run_into: a trace runs nothing: compile it, and give the "
                                      "tensors to tsr_program_run_into");
  if (!op) return TSR_FAIL(TSR_ERR_ARGUMENT, "run_into: no operation");
  if (in.n && !in.data)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %zu operands, but no list", op->name, in.n);
  tsri_slot *slots[FEW];
  request r = {e, op, attrs, in, slots, &out};
  tsr_status status = in.n > FEW ? run_many(&r) : run(&r);
  if (b->scratch.last) tsr_arena_reset(&b->scratch);
  return status;
}
