/* values_calls.c - one call of a builder function with random arguments. */
#include "values.h"

#include "tsr/ad.h"
#include "tsr/einsum.h"

enum {
  LONGEST = 10 /* list of axes or sizes */
};

/* ---- arguments ---- */

tsr_value values_any(play *p) {
  const int64_t k = source_below(&p->s, 40);
  if (k == 0) return TSR_NO_VALUE;
  if (k == 1) return TSR_ZERO_VALUE;
  if (k == 2) return tsr_value_of_id(source_mix(&p->s.state) << source_below(&p->s, 40));
  if (p->n_kept == 0) return TSR_NO_VALUE;
  const int n = p->n_kept < N_KEPT ? p->n_kept : N_KEPT;
  const tsr_value v = p->kept[source_below(&p->s, n)];
  if (k == 3) return tsr_value_of_id(v.id + 1 + (uint64_t)source_below(&p->s, 4) * 7);
  return v;
}

static void keep(play *p, tsr_value v) { p->kept[p->n_kept++ % N_KEPT] = v; }

/* Mostly a value that is of use here. */
static tsr_value operand(play *p) {
  tsr_value v = values_any(p);
  tsr_type t;
  for (int tries = 0; tries < 4; tries++) {
    if (tsr_value_type(p->b, v, &t) == TSR_OK || source_once_in(&p->s, 6)) return v;
    v = values_any(p);
  }
  return v;
}

static int64_t number(play *p) {
  static const int64_t odd[] = {
      -1, INT64_MAX,     INT64_MIN,        INT64_MAX / 2, INT64_C(1) << 32,
      -3, INT64_MAX - 1, INT64_C(1) << 20, 1 << 16,       INT64_MIN + 1};
  const int64_t k = source_below(&p->s, 40);
  return k < 10 ? odd[k] : k % 5;
}

static int64_t small(play *p) {
  return source_once_in(&p->s, 10) ? number(p) : source_below(&p->s, 4);
}

static tsr_axes axes(play *p, int64_t *room) {
  const size_t n = (size_t)source_below(&p->s, source_once_in(&p->s, 8) ? LONGEST : 4);
  for (size_t k = 0; k < n; k++)
    room[k] = source_once_in(&p->s, 6) ? number(p) : (int64_t)k;
  if (source_once_in(&p->s, 8)) return TSR_ALL_AXES;
  return (tsr_axes){room, n};
}

static tsr_dim dim(play *p) {
  if (source_once_in(&p->s, 12)) return tsr_dim_symbol(p->b, source_once_in(&p->s, 2) ? "n" : "m");
  if (source_once_in(&p->s, 8)) return tsr_value_dim(p->b, operand(p), small(p));
  return tsr_dim_of(small(p));
}

static tsr_shape sizes(play *p, tsr_dim *room) {
  const size_t n = (size_t)source_below(&p->s, source_once_in(&p->s, 8) ? LONGEST : 4);
  for (size_t k = 0; k < n; k++)
    room[k] = dim(p);
  return (tsr_shape){room, n};
}

static tsr_dtype dtype(play *p) {
  if (source_once_in(&p->s, 30)) return (tsr_dtype)source_below(&p->s, 256);
  return (tsr_dtype)source_below(&p->s, TSR_DTYPE_COUNT);
}

static tsr_values list(play *p, tsr_value *room, int64_t most) {
  const size_t n = (size_t)source_below(&p->s, most + 1);
  for (size_t k = 0; k < n; k++)
    room[k] = operand(p);
  return tsr_values_of(room, n);
}

/* ---- calls ---- */

static void binary(play *p) {
  static tsr_value (*const ops[])(tsr_builder *, tsr_value, tsr_value) = {
      tsr_add, tsr_sub, tsr_mul, tsr_div, tsr_complex, tsr_matmul, tsr_eq, tsr_lt, tsr_grad};
  const tsr_value x = operand(p), y = operand(p);
  keep(p, ops[source_below(&p->s, 9)](p->b, x, y));
}

static void unary(play *p) {
  static tsr_value (*const ops[])(tsr_builder *, tsr_value) = {
      tsr_neg,  tsr_exp,  tsr_sin,        tsr_cos,      tsr_real,
      tsr_imag, tsr_conj, tsr_zeros_like, tsr_ones_like};
  const tsr_value x = operand(p);
  keep(p, ops[source_below(&p->s, 9)](p->b, x));
}

static void numbers(play *p) {
  const int64_t k = source_below(&p->s, 4);
  if (k == 0) keep(p, tsr_scalar(p->b, (double)number(p) / 2));
  if (k == 1) keep(p, tsr_scalar_int(p->b, number(p)));
  if (k == 2) keep(p, tsr_scalar_complex(p->b, 1, (double)small(p)));
  if (k == 3) keep(p, tsr_rng_state(p->b, (uint64_t)number(p)));
}

static void filled(play *p) {
  tsr_dim room[LONGEST];
  const tsr_shape shape = sizes(p, room);
  const tsr_dtype type = dtype(p);
  const int64_t k = source_below(&p->s, 5);
  if (k == 0) keep(p, tsr_full(p->b, type, shape, (double)small(p)));
  if (k == 1) keep(p, tsr_zeros(p->b, type, shape));
  if (k == 2) keep(p, tsr_iota(p->b, type, shape, small(p)));
  if (k == 3) keep(p, tsr_dim_value(p->b, dim(p), type));
  if (k == 4) keep(p, tsr_input(p->b, source_once_in(&p->s, 2) ? "x" : NULL, type, shape));
}

static void from_data(play *p) {
  static const double data[64] = {1, 2, 3, 4, 5, 6};
  static const tsr_dtype dtypes[] = {TSR_F64, TSR_I64, TSR_C128, TSR_F32};
  int64_t dims[3];
  const size_t n = (size_t)source_below(&p->s, 4);
  for (size_t k = 0; k < n; k++)
    dims[k] = source_below(&p->s, 4);
  if (n == 3 && dims[2] > 1) dims[2] = 1;
  if (n > 0 && source_once_in(&p->s, 12)) dims[0] = -1 - source_below(&p->s, 2);
  keep(p, tsr_from_data(p->b, dtypes[source_below(&p->s, 4)], (tsr_dims){dims, n}, data));
}

static void shaped(play *p) {
  tsr_dim a[LONGEST], c[LONGEST];
  int64_t b[LONGEST];
  const tsr_value x = operand(p);
  const tsr_shape shape = sizes(p, a), other = sizes(p, c);
  const tsr_axes some = axes(p, b);
  const int64_t k = source_below(&p->s, 7);
  if (k == 0) keep(p, tsr_broadcast_in_dim(p->b, x, shape, some));
  if (k == 1) keep(p, tsr_broadcast_to(p->b, x, shape));
  if (k == 2) keep(p, tsr_reshape(p->b, x, shape));
  if (k == 3) keep(p, tsr_slice(p->b, x, shape, other, some));
  if (k == 4) keep(p, tsr_pad(p->b, x, operand(p), shape, other, some));
  if (k == 5) keep(p, tsr_expand_dims(p->b, x, some));
  if (k == 6) keep(p, tsr_squeeze(p->b, x, some));
}

static void along(play *p) {
  static tsr_value (*const ops[])(tsr_builder *, tsr_value, tsr_axes) = {
      tsr_transpose,  tsr_reduce_sum, tsr_sum,       tsr_mean, tsr_reduce_max, tsr_prod,
      tsr_reduce_min, tsr_reduce_and, tsr_reduce_or, tsr_all,  tsr_any};
  int64_t room[LONGEST];
  const tsr_value x = operand(p);
  const tsr_axes some = axes(p, room);
  keep(p, ops[source_below(&p->s, sizeof ops / sizeof *ops)](p->b, x, some));
}

static void at_axis(play *p) {
  const tsr_value x = operand(p), y = operand(p);
  const int64_t k = source_below(&p->s, 4), axis = small(p);
  if (k == 0) keep(p, tsr_argmax(p->b, x, axis));
  if (k == 1) keep(p, tsr_take(p->b, x, y, axis));
  if (k == 2) keep(p, tsr_take_along_axis(p->b, x, y, axis));
  if (k == 3) keep(p, tsr_concatenate(p->b, TSR_VALUES(x, y, x), axis));
}

static void in_order(play *p) {
  static tsr_value (*const running[])(tsr_builder *, tsr_value, int64_t, tsr_scan_order) = {
      tsr_cumsum, tsr_cumprod, tsr_cummax, tsr_cummin, tsr_cumlogsumexp};
  const tsr_value x = operand(p), y = operand(p);
  const int64_t k = source_below(&p->s, 9), axis = small(p);
  const tsr_sort_order order = (tsr_sort_order)small(p);
  tsr_value out[2];
  if (k < 5) keep(p, running[k](p->b, x, axis, (tsr_scan_order)source_below(&p->s, 2)));
  if (k == 5) keep(p, tsr_sort(p->b, x, axis, order));
  if (k == 6) keep(p, tsr_argsort(p->b, x, axis, order));
  if (k == 7) (void)tsr_sort_by_keys(p->b, TSR_VALUES(x), TSR_VALUES(y), axis, order, out);
  if (k == 8) (void)tsr_top_k(p->b, x, dim(p), axis, out);
  if (k > 6) keep(p, out[1]);
}

static void ternary(play *p) {
  const tsr_value x = operand(p), y = operand(p), z = operand(p);
  if (source_once_in(&p->s, 2)) keep(p, tsr_select(p->b, x, y, z));
  keep(p, tsr_compare(p->b, x, y, (tsr_direction)small(p)));
  keep(p, tsr_convert(p->b, x, dtype(p)));
}

static void indexed(play *p) {
  int64_t room[6][LONGEST];
  tsr_dim shape[LONGEST];
  tsr_axes a[6];
  const tsr_value x = operand(p), i = operand(p), u = operand(p);
  for (int k = 0; k < 6; k++)
    a[k] = axes(p, room[k]);
  const int64_t k = source_below(&p->s, 3);
  if (k == 0)
    keep(p,
         tsr_gather(p->b, x, i,
                    &(tsr_gather_attrs){a[0], a[1], a[2], a[3], a[4], small(p), sizes(p, shape)}));
  if (k == 1)
    keep(p, tsr_scatter_add(p->b, x, i, u,
                            &(tsr_scatter_attrs){a[0], a[1], a[2], a[3], a[4], small(p)}));
  if (k == 2)
    keep(p, tsr_dot_general(p->b, x, i, &(tsr_dot_general_attrs){a[0], a[1], a[2], a[3]}));
}

static void einsum(play *p) {
  static const char *const formulas[] = {"ij,jk->ik", "i,i", "ii->i", "", "->", "i,j,k->kji", "ij"};
  tsr_value room[4];
  const tsr_values in = list(p, room, 3);
  keep(p, tsr_einsum(p->b, formulas[source_below(&p->s, 7)], in));
}

static void random_bits(play *p) {
  tsr_dim room[LONGEST];
  tsr_value out[2];
  const tsr_value state = operand(p);
  const tsr_shape shape = sizes(p, room);
  (void)tsr_rng_bit_generator(p->b, state, dtype(p), shape, out);
  keep(p, out[0]);
  keep(p, out[1]);
}

/* ---- calls with bodies ---- */

/* Some calls, then any results; at times an error of its own, with or without a message. */
static tsr_status body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  play *p = ctx;
  tsr_builder *around = p->b;
  p->b = b;
  p->depth++;
  keep(p, in[0]);
  const int64_t n = source_below(&p->s, 3);
  for (int64_t k = 0; k < n; k++)
    (void)values_call(p);
  out[0] = source_once_in(&p->s, 3) ? values_any(p) : in[0];
  out[1] = source_once_in(&p->s, 3) ? operand(p) : in[0];
  p->depth--;
  p->b = around;
  if (source_once_in(&p->s, 20)) return TSR_FAIL(TSR_ERR_STATE, "the body would not");
  return TSR_OK;
}

static tsr_status never(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_ne(b, in[0], in[0]);
  return TSR_OK;
}

static void control(play *p) {
  tsr_value in[4], out[6] = {{0}};
  for (int k = 0; k < 4; k++)
    in[k] = operand(p);
  const int64_t k = source_below(&p->s, 5);
  const tsr_values some = tsr_values_of(in, 1 + (size_t)source_below(&p->s, 3));
  if (k == 0) (void)tsr_cond(p->b, in[3], body, body, p, some, 2, out);
  if (k == 1) (void)tsr_while(p->b, never, body, p, tsr_values_of(in, 2), out);
  if (k == 2)
    (void)tsr_scan(p->b, body, p, tsr_values_of(in, 1),
                   tsr_values_of(in + 1, (size_t)source_below(&p->s, 2)),
                   source_once_in(&p->s, 4) ? dim(p) : tsr_dim_of(source_below(&p->s, 4) - 1),
                   (tsr_scan_order)source_below(&p->s, 2), 1, out);
  if (k == 3) (void)tsr_checkpoint(p->b, body, p, some, 2, out);
  if (k == 4) (void)tsr_barrier(p->b, tsr_values_of(in, (size_t)source_below(&p->s, 4)), out);
  keep(p, out[0]);
  keep(p, out[1]);
}

static void derivative(play *p) {
  tsr_value a[2] = {operand(p), operand(p)}, c[2] = {operand(p), operand(p)}, t[2], out[6] = {{0}};
  for (int k = 0; k < 2; k++)
    t[k] = operand(p);
  const tsr_values x = tsr_values_of(a, 2), y = tsr_values_of(c, 2), z = tsr_values_of(t, 2);
  const int64_t k = source_below(&p->s, 6);
  if (k == 0) (void)tsr_grads(p->b, t[0], x, out);
  if (k == 1) (void)tsr_vjp(p->b, x, y, z, out);
  if (k == 2) (void)tsr_jvp(p->b, x, y, z, out);
  if (k == 3) (void)tsr_vjp_of(p->b, body, p, x, y, out, out + 2);
  if (k == 4) (void)tsr_jvp_of(p->b, body, p, x, y, 2, out, out + 2);
  if (k == 5) (void)tsr_value_and_grad_of(p->b, body, p, tsr_values_of(a, 1), out, out + 2);
  for (int i = 0; i < 4; i++)
    keep(p, out[i]);
}

static void mapped(play *p) {
  tsr_value in[2] = {operand(p), operand(p)}, out[2] = {{0}};
  const int64_t odd = source_once_in(&p->s, 2) ? TSR_NOT_MAPPED : small(p);
  const int64_t from[2] = {small(p), odd}, to[2] = {odd, small(p)};
  (void)tsr_vmap(p->b, body, p, tsr_values_of(in, 2),
                 source_once_in(&p->s, 2) ? TSR_NO_AXES : (tsr_axes){from, 2}, 2,
                 source_once_in(&p->s, 2) ? TSR_NO_AXES : (tsr_axes){to, 2}, out);
  keep(p, out[0]);
  keep(p, out[1]);
}

static const struct {
  void (*run)(play *);
  const char *name;
  bool has_body;
} calls[] = {
    {binary,      "binary",      false},
    {unary,       "unary",       false},
    {numbers,     "numbers",     false},
    {filled,      "filled",      false},
    {from_data,   "from_data",   false},
    {from_data,   "from_data",   false},
    {shaped,      "shaped",      false},
    {along,       "along",       false},
    {at_axis,     "at_axis",     false},
    {in_order,    "in_order",    false},
    {ternary,     "ternary",     false},
    {indexed,     "indexed",     false},
    {einsum,      "einsum",      false},
    {random_bits, "random_bits", false},
    {control,     "control",     true },
    {derivative,  "derivative",  true },
    {mapped,      "mapped",      true }
};

const char *values_call(play *p) {
  const size_t k = (size_t)source_below(&p->s, sizeof calls / sizeof *calls);
  if (p->depth < 3 || !calls[k].has_body) calls[k].run(p);
  return calls[k].name;
}
