/* fuzz_program.c - random programs over the core ops mean the same however they are run, and
 * so do their derivatives and their mapped forms. libs: ad cpu oracle seeds: 600
 *
 * program.h says how programs are made. FUZZ_TRACE=1 prints each before it is run.
 */
#include "program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const char *const symbol_names[N_SYMBOLS] = {"n", "m", "k"};

static void draw_type(source *s, const recipe *r, declared *d) {
  static const tsr_dtype dtypes[] = {TSR_F64, TSR_F64, TSR_I64, TSR_C128, TSR_BOOL};
  d->dtype = dtypes[source_below(s, 5)];
  d->rank = (int32_t)source_below(s, 4);
  for (int32_t k = 0; k < d->rank; k++) {
    d->symbol[k] = source_once_in(s, 2) ? (int)source_below(s, N_SYMBOLS) : -1;
    d->dims[k] = d->symbol[k] >= 0       ? r->symbols[d->symbol[k]]
                 : source_once_in(s, 20) ? 0
                                         : 1 + source_below(s, 4);
  }
}

static recipe draw_recipe(source *s) {
  recipe r = {.symbolic = source_once_in(s, 3)};
  for (int k = 0; k < N_SYMBOLS; k++)
    r.symbols[k] = source_once_in(s, 16) ? source_below(s, 2) : 2 + source_below(s, 3);
  for (int i = 0; i < N_INPUTS; i++)
    draw_type(s, &r, &r.in[i]);
  for (int k = 0; k < N_STEPS; k++) {
    r.steps[k].what = (uint8_t)source_word(s);
    r.steps[k].dice = source_word(s);
    r.steps[k].dropped = source_once_in(s, 4); /* shorter programs, too */
  }
  r.dice = source_word(s);
  return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lab *l = lab_begin(TSR_WITH(tsr_cpu_register));
  source s = source_open(data, size);
  recipe r = draw_recipe(&s);
  judge(l, &s, &r);
  judge_derivatives(l, &s, &r);
  judge_vmap(l, &s, &r);
  lab_end(l);
  return 0;
}
