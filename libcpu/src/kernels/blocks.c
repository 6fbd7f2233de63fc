/* blocks.c - finding a block function. */
#include "blocks.h"

#include "variants/variants.h"

static tsri_block find_compare(tsr_dtype key, const void *attrs) {
  return tsri_variant_chosen()->compare[((const tsr_compare_attrs *)attrs)->direction][key];
}

static tsri_block find_convert(tsr_dtype key, const void *attrs) {
  return tsri_variant_chosen()->convert[key][((const tsr_convert_attrs *)attrs)->dtype];
}

/* Ops whose attributes choose the function. */
static const struct {
  tsr_op_id op;
  tsri_block (*find)(tsr_dtype key, const void *attrs);
} by_attributes[] = {
    {TSR_OP_COMPARE, find_compare},
    {TSR_OP_CONVERT, find_convert}
};

tsri_block tsri_block_find(tsr_op_id op, tsr_dtype key, const void *attrs) {
  if (op >= TSR_OP_CORE_COUNT) return NULL;
  for (int32_t i = 0; i < TSRI_COUNT_OF(by_attributes); i++)
    if (by_attributes[i].op == op) return by_attributes[i].find(key, attrs);
  const tsri_variant *v = tsri_variant_chosen();
  return v->arith[op][key] ? v->arith[op][key] : v->analytic[op][key];
}

int64_t tsri_block_cost(tsr_op_id op, tsr_dtype key) {
  return tsri_variant_chosen()->analytic[op][key] ? 4 : 1;
}

const char *tsri_block_finding(const tsr_op *op) {
  return op == tsr_op_core(TSR_OP_POW) ? "an integer to a negative power"
                                       : "integer division by zero";
}

const tsri_reducer *tsri_reducer_find(tsr_op_id op, tsr_dtype dtype) {
  static const struct {
    tsr_op_id op;
    tsri_reduction kind;
  } rows[] = {
      {TSR_OP_REDUCE_SUM,  TSRI_SUM },
      {TSR_OP_REDUCE_PROD, TSRI_PROD},
      {TSR_OP_REDUCE_MAX,  TSRI_MAX },
      {TSR_OP_REDUCE_MIN,  TSRI_MIN },
      {TSR_OP_REDUCE_AND,  TSRI_AND },
      {TSR_OP_REDUCE_OR,   TSRI_OR  }
  };
  for (int32_t i = 0; i < TSRI_COUNT_OF(rows); i++) {
    if (rows[i].op != op) continue;
    const tsri_reducer *tuned = &tsri_variant_chosen()->reducers[rows[i].kind][dtype];
    const tsri_reducer *plain = &tsri_variant_at(0)->reducers[rows[i].kind][dtype];
    return tuned->clear ? tuned : plain->clear ? plain : NULL;
  }
  return NULL;
}

tsri_spread tsri_spread_of(size_t size) {
  return tsri_variant_chosen()->spreads[__builtin_ctzll(size)];
}
