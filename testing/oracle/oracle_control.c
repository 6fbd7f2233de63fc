/* oracle_control.c - regions: run their graphs. */
#include "oracle_internal.h"

static tsr_status run(const oracle_call *c, tsr_object_ref body, const tsr_array *in,
                      tsr_array *out) {
  return tsr_oracle_run(tsr_object_as_graph(body), c->symbols, c->arena, in, out);
}

static tsr_status cond(const oracle_call *c) {
  const tsr_cond_attrs *a = c->attrs;
  const int64_t n = (int64_t)a->branches.n, i = c->in[0].at[0].i;
  return run(c, a->branches.data[i < 0 ? 0 : i >= n ? n - 1 : i], &c->in[1], c->out);
}

static tsr_status while_(const oracle_call *c) {
  const tsr_while_attrs *a = c->attrs;
  void *memory;
  TSR_TRY(tsr_arena_alloc(c->arena, (size_t)c->n_in * sizeof(tsr_array), &memory));
  tsr_array *in = memory;
  for (int32_t i = 0; i < c->n_in; i++)
    in[i] = c->in[i];
  for (;;) {
    tsr_array go_on;
    TSR_TRY(run(c, a->test, in, &go_on));
    if (go_on.at[0].i == 0) break;
    TSR_TRY(run(c, a->body, in, c->out));
    for (int32_t i = 0; i < c->n_out; i++)
      in[a->n_consts + i] = c->out[i];
  }
  for (int32_t i = 0; i < c->n_out; i++)
    c->out[i] = in[a->n_consts + i];
  return TSR_OK;
}

/* Slice t of x along its first axis; shares its elements. */
static tsr_array slice_of(const tsr_array *x, int64_t t) {
  const int64_t n = x->dims[0] == 0 ? 0 : x->n / x->dims[0];
  return (tsr_array){x->dtype, x->rank - 1, n, x->dims + 1, x->at + t * n};
}

static tsr_status scan(const oracle_call *c) {
  const tsr_scan_attrs *a = c->attrs;
  const int64_t length = a->length.n, held = a->n_consts + a->n_carry;
  void *memory[2];
  TSR_TRY(tsr_arena_alloc(c->arena, (size_t)c->n_in * sizeof(tsr_array), &memory[0]));
  TSR_TRY(tsr_arena_alloc(c->arena, (size_t)c->n_out * sizeof(tsr_array), &memory[1]));
  tsr_array *in = memory[0], *out = memory[1];
  for (int64_t i = 0; i < held; i++)
    in[i] = c->in[i];
  for (int64_t round = 0; round < length; round++) {
    const int64_t t = a->reverse ? length - 1 - round : round;
    for (int64_t i = held; i < c->n_in; i++)
      in[i] = slice_of(&c->in[i], t);
    TSR_TRY(run(c, a->body, in, out));
    for (int64_t i = 0; i < a->n_carry; i++)
      in[a->n_consts + i] = out[i];
    for (int64_t i = a->n_carry; i < c->n_out; i++) {
      const tsr_array to = slice_of(&c->out[i], t);
      for (int64_t n = 0; n < to.n; n++)
        to.at[n] = out[i].at[n];
    }
  }
  for (int64_t i = 0; i < a->n_carry; i++)
    c->out[i] = in[a->n_consts + i];
  return TSR_OK;
}

static tsr_status checkpoint(const oracle_call *c) {
  return run(c, ((const tsr_checkpoint_attrs *)c->attrs)->body, c->in, c->out);
}

oracle_fn oracle_control(tsr_op_id id) {
  static const oracle_fn rows[TSR_OP_CORE_COUNT] = {[TSR_OP_COND] = cond,
                                                    [TSR_OP_WHILE] = while_,
                                                    [TSR_OP_SCAN] = scan,
                                                    [TSR_OP_CHECKPOINT] = checkpoint,
                                                    [TSR_OP_FUSED] = oracle_fused};
  return rows[id];
}
