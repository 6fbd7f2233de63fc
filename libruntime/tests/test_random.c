/* test_random.c - random programs give what eager scopes give, however they are planned.
 *
 * Programs over i64 (which wraps, so every answer is exact) are built twice by the same
 * decisions: in a trace and in an eager scope. The trace is compiled in several ways, with
 * inputs donated or not, and run into fresh and into given tensors. Views, in-place results
 * and lifetimes meet in all combinations.
 */
#include "rt_session.h"

#include <stdlib.h>
#include <string.h>

enum {
  INPUTS = 3,
  STEPS = 24,
  OUTPUTS = 6,
  PROGRAMS = 150
};

static uint64_t seed;

/* Knuth's multiplicative congruence; the upper half is good enough. */
static int64_t below(int64_t n) {
  seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (int64_t)((seed >> 33) % (uint64_t)n);
}

/* One builder's half of a random program. */
typedef struct half {
  tsr_builder *b;
  tsr_value v[INPUTS + STEPS];
} half;

static tsr_type type_of(half *h, int i) {
  tsr_type type = {TSR_I64, 0, NULL};
  assert_ok(tsr_value_type(h->b, h->v[i], &type));
  return type;
}

static int64_t count_of(const tsr_type *t) {
  int64_t n = 1;
  for (int32_t k = 0; k < t->rank; k++)
    n *= t->dims[k].n;
  return n;
}

static tsr_value apply_views(half *h, int i, int what, uint64_t dice) {
  tsr_type t = type_of(h, i);
  tsr_value x = h->v[i];
  tsr_dim start[8], limit[8], shape[8];
  int64_t axes[8], step[8];
  for (int32_t k = 0; k < t.rank; k++) {
    int64_t n = t.dims[k].n, first = n ? (int64_t)(dice >> k) % n : 0;
    axes[k] = (k + 1 + (int64_t)(dice % 3)) % t.rank;
    start[k] = tsr_dim_of(first);
    limit[k] = tsr_dim_of(n);
    step[k] = 1 + (int64_t)(dice >> (k + 3)) % 2;
  }
  size_t rank = (size_t)t.rank;
  if (what == 0) return tsr_transpose(h->b, x, (tsr_axes){axes, rank});
  if (what == 1)
    return tsr_slice(h->b, x, (tsr_shape){start, rank}, (tsr_shape){limit, rank},
                     (tsr_axes){step, rank});
  if (what == 2 || rank >= 4) {
    shape[0] = tsr_dim_of(count_of(&t));
    return tsr_reshape(h->b, x, (tsr_shape){shape, 1});
  }
  shape[0] = tsr_dim_of(2);
  for (size_t k = 0; k < rank; k++)
    shape[k + 1] = t.dims[k];
  return tsr_broadcast_to(h->b, x, (tsr_shape){shape, rank + 1});
}

/* carry -> carry * 3 + y, four rounds; the last round's slice is kept in ys */
static tsr_status triple(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_add(b, tsr_mul(b, in[0], tsr_scalar_int(b, 3)), *(tsr_value *)ctx);
  out[1] = tsr_neg(b, in[0]);
  return TSR_OK;
}

static tsr_value apply_compute(half *h, int i, int j, int what) {
  tsr_value x = h->v[i], y = h->v[j], out[2] = {{0}, {0}};
  tsr_type t = type_of(h, i), u = type_of(h, j);
  bool same = t.rank == u.rank;
  for (int32_t k = 0; same && k < t.rank; k++)
    same = t.dims[k].n == u.dims[k].n;
  tsr_value z = same ? y : tsr_sum(h->b, y, TSR_ALL_AXES);
  if (what == 0) return tsr_add(h->b, x, z);
  if (what == 1) return tsr_mul(h->b, x, z);
  if (what == 2) return tsr_sub(h->b, z, x);
  if (what == 3) return tsr_neg(h->b, x);
  if (what == 4) return tsr_select(h->b, tsr_lt(h->b, x, z), x, tsr_mul(h->b, x, x));
  if (what == 5 && t.rank > 0) return tsr_reduce_sum(h->b, x, TSR_AXES(t.rank - 1));
  if (what == 6 && t.rank > 0 && count_of(&t) < 64)
    return tsr_concatenate(h->b, TSR_VALUES(x, x), 0);
  if (what == 7 && t.rank == 2) return tsr_matmul(h->b, x, tsr_transpose(h->b, x, TSR_ALL_AXES));
  if (what == 8) {
    tsr_scan(h->b, triple, &z, TSR_VALUES(x), TSR_NO_VALUES, tsr_dim_of(1 + i % 4),
             TSR_SCAN_FORWARD, 1, out);
    return out[i % 2];
  }
  return tsr_add(h->b, x, x);
}

/* The same step on both halves; big results are avoided by falling back to a sum. */
static void random_step(half *a, half *b, int n) {
  int i = (int)below(n), j = (int)below(n), what = (int)below(13);
  uint64_t dice = (uint64_t)below(1 << 20);
  half *both[2] = {a, b};
  tsr_type t = type_of(b, i);
  bool large = count_of(&t) > 128;
  for (int k = 0; k < 2; k++) {
    half *h = both[k];
    if (large) {
      h->v[n] = tsr_reduce_sum(h->b, h->v[i], TSR_AXES(0));
    } else if (what < 4 && t.rank > 0) {
      h->v[n] = apply_views(h, i, what, dice);
    } else {
      h->v[n] = apply_compute(h, i, j, what < 4 ? 0 : what - 4);
    }
  }
}

static const tsr_dims shapes[] = {
    {(const int64_t[]){2, 3},    2},
    {(const int64_t[]){3, 2},    2},
    {(const int64_t[]){4},       1},
    {(const int64_t[]){2, 2, 3}, 3},
    {(const int64_t[]){1, 3},    2}
};

static tsr_tensor *make_input(tsr_dims dims, int salt) {
  int64_t data[16];
  for (int i = 0; i < 16; i++)
    data[i] = 1 + 7 * i + 100 * salt;
  tsr_tensor *t = NULL;
  assert_ok(tsr_tensor_from_data(cpu, TSR_I64, dims, data, &t));
  return t;
}

static void compare(tsr_tensor *got, const int64_t *expected, int64_t n, int which) {
  int64_t *data = malloc(sizeof *data * (size_t)(n + 1));
  assert_non_null(data);
  assert_int_equal(tsr_tensor_count(got), n);
  assert_ok(tsr_tensor_read(got, data, sizeof *data * (size_t)n));
  for (int64_t i = 0; i < n; i++) {
    if (data[i] != expected[i])
      fail_msg("program %d: element %lld is %lld, not %lld", which, (long long)i,
               (long long)data[i], (long long)expected[i]);
  }
  free(data);
}

typedef struct answers {
  int64_t n[OUTPUTS];
  int64_t *data[OUTPUTS];
} answers;

static void run_and_compare(const tsr_program *p, const tsr_dims *dims, const answers *a, bool into,
                            int which) {
  tsr_tensor *in[INPUTS], *out[OUTPUTS] = {NULL}, *fresh[OUTPUTS] = {NULL};
  for (int twice = 0; twice < 2; twice++) {
    for (int i = 0; i < INPUTS; i++)
      in[i] = make_input(dims[i], i);
    tsr_tensor_list list = {in, INPUTS};
    assert_ok(tsr_program_run(p, cpu, list, out, OUTPUTS));
    for (int j = 0; j < OUTPUTS; j++)
      compare(out[j], a->data[j], a->n[j], which);
    tsr_tensors_release(in, INPUTS);
    if (into) {
      for (int i = 0; i < INPUTS; i++)
        in[i] = make_input(dims[i], i);
      for (int j = 0; j < OUTPUTS; j++) {
        tsr_dims d = {tsr_tensor_dims(out[j]), (size_t)tsr_tensor_rank(out[j])};
        assert_ok(tsr_tensor_create(cpu, TSR_I64, d, &fresh[j]));
      }
      assert_ok(tsr_program_run_into(p, cpu, list, (tsr_tensor_list){fresh, OUTPUTS}));
      for (int j = 0; j < OUTPUTS; j++)
        compare(fresh[j], a->data[j], a->n[j], which);
      tsr_tensors_release(in, INPUTS);
      tsr_tensors_release(fresh, OUTPUTS);
    }
    tsr_tensors_release(out, OUTPUTS);
  }
}

/* One random program, compiled in one way. */
static void check_program(int which, const tsr_compile_options *options) {
  half trace = {0}, eager = {0};
  tsr_dims dims[INPUTS];
  tsr_value outputs[OUTPUTS];
  answers a;
  seed = (uint64_t)which * 977 + 5;
  assert_ok(tsr_trace_open(rt, &trace.b));
  assert_ok(tsr_eager_open(rt, RT_DEVICE, &eager.b));
  for (int i = 0; i < INPUTS; i++) {
    dims[i] = shapes[below(5)];
    tsr_dim sizes[4];
    for (size_t k = 0; k < dims[i].n; k++)
      sizes[k] = tsr_dim_of(dims[i].data[k]);
    trace.v[i] = tsr_input(trace.b, NULL, TSR_I64, (tsr_shape){sizes, dims[i].n});
    tsr_tensor *t = make_input(dims[i], i);
    eager.v[i] = tsr_from_tensor(eager.b, t);
    tsr_tensor_release(t);
  }
  for (int s = 0; s < STEPS; s++)
    random_step(&trace, &eager, INPUTS + s);
  for (int j = 0; j < OUTPUTS; j++) {
    int i = (int)(j < 3 ? INPUTS + STEPS - 1 - j : below(INPUTS + STEPS));
    outputs[j] = trace.v[i];
    tsr_type t = type_of(&eager, i);
    a.n[j] = count_of(&t);
    a.data[j] = malloc(sizeof(int64_t) * (size_t)(a.n[j] + 1));
    assert_non_null(a.data[j]);
    assert_ok(tsr_read(eager.b, eager.v[i], a.data[j], sizeof(int64_t) * (size_t)a.n[j]));
  }
  tsr_builder_close(eager.b);
  tsr_program *p = NULL;
  assert_ok(tsr_compile_with(trace.b, tsr_values_of(outputs, OUTPUTS), options, &p));
  run_and_compare(p, dims, &a, true, which);
  for (int j = 0; j < OUTPUTS; j++)
    free(a.data[j]);
  tsr_program_release(p);
}

static void check_all(tsr_compile_options options) {
  for (int which = 0; which < PROGRAMS; which++)
    check_program(which, &options);
  int64_t live, high, reserved;
  tsr_device_memory(cpu, &live, &high, &reserved);
  assert_int_equal(live, 0);
}

static void test_as_recorded(void **state) {
  (void)state;
  check_all((tsr_compile_options){.keep_all = true});
}

static void test_as_recorded_with_donation(void **state) {
  (void)state;
  check_all((tsr_compile_options){.keep_all = true, .donated = TSR_INPUTS(0, 2)});
}

static void test_optimised(void **state) {
  (void)state;
  check_all((tsr_compile_options){.no_fusion = true});
}

static void test_fused_with_donation(void **state) {
  (void)state;
  check_all((tsr_compile_options){.donated = TSR_INPUTS(0, 1, 2)});
}

#define unit(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
      unit(test_as_recorded),
      unit(test_as_recorded_with_donation),
      unit(test_optimised),
      unit(test_fused_with_donation),
  };
  return cmocka_run_group_tests_name(RT_SUITE("runtime/random"), tests, NULL, NULL);
}
