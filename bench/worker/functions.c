/* functions.c - the functions that a case may name, each one call of the library. */
#include "worker.h"

#include <string.h>

/* ---- arguments ---- */

static tsr_value value(tsr_builder *b, const call *c, int k) {
  if (k >= c->n) return TSR_NO_VALUE;
  if (c->arg[k].kind == A_NUMBER) return tsr_scalar(b, c->arg[k].number);
  return c->arg[k].value;
}

static int64_t whole(const call *c, int k) { return k < c->n ? (int64_t)c->arg[k].number : 0; }

/* A list, a single number as a list of one, or all axes when left out. */
static tsr_axes axes(const call *c, int k, int64_t *one) {
  if (k >= c->n) return TSR_ALL_AXES;
  if (c->arg[k].kind == A_LIST) return (tsr_axes){c->arg[k].list, c->arg[k].n};
  *one = whole(c, k);
  return (tsr_axes){one, 1};
}

typedef struct sizes {
  tsr_dim dims[MAX_AXES];
} sizes;

static tsr_shape shape(const call *c, int k, sizes *s) {
  size_t n = k < c->n ? c->arg[k].n : 0;
  for (size_t i = 0; i < n; i++)
    s->dims[i] = tsr_dim_of(c->arg[k].list[i]);
  return (tsr_shape){s->dims, n};
}

/* ---- functions with arguments of their own kinds ---- */

static tsr_value cast(tsr_builder *b, const call *c) {
  return tsr_convert(b, value(b, c, 0), c->n > 1 ? c->arg[1].dtype : TSR_DTYPE_COUNT);
}

static tsr_value slice(tsr_builder *b, const call *c) {
  sizes start, limit;
  int64_t one;
  return tsr_slice(b, value(b, c, 0), shape(c, 1, &start), shape(c, 2, &limit),
                   c->n > 3 ? axes(c, 3, &one) : TSR_NO_AXES);
}

static tsr_value pad(tsr_builder *b, const call *c) {
  sizes low, high;
  tsr_value x = value(b, c, 0);
  tsr_type type;
  if (tsr_value_type(b, x, &type) != TSR_OK) return TSR_NO_VALUE;
  return tsr_pad(b, x, tsr_zeros(b, type.dtype, TSR_NO_SHAPE), shape(c, 1, &low),
                 shape(c, 2, &high), TSR_NO_AXES);
}

static tsr_value concatenate(tsr_builder *b, const call *c) {
  return tsr_concatenate(b, TSR_VALUES(value(b, c, 0), value(b, c, 1)), whole(c, 2));
}

static tsr_value broadcast(tsr_builder *b, const call *c) {
  sizes s;
  return tsr_broadcast_to(b, value(b, c, 0), shape(c, 1, &s));
}

static tsr_value reshape(tsr_builder *b, const call *c) {
  sizes s;
  return tsr_reshape(b, value(b, c, 0), shape(c, 1, &s));
}

static tsr_value dynamic_slice(tsr_builder *b, const call *c) {
  sizes s;
  return tsr_dynamic_slice(b, value(b, c, 0), value(b, c, 1), shape(c, 2, &s));
}

static tsr_value dynamic_update_slice(tsr_builder *b, const call *c) {
  return tsr_dynamic_update_slice(b, value(b, c, 0), value(b, c, 1), value(b, c, 2));
}

static tsr_value take(tsr_builder *b, const call *c) {
  return tsr_take(b, value(b, c, 0), value(b, c, 1), whole(c, 2));
}

static tsr_value take_along_axis(tsr_builder *b, const call *c) {
  return tsr_take_along_axis(b, value(b, c, 0), value(b, c, 1), whole(c, 2));
}

/* Rows of x at i: updates replace or join the slices x[i[k], ...]. */
static tsr_value scatter(tsr_builder *b, const call *c,
                         tsr_value (*f)(tsr_builder *, tsr_value, tsr_value, tsr_value,
                                        const tsr_scatter_attrs *)) {
  int64_t window[MAX_AXES];
  tsr_value x = value(b, c, 0), i = value(b, c, 1);
  tsr_type type;
  if (tsr_value_type(b, x, &type) != TSR_OK || (size_t)type.rank > MAX_AXES) return TSR_NO_VALUE;
  for (size_t k = 1; k < (size_t)type.rank; k++)
    window[k - 1] = (int64_t)k;
  tsr_scatter_attrs attrs = {
      .update_window_dims = {window, (size_t)type.rank - 1},
      .inserted_window_dims = TSR_AXES(0),
      .scatter_dims_to_operand_dims = TSR_AXES(0),
      .index_vector_dim = 1,
  };
  return f(b, x, tsr_expand_dims(b, i, TSR_AXES(1)), value(b, c, 2), &attrs);
}
static tsr_value scatter_add(tsr_builder *b, const call *c) {
  return scatter(b, c, tsr_scatter_add);
}
static tsr_value scatter_set(tsr_builder *b, const call *c) {
  return scatter(b, c, tsr_scatter_set);
}

static tsr_value select_three(tsr_builder *b, const call *c) {
  return tsr_where(b, value(b, c, 0), value(b, c, 1), value(b, c, 2));
}

static tsr_value clamp(tsr_builder *b, const call *c) {
  return tsr_clamp(b, value(b, c, 0), value(b, c, 1), value(b, c, 2));
}

static tsr_value layer_norm(tsr_builder *b, const call *c) {
  int64_t one;
  return tsr_layer_norm(b, value(b, c, 0), axes(c, 1, &one), 1e-5);
}

static tsr_value rms_norm(tsr_builder *b, const call *c) {
  int64_t one;
  return tsr_rms_norm(b, value(b, c, 0), axes(c, 1, &one), 1e-5);
}

static tsr_value variance(tsr_builder *b, const call *c) {
  int64_t one;
  return tsr_var(b, value(b, c, 0), axes(c, 1, &one), 0);
}

static tsr_value sort(tsr_builder *b, const call *c) {
  return tsr_sort(b, value(b, c, 0), whole(c, 1), TSR_ASCENDING);
}

static tsr_value argsort(tsr_builder *b, const call *c) {
  return tsr_argsort(b, value(b, c, 0), whole(c, 1), TSR_ASCENDING);
}

static tsr_value cumsum(tsr_builder *b, const call *c) {
  return tsr_cumsum(b, value(b, c, 0), whole(c, 1), TSR_SCAN_FORWARD);
}

/* log(1 + e^x), in the form that overflows nowhere. */
static tsr_value softplus(tsr_builder *b, const call *c) {
  tsr_value x = value(b, c, 0);
  tsr_value tail = tsr_log1p(b, tsr_exp(b, tsr_neg(b, tsr_abs(b, x))));
  return tsr_add(b, tsr_max(b, x, tsr_scalar(b, 0)), tail);
}

/* ---- the table: what a function takes follows from which member it has ---- */

static const struct function {
  const char *name;
  tsr_value (*unary)(tsr_builder *b, tsr_value x);
  tsr_value (*binary)(tsr_builder *b, tsr_value x, tsr_value y);
  tsr_value (*over)(tsr_builder *b, tsr_value x, tsr_axes axes);
  tsr_value (*along)(tsr_builder *b, tsr_value x, int64_t axis);
  tsr_value (*other)(tsr_builder *b, const call *c);
} functions[] = {
    {"abs",                  .unary = tsr_abs             },
    {"conj",                 .unary = tsr_conj            },
    {"cos",                  .unary = tsr_cos             },
    {"erf",                  .unary = tsr_erf             },
    {"exp",                  .unary = tsr_exp             },
    {"expm1",                .unary = tsr_expm1           },
    {"gelu",                 .unary = tsr_gelu            },
    {"log",                  .unary = tsr_log             },
    {"log1p",                .unary = tsr_log1p           },
    {"neg",                  .unary = tsr_neg             },
    {"relu",                 .unary = tsr_relu            },
    {"rsqrt",                .unary = tsr_rsqrt           },
    {"sigmoid",              .unary = tsr_logistic        },
    {"sign",                 .unary = tsr_sign            },
    {"silu",                 .unary = tsr_silu            },
    {"sin",                  .unary = tsr_sin             },
    {"sqrt",                 .unary = tsr_sqrt            },
    {"square",               .unary = tsr_square          },
    {"tanh",                 .unary = tsr_tanh            },
    {"add",                  .binary = tsr_add            },
    {"sub",                  .binary = tsr_sub            },
    {"mul",                  .binary = tsr_mul            },
    {"div",                  .binary = tsr_div            },
    {"maximum",              .binary = tsr_max            },
    {"minimum",              .binary = tsr_min            },
    {"pow",                  .binary = tsr_pow            },
    {"rem",                  .binary = tsr_rem            },
    {"lt",                   .binary = tsr_lt             },
    {"sum",                  .over = tsr_reduce_sum       },
    {"prod",                 .over = tsr_reduce_prod      },
    {"max",                  .over = tsr_reduce_max       },
    {"min",                  .over = tsr_reduce_min       },
    {"mean",                 .over = tsr_mean             },
    {"logsumexp",            .over = tsr_logsumexp        },
    {"log_softmax",          .over = tsr_log_softmax      },
    {"softmax",              .over = tsr_softmax          },
    {"norm",                 .over = tsr_norm2            },
    {"transpose",            .over = tsr_transpose        },
    {"reverse",              .over = tsr_reverse          },
    {"argmax",               .along = tsr_argmax          },
    {"diag",                 .along = tsr_diag            },
    {"diagonal",             .along = tsr_diagonal        },
    {"tril",                 .along = tsr_tril            },
    {"triu",                 .along = tsr_triu            },
    {"argsort",              .other = argsort             },
    {"broadcast",            .other = broadcast           },
    {"cast",                 .other = cast                },
    {"clamp",                .other = clamp               },
    {"concatenate",          .other = concatenate         },
    {"cumsum",               .other = cumsum              },
    {"dynamic_slice",        .other = dynamic_slice       },
    {"dynamic_update_slice", .other = dynamic_update_slice},
    {"layer_norm",           .other = layer_norm          },
    {"pad",                  .other = pad                 },
    {"reshape",              .other = reshape             },
    {"rms_norm",             .other = rms_norm            },
    {"scatter_add",          .other = scatter_add         },
    {"scatter_set",          .other = scatter_set         },
    {"slice",                .other = slice               },
    {"softplus",             .other = softplus            },
    {"sort",                 .other = sort                },
    {"take",                 .other = take                },
    {"take_along_axis",      .other = take_along_axis     },
    {"var",                  .other = variance            },
    {"where",                .other = select_three        },
};

static tsr_value apply(tsr_builder *b, const struct function *f, const call *c) {
  int64_t one;
  tsr_value x = value(b, c, 0);
  if (f->unary) return f->unary(b, x);
  if (f->binary) return f->binary(b, x, value(b, c, 1));
  if (f->over) return f->over(b, x, axes(c, 1, &one));
  if (f->along) return f->along(b, x, whole(c, 1));
  return f->other(b, c);
}

tsr_status call_apply(tsr_builder *b, const call *c, tsr_value *out) {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    if (strcmp(functions[i].name, c->name) != 0) continue;
    *out = apply(b, &functions[i], c);
    return tsr_builder_status(b);
  }
  return TSR_FAIL(TSR_ERR_NOT_FOUND, "there is no function \"%s\"", c->name);
}
