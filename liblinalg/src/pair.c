/* pair.c - a matrix and a right-hand side as given, made fit for an op. */
#include "linalg_internal.h"

#include "tsr/arena.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

static tsr_status promote(tsr_builder *b, const char *name, tsri_pair *p) {
  TSR_TRY(tsr_value_type(b, p->a, &p->a_type));
  TSR_TRY(tsr_value_type(b, p->rhs, &p->rhs_type));
  if (p->a_type.dtype == p->rhs_type.dtype) return TSR_OK;
  tsr_dtype dtype;
  const tsr_status status = tsr_dtype_promote(p->a_type.dtype, p->rhs_type.dtype, &dtype);
  if (status != TSR_OK) return tsr_annotate(status, "building %s", name);
  p->a = tsr_convert(b, p->a, dtype);
  p->rhs = tsr_convert(b, p->rhs, dtype);
  p->a_type.dtype = p->rhs_type.dtype = dtype;
  return tsr_builder_status(b);
}

/* Before anything is factored: an eager scope would find out only after the work. */
static tsr_status check_sizes(const char *name, tsr_side side, const tsr_type *a,
                              const tsr_type *rhs) {
  char text[2][128];
  const int32_t back = side == TSR_LEFT ? 2 : 1; /* rhs's axis that meets the columns of a */
  const tsr_dim n = a->dims[a->rank - 1], met = rhs->dims[rhs->rank - back];
  bool fits = !tsr_dim_is_const(n) || !tsr_dim_is_const(met) || n.n == met.n;
  for (int32_t i = 3; i <= a->rank && i <= rhs->rank; i++) {
    const tsr_dim x = a->dims[a->rank - i], y = rhs->dims[rhs->rank - i];
    const bool spreads = tsr_dim_is(x, 1) || tsr_dim_is(y, 1);
    fits &= spreads || !tsr_dim_is_const(x) || !tsr_dim_is_const(y) || x.n == y.n;
  }
  if (fits) return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "%s: a is %s, rhs is %s: sizes do not fit", name,
                  tsr_type_format(a, text[0], sizeof text[0]),
                  tsr_type_format(rhs, text[1], sizeof text[1]));
}

tsr_status tsri_linalg_operands(tsr_builder *b, const char *name, tsr_side side, tsri_pair *p) {
  TSR_TRY(promote(b, name, p));
  if (p->a_type.rank < 2 || p->rhs_type.rank < 1)
    return TSR_FAIL(TSR_ERR_SHAPE,
                    "%s: a has rank %d, wanted is 2 or more; rhs has rank %d, wanted is 1 or more",
                    name, (int)p->a_type.rank, (int)p->rhs_type.rank);
  p->is_vector = p->rhs_type.rank == 1;
  if (!p->is_vector) return TSR_OK;
  p->rhs = side == TSR_LEFT ? tsri_linalg_as_column(b, p->rhs) : tsri_linalg_as_row(b, p->rhs);
  return tsr_value_type(b, p->rhs, &p->rhs_type);
}

tsr_status tsri_linalg_pair(tsr_builder *b, const char *name, tsr_side side, tsri_pair *p) {
  TSR_TRY(tsri_linalg_operands(b, name, side, p));
  return check_sizes(name, side, &p->a_type, &p->rhs_type);
}

static tsr_status spread(tsr_builder *b, tsr_arena *arena, tsri_pair *p) {
  const tsr_type *a = &p->a_type, *type = &p->rhs_type;
  const int32_t rank = a->rank > type->rank ? a->rank : type->rank;
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)rank * sizeof(tsr_dim), &memory));
  tsr_dim *dims = memory;
  bool grows = rank > type->rank;
  for (int32_t i = 0; i < rank; i++) {
    const int32_t i_a = i - (rank - a->rank), i_rhs = i - (rank - type->rank);
    const tsr_dim m = i_a < 0 ? tsr_dim_of(1) : a->dims[i_a];
    const tsr_dim n = i_rhs < 0 ? tsr_dim_of(1) : type->dims[i_rhs];
    const bool takes_a = i < rank - 2 && tsr_dim_is(n, 1) && !tsr_dim_is(m, 1);
    dims[i] = takes_a ? m : n;
    grows |= takes_a;
  }
  if (grows) p->rhs = tsr_broadcast_to(b, p->rhs, (tsr_shape){dims, (size_t)rank});
  return tsr_builder_status(b);
}

tsr_status tsri_linalg_spread(tsr_builder *b, tsri_pair *p) {
  tsr_arena arena = {0};
  const tsr_status status = spread(b, &arena, p);
  tsr_arena_deinit(&arena);
  return status;
}

tsr_value tsri_linalg_pair_result(tsr_builder *b, const tsri_pair *p, tsr_side side, tsr_value x) {
  if (!p->is_vector) return x;
  return tsr_squeeze(b, x, side == TSR_LEFT ? TSR_AXES(-1) : TSR_AXES(-2));
}
