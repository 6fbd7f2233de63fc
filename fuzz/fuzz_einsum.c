/* fuzz_einsum.c - formulas and operands of any kind: refused with a message, or equal to the
 * naive sum over all labels. libs: einsum cpu oracle seeds: 8000
 *
 * Half of the formulas are built to be good and then perhaps spoilt, the others are bytes.
 * Numbers are small multiples of 1/8, so every order of summation gives the same bits.
 */
#include "lab.h"

#include <string.h>

#include "tsr/einsum.h"
#include "tsr/spi/graph.h"

enum {
  TERMS = 6,
  TEXT = 96,
  LABELS = 24
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct trial {
  char text[TEXT];
  int n;
  tsr_array in[TERMS];
  int64_t sizes[LABELS]; /* by position in alphabet */
} trial;

/* One, two, three and four bytes. */
static const char *const alphabet[] = {
    "i", "j", "k", "a", "B", "Z", "\xce\xb1", "\xe2\x82\xac", "\xf0\x9f\x8d\x95"};
enum {
  N_ALPHABET = sizeof alphabet / sizeof *alphabet
};

static void put(trial *t, const char *piece) {
  if (strlen(t->text) + strlen(piece) < TEXT) strcat(t->text, piece);
}

static void put_term(trial *t, source *s, int length) {
  const int dots = source_once_in(s, 5) ? (int)source_below(s, length + 1) : -1;
  for (int k = 0; k <= length; k++) {
    if (k == dots) put(t, "...");
    if (k == length) return;
    put(t, alphabet[source_below(s, source_once_in(s, 4) ? N_ALPHABET : 4)]);
    if (source_once_in(s, 8)) put(t, " ");
  }
}

static void good_formula(trial *t, source *s) {
  const int n = 1 + (int)source_below(s, 4);
  int open = 0;
  for (int i = 0; i < n; i++) {
    if (i > 0) put(t, ",");
    for (; source_once_in(s, 4); open++)
      put(t, "(");
    put_term(t, s, (int)source_below(s, 4));
    for (; open > 0 && (i == n - 1 || source_once_in(s, 3)); open--)
      put(t, ")");
  }
  if (source_once_in(s, 4)) return;
  bool used[N_ALPHABET] = {false};
  const int first = (int)source_below(s, N_ALPHABET);
  char terms[TEXT];
  strcpy(terms, t->text);
  put(t, "->");
  if (strstr(terms, "...")) put(t, "...");
  for (int k = 0; k < N_ALPHABET; k++) {
    const int label = (first + k * 2) % N_ALPHABET; /* 9 is odd: every label once */
    if (!strstr(terms, alphabet[label]) || used[label] || !source_once_in(s, 2)) continue;
    used[label] = !source_once_in(s, 6);
    put(t, alphabet[label]);
    if (!used[label]) put(t, alphabet[label]);
  }
}

static void any_formula(trial *t, source *s) {
  static const char common[] = "ijk,,->...()- \t";
  const size_t n = (size_t)source_below(s, 20);
  for (size_t k = 0; k < n; k++) {
    const char c = source_once_in(s, 3) ? (char)source_word(s)
                                        : common[source_below(s, (int64_t)sizeof common - 1)];
    t->text[k] = c == '\0' ? 'i' : c;
  }
}

/* ---- a reading of formulas of our own ---- */

typedef struct reading {
  int n; /* terms; the output follows them */
  int rank[TERMS + 1];
  uint32_t labels[TERMS + 1][TEXT]; /* the bytes of a label, packed */
} reading;

/* An ellipsis while its axes are not counted, and its last axis, the one before, .. */
enum {
  DOTS = 1,
  FIRST_DOT = 2
};

static uint32_t next_label(const char **at) {
  uint32_t c = (unsigned char)*(*at)++;
  if (c == '.') {
    *at += strspn(*at, ".");
    return DOTS;
  }
  while (c >= 0x80 && ((unsigned char)**at & 0xc0) == 0x80)
    c = c << 8 | (unsigned char)*(*at)++;
  return c;
}

static void derived_output(reading *r) {
  for (int i = 0; i < r->n; i++)
    for (int k = 0; k < r->rank[i]; k++) {
      int uses = 0, at = r->rank[r->n];
      for (int j = 0; j < r->n; j++)
        for (int m = 0; m < r->rank[j]; m++)
          uses += r->labels[j][m] == r->labels[i][k];
      bool again = false;
      for (int m = 0; m < at; m++)
        again |= r->labels[r->n][m] == r->labels[i][k];
      if (again || (uses != 1 && r->labels[i][k] != DOTS)) continue;
      for (; at > 0 && r->labels[r->n][at - 1] > r->labels[i][k]; at--)
        r->labels[r->n][at] = r->labels[r->n][at - 1];
      r->labels[r->n][at] = r->labels[i][k];
      r->rank[r->n]++;
    }
}

/* Of formulas that may be taken to be well formed; false when there are too many terms. */
static bool read_formula(const char *text, reading *out) {
  memset(out, 0, sizeof *out);
  bool is_output = false;
  for (const char *at = text; *at != '\0';) {
    if (strchr(" \t()", *at)) {
      at++;
    } else if (*at == ',') {
      if (++out->n >= TERMS) return false;
      at++;
    } else if (*at == '-') {
      at += at[1] == '>' ? 2 : 1;
      if (++out->n > TERMS) return false;
      is_output = true;
    } else {
      out->labels[out->n][out->rank[out->n]++] = next_label(&at);
    }
  }
  if (is_output) return true;
  out->n++;
  derived_output(out);
  return true;
}

/* The axes of an ellipsis in a term get labels. */
static void expand_dots(reading *r, int term, int n) {
  uint32_t labels[TEXT];
  const int rank = r->rank[term];
  int at = 0;
  memcpy(labels, r->labels[term], sizeof labels);
  for (int k = 0; k < rank && at + n < TEXT; k++) {
    if (labels[k] != DOTS) r->labels[term][at++] = labels[k];
    for (int j = n; labels[k] == DOTS && j > 0; j--)
      r->labels[term][at++] = FIRST_DOT + (uint32_t)j - 1;
  }
  r->rank[term] = at;
}

static void draw_dots(reading *r, source *s) {
  int most = 0;
  for (int i = 0; i < r->n; i++) {
    bool dots = false;
    for (int k = 0; k < r->rank[i]; k++)
      dots |= r->labels[i][k] == DOTS;
    const int n = dots ? (int)source_below(s, 3) : 0;
    if (n > most) most = n;
    expand_dots(r, i, n);
  }
  expand_dots(r, r->n, most);
}

/* ---- operands ---- */

static int64_t size_of(const trial *t, uint32_t label) { return t->sizes[label % LABELS]; }

static void draw_operands(lab *l, trial *t, source *s, const reading *r) {
  static const tsr_dtype dtypes[] = {TSR_F64, TSR_I64, TSR_C128, TSR_F64, TSR_BOOL};
  const tsr_dtype dtype = dtypes[source_below(s, 5)];
  const bool spoilt = source_once_in(s, 6);
  for (int k = 0; k < LABELS; k++)
    t->sizes[k] = source_once_in(s, 12) ? source_below(s, 2) : 1 + source_below(s, 3);
  t->n = r->n;
  if (spoilt && source_once_in(s, 4)) t->n = (int)source_below(s, TERMS);
  for (int i = 0; i < t->n; i++) {
    int64_t dims[LAB_RANK], count = 1;
    int rank = i < r->n && r->rank[i] < LAB_RANK ? r->rank[i] : (int)source_below(s, 4);
    if (spoilt && source_once_in(s, 4)) rank = (int)source_below(s, 5);
    for (int k = 0; k < rank; k++) {
      dims[k] = i < r->n && k < r->rank[i] ? size_of(t, r->labels[i][k]) : source_below(s, 4);
      if (source_once_in(s, 10)) dims[k] = 1;
      if (spoilt && source_once_in(s, 8)) dims[k] = source_below(s, 4);
      if (count * dims[k] > 2000) dims[k] = 1;
      count *= dims[k];
    }
    t->in[i] = lab_array(l, s, spoilt && source_once_in(s, 9) ? TSR_F64 : dtype, rank, dims, true,
                         source_once_in(s, 4));
  }
}

/* An ellipsis may have taken a rank that was spoilt; our reading knows nothing of it. */
static bool fits(const trial *t, const reading *r) {
  bool same = t->n == r->n;
  for (int i = 0; same && i < t->n; i++)
    same = t->in[i].rank == r->rank[i];
  return same;
}

/* ---- the sum ---- */

typedef struct sum {
  uint32_t labels[TEXT * 2];
  int64_t sizes[TEXT * 2], index[TEXT * 2], terms;
  int n;
} sum;

static int place_of(sum *z, uint32_t label) {
  int k = 0;
  while (k < z->n && z->labels[k] != label)
    k++;
  if (k == z->n) {
    z->sizes[z->n] = 1;
    z->labels[z->n++] = label;
  }
  return k;
}

static int64_t offset_in(sum *z, const reading *r, int term, const int64_t *dims) {
  int64_t at = 0;
  for (int k = 0; k < r->rank[term]; k++) {
    const int place = place_of(z, r->labels[term][k]);
    at = at * dims[k] + (dims[k] == 1 ? 0 : z->index[place]);
  }
  return at;
}

static tsr_cell times(tsr_cell x, tsr_cell y) {
  return (tsr_cell){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re,
                    (int64_t)((uint64_t)x.i * (uint64_t)y.i)};
}

/* False when it would take too long. */
static bool naive(lab *l, const trial *t, const reading *r, tsr_array *out) {
  sum z = {.n = 0, .terms = 1};
  int64_t dims[LAB_RANK];
  for (int i = 0; i < r->n; i++)
    for (int k = 0; k < r->rank[i]; k++) {
      int64_t *size = &z.sizes[place_of(&z, r->labels[i][k])];
      if (*size == 1) *size = t->in[i].dims[k];
    }
  for (int k = 0; k < z.n; k++)
    if ((z.terms *= z.sizes[k]) > 20000) return false;
  if (r->rank[r->n] > LAB_RANK) return false;
  for (int k = 0; k < r->rank[r->n]; k++)
    dims[k] = z.sizes[place_of(&z, r->labels[r->n][k])];
  lab_ok(tsr_array_make(&l->arena, t->in[0].dtype, r->rank[r->n], dims, out), "making the sum");
  for (int64_t n = 0; n < z.terms; n++) {
    tsr_cell product = {1, 0, 1};
    for (int i = 0; i < r->n; i++)
      product = times(product, t->in[i].at[offset_in(&z, r, i, t->in[i].dims)]);
    tsr_cell *cell = &out->at[offset_in(&z, r, r->n, dims)];
    *cell = (tsr_cell){cell->re + product.re, cell->im + product.im,
                       (int64_t)((uint64_t)cell->i + (uint64_t)product.i)};
    for (int k = z.n - 1; k >= 0 && ++z.index[k] == z.sizes[k]; k--)
      z.index[k] = 0;
  }
  return true;
}

/* ---- ways to run ---- */

static tsr_value apply(tsr_builder *b, const trial *t, const reading *r, bool numbered,
                       const tsr_value *in) {
  const tsr_values values = tsr_values_of(in, (size_t)t->n);
  if (!numbered) return tsr_einsum(b, t->text, values);
  int64_t names[TERMS + 1][TEXT];
  tsr_axes labels[TERMS + 1];
  for (int i = 0; i <= r->n; i++) {
    for (int k = 0; k < r->rank[i]; k++)
      names[i][k] = INT64_MAX - 3 * (int64_t)r->labels[i][k];
    labels[i] = (tsr_axes){names[i], (size_t)r->rank[i]};
  }
  return tsr_einsum_numbered(b, values, labels, labels[r->n]);
}

static bool eagerly(lab *l, const trial *t, const reading *r, bool numbered, source *s,
                    tsr_array *out) {
  tsr_builder *b;
  tsr_value in[TERMS];
  tsr_tensor *result;
  lab_ok(tsr_eager_open(l->rt, "cpu", &b), "opening a scope");
  for (int i = 0; i < t->n; i++) {
    tsr_tensor *x = lab_upload(l, s, &t->in[i]);
    in[i] = tsr_from_tensor(b, x);
    tsr_tensor_release(x);
  }
  const tsr_value z = apply(b, t, r, numbered, in);
  const bool done = !lab_refused(tsr_builder_status(b), t->text);
  if (done) {
    lab_ok(tsr_to_tensor(b, z, &result), t->text);
    *out = lab_read(l, result);
    tsr_tensor_release(result);
  }
  tsr_builder_close(b);
  return done;
}

/* With symbolic sizes, each label has its symbol, if its sizes agree at all. */
static tsr_value declare(tsr_builder *b, const trial *t, const reading *r, int i, bool symbolic) {
  tsr_dim dims[LAB_RANK];
  for (int32_t k = 0; k < t->in[i].rank; k++) {
    char name[16] = "n";
    dims[k] = tsr_dim_of(t->in[i].dims[k]);
    if (!symbolic || i >= r->n || k >= r->rank[i]) continue;
    snprintf(name, sizeof name, "n%d", (int)(r->labels[i][k] % 100000));
    dims[k] = tsr_dim_symbol(b, name);
  }
  return tsr_input(b, NULL, t->in[i].dtype, (tsr_shape){dims, (size_t)t->in[i].rank});
}

static bool compiled(lab *l, const trial *t, const reading *r, bool symbolic, source *s,
                     tsr_array *out) {
  tsr_builder *b;
  tsr_value in[TERMS];
  tsr_tensor *x[TERMS], *result = NULL;
  tsr_program *p;
  lab_ok(tsr_trace_open(l->rt, &b), "opening a trace");
  for (int i = 0; i < t->n; i++)
    in[i] = declare(b, t, r, i, symbolic);
  const tsr_value z = apply(b, t, r, false, in);
  if (lab_refused(tsr_compile(b, TSR_VALUES(z), &p), t->text)) return false;
  for (int i = 0; i < t->n; i++)
    x[i] = lab_upload(l, s, &t->in[i]);
  tsr_status status = tsr_program_run(p, l->cpu, (tsr_tensor_list){x, (size_t)t->n}, &result, 1);
  const bool done = !lab_refused(status, t->text);
  if (done) *out = lab_read(l, result);
  tsr_tensor_release(result);
  tsr_tensors_release(x, (size_t)t->n);
  tsr_program_release(p);
  return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lab *l = lab_begin(TSR_WITH(tsr_cpu_register));
  source s = source_open(data, size);
  trial t = {.n = 0};
  reading r;
  tsr_array got, want;
  if (source_below(&s, 4) > 0) {
    good_formula(&t, &s);
    if (source_once_in(&s, 8) && t.text[0] != '\0')
      t.text[source_below(&s, (int64_t)strlen(t.text))] = (char)(1 + source_below(&s, 255));
  } else {
    any_formula(&t, &s);
  }
  if (read_formula(t.text, &r)) {
    draw_dots(&r, &s);
    draw_operands(l, &t, &s, &r);
    const bool done = eagerly(l, &t, &r, false, &s, &got);
    if (done != compiled(l, &t, &r, false, &s, done ? &want : &got))
      FUZZ_FAIL("'%s' is refused in one builder only", t.text);
    if (done) lab_compare(t.text, 0, &want, &got, 0);
    if (compiled(l, &t, &r, true, &s, &want)) {
      if (!done) FUZZ_FAIL("'%s' is refused unless sizes are symbolic", t.text);
      lab_compare(t.text, 1, &want, &got, 0);
    }
    if (done && fits(&t, &r) && naive(l, &t, &r, &want)) lab_compare(t.text, 2, &got, &want, 0);
    if (done && fits(&t, &r) && eagerly(l, &t, &r, true, &s, &want))
      lab_compare(t.text, 3, &want, &got, 0);
  }
  lab_end(l);
  return 0;
}
