/* numbered.c - a formula from lists of numbers, as programs make them. */
#include "einsum_internal.h"

#include "tsr/einsum.h"

static bool is_list(tsr_axes list) { return list.n == 0 || (list.data && list.n < INT32_MAX); }

static tsr_status check_lists(size_t n, const tsr_axes *labels, tsr_axes output, size_t *all) {
  if (n > 0 && !labels) return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the labels are NULL");
  *all = output.n;
  for (size_t i = 0; i < n; i++) {
    if (!is_list(labels[i]))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the labels of operand %zu are no list", i);
    *all += labels[i].n;
  }
  if (!is_list(output))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: the labels of the output are no list");
  if (*all > INT32_MAX / 4) return TSR_FAIL(TSR_ERR_LIMIT, "einsum: %zu labels", *all);
  return TSR_OK;
}

/* One term; those labels of the output must be known. */
static tsr_status number_term(tsri_names *names, tsr_axes list, bool is_output, int32_t **room,
                              tsri_term *out) {
  *out = (tsri_term){0, *room};
  for (size_t k = 0; k < list.n; k++) {
    char text[TSRI_LABEL_TEXT];
    const int64_t name = list.data[k];
    const bool ellipsis = name == TSR_EINSUM_ELLIPSIS;
    if (ellipsis && tsri_term_find(out, TSRI_ELLIPSIS) >= 0)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: a term has one ellipsis at most");
    if (!ellipsis && is_output && tsri_names_find(names, name) < 0)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "einsum: label %s of the output is in no operand",
                      tsri_name_text(true, name, text));
    out->labels[out->n++] = ellipsis ? TSRI_ELLIPSIS : tsri_names_add(names, name);
  }
  *room += out->n;
  return TSR_OK;
}

tsr_status tsri_formula_number(size_t n, const tsr_axes *labels, tsr_axes output, tsr_arena *arena,
                               tsri_formula *out) {
  size_t all = 0;
  *out = (tsri_formula){.numbered = true, .has_output = true};
  TSR_TRY(check_lists(n, labels, output, &all));
  tsri_names names;
  TSR_TRY(tsri_names_init(&names, all, arena));
  void *terms, *memory;
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *out->terms, &terms));
  TSR_TRY(tsr_arena_alloc(arena, all * sizeof(int32_t), &memory));
  int32_t *room = memory;
  out->terms = terms;
  out->n_terms = (int32_t)n;
  for (size_t i = 0; i < n; i++)
    TSR_TRY(number_term(&names, labels[i], false, &room, &out->terms[i]));
  out->names = names.names;
  out->n_names = names.n;
  return number_term(&names, output, true, &room, &out->output);
}
