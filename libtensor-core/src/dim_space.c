/* libtensor-core/src/dim_space.c - the space that owns symbols and interns expressions. */
#include "dim_internal.h"

#include <string.h>

#include "tsr/alloc.h"

static void space_deinit(void *self) {
  tsr_dim_space *space = self;
  tsri_list *lists[] = {&space->symbols, &space->promises, &space->facts};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    tsr_free(lists[i]->items, (size_t)lists[i]->capacity * sizeof(void *), 0);
  tsri_set_deinit(&space->exprs);
  tsri_set_deinit(&space->monos);
  tsri_set_deinit(&space->atoms);
  tsr_arena_deinit(&space->scratch);
  tsr_arena_deinit(&space->arena);
}

static const tsr_class space_class = {"dim_space", sizeof(tsr_dim_space), space_deinit, NULL, NULL};

tsr_status tsr_dim_space_create(tsr_dim_space **out) {
  void *space;
  *out = NULL;
  TSR_TRY(tsr_object_create(&space_class, &space));
  *out = space;
  return TSR_OK;
}

TSR_OBJECT_DEFINE(tsr_dim_space)

bool tsri_dim_owned(const tsr_dim_space *space, tsr_dim dim) {
  return dim.expr == NULL || (space && dim.expr->space == space);
}

tsr_status tsri_dim_check(const tsr_dim_space *space, tsr_dim a, tsr_dim b) {
  if (tsri_dim_owned(space, a) && tsri_dim_owned(space, b)) return TSR_OK;
  char text[128];
  return TSR_FAIL(TSR_ERR_ARGUMENT, "size %s belongs to another space",
                  tsr_dim_format(tsri_dim_owned(space, a) ? b : a, text, sizeof text));
}

tsr_status tsri_list_reserve(tsri_list *list, int32_t n) {
  if (n <= list->capacity - list->n) return TSR_OK;
  int32_t capacity = list->capacity ? list->capacity : 4;
  while (capacity - list->n < n)
    if (__builtin_mul_overflow(capacity, 2, &capacity)) return TSR_ERR_LIMIT;
  void *items;
  TSR_TRY(tsr_alloc((size_t)capacity * sizeof(void *), 0, &items));
  if (list->n) memcpy(items, list->items, (size_t)list->n * sizeof(void *));
  tsr_free(list->items, (size_t)list->capacity * sizeof(void *), 0);
  list->items = items;
  list->capacity = capacity;
  return TSR_OK;
}

tsr_status tsri_scratch_terms(tsr_dim_space *space, int32_t n, tsri_term **out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(&space->scratch, (size_t)n * sizeof **out, &memory));
  *out = memory;
  return TSR_OK;
}

tsr_status tsri_scratch_powers(tsr_dim_space *space, int32_t n, tsri_power **out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(&space->scratch, (size_t)n * sizeof **out, &memory));
  *out = memory;
  return TSR_OK;
}

tsr_status tsri_dim_finish(tsr_dim_space *space, tsr_status status, const char *what, tsr_dim a,
                           tsr_dim b, tsr_dim *out) {
  if (space) tsr_arena_reset(&space->scratch);
  if (status == TSR_OK) return TSR_OK;
  if (out) *out = tsr_dim_of(0);
  if (status != TSR_ERR_LIMIT) return status;
  char text_a[128], text_b[128];
  return TSR_FAIL(TSR_ERR_LIMIT, "the %s of sizes %s and %s is too large", what,
                  tsr_dim_format(a, text_a, sizeof text_a),
                  tsr_dim_format(b, text_b, sizeof text_b));
}

/* atoms */

static uint64_t hash_dim(uint64_t hash, tsr_dim dim) {
  return tsr_hash_u64(tsr_hash_u64(hash, (uint64_t)dim.n), dim.expr ? dim.expr->hash : 1);
}

static uint64_t hash_atom(const tsri_atom *atom) {
  uint64_t hash = tsr_hash_u64(TSR_HASH_SEED, atom->kind);
  if (atom->kind == TSRI_ATOM_SYMBOL) return tsr_hash_bytes(hash, atom->name, strlen(atom->name));
  return hash_dim(hash_dim(hash, atom->a), atom->b);
}

static bool equal_dims(tsr_dim a, tsr_dim b) { return a.n == b.n && a.expr == b.expr; }

static bool equal_atoms(const void *key, const void *item) {
  const tsri_atom *a = key, *b = item;
  if (a->kind != b->kind) return false;
  if (a->kind == TSRI_ATOM_SYMBOL) return strcmp(a->name, b->name) == 0;
  return equal_dims(a->a, b->a) && equal_dims(a->b, b->b);
}

/* Everything that may fail comes before the space changes. */
static tsr_status add_atom(tsr_dim_space *space, const tsri_atom *key, tsri_atom **out) {
  void *copy;
  if (space->n_atoms == INT32_MAX) return TSR_ERR_LIMIT;
  TSR_TRY(tsri_set_reserve(&space->atoms));
  TSR_TRY(tsr_arena_copy(&space->arena, key, sizeof *key, &copy));
  *out = copy;
  (*out)->id = space->n_atoms++;
  tsri_set_add(&space->atoms, copy);
  return TSR_OK;
}

tsr_status tsri_atom_intern(tsr_dim_space *space, tsri_atom_kind kind, tsr_dim a, tsr_dim b,
                            bool nonnegative, const tsri_atom **out) {
  tsri_atom key = {.kind = kind, .a = a, .b = b, .nonnegative = nonnegative, .symbol = -1};
  const tsr_dim operands[] = {a, b};
  key.cost = 1;
  for (int i = 0; i < 2; i++) {
    if (operands[i].expr == NULL) continue;
    key.cost += operands[i].expr->cost;
    if (key.depth < operands[i].expr->depth) key.depth = operands[i].expr->depth;
  }
  key.depth++;
  if (key.depth > TSRI_DIM_DEPTH || key.cost > TSRI_DIM_COST) return TSR_ERR_LIMIT;
  key.hash = hash_atom(&key);
  *out = tsri_set_find(&space->atoms, &key, equal_atoms);
  if (*out) return TSR_OK;
  tsri_atom *added;
  TSR_TRY(add_atom(space, &key, &added));
  *out = added;
  return TSR_OK;
}

/* monomials */

static bool equal_monos(const void *key, const void *item) {
  const tsri_mono *a = key, *b = item;
  if (a->n != b->n) return false;
  for (int32_t i = 0; i < a->n; i++)
    if (a->powers[i].atom != b->powers[i].atom || a->powers[i].exponent != b->powers[i].exponent)
      return false;
  return true;
}

tsr_status tsri_mono_intern(tsr_dim_space *space, const tsri_power *powers, int32_t n,
                            const tsri_mono **out) {
  *out = &tsri_mono_one;
  if (n == 0) return TSR_OK;
  tsri_mono key = {.hash = TSR_HASH_SEED, .n = n, .powers = powers};
  for (int32_t i = 0; i < n; i++) {
    key.hash = tsr_hash_u64(key.hash, powers[i].atom->hash);
    key.hash = tsr_hash_u64(key.hash, (uint64_t)powers[i].exponent);
    if (__builtin_add_overflow(key.degree, powers[i].exponent, &key.degree)) return TSR_ERR_LIMIT;
  }
  *out = tsri_set_find(&space->monos, &key, equal_monos);
  if (*out) return TSR_OK;
  void *kept, *copy;
  TSR_TRY(tsri_set_reserve(&space->monos));
  TSR_TRY(tsr_arena_copy(&space->arena, powers, (size_t)n * sizeof *powers, &kept));
  key.powers = kept;
  TSR_TRY(tsr_arena_copy(&space->arena, &key, sizeof key, &copy));
  tsri_set_add(&space->monos, copy);
  *out = copy;
  return TSR_OK;
}

/* polynomials */

static bool equal_exprs(const void *key, const void *item) {
  const tsri_poly *a = &((const tsr_dim_expr *)key)->poly;
  const tsri_poly *b = &((const tsr_dim_expr *)item)->poly;
  if (a->n != b->n) return false;
  for (int32_t i = 0; i < a->n; i++)
    if (a->terms[i].coef != b->terms[i].coef || a->terms[i].mono != b->terms[i].mono) return false;
  return true;
}

static tsr_status measure(tsr_dim_expr *expr) {
  expr->hash = TSR_HASH_SEED;
  for (int32_t i = 0; i < expr->poly.n; i++) {
    const tsri_term *t = &expr->poly.terms[i];
    expr->hash = tsr_hash_u64(tsr_hash_u64(expr->hash, (uint64_t)t->coef), t->mono->hash);
    expr->cost++;
    for (int32_t k = 0; k < t->mono->n; k++) {
      const tsri_atom *atom = t->mono->powers[k].atom;
      expr->cost += atom->cost; /* both are bounded, so the sum stays small */
      if (expr->depth < atom->depth) expr->depth = atom->depth;
      if (expr->cost > TSRI_DIM_COST) return TSR_ERR_LIMIT;
    }
  }
  return expr->cost > TSRI_DIM_COST ? TSR_ERR_LIMIT : TSR_OK;
}

tsr_status tsri_poly_store(tsr_dim_space *space, tsri_poly poly, tsr_dim *out) {
  *out = tsr_dim_of(tsri_poly_const(poly));
  if (tsri_poly_is_const(poly)) return TSR_OK;
  tsr_dim_expr key = {.space = space, .poly = poly};
  TSR_TRY(measure(&key));
  out->n = 0;
  out->expr = tsri_set_find(&space->exprs, &key, equal_exprs);
  if (out->expr) return TSR_OK;
  void *terms, *copy;
  TSR_TRY(tsri_set_reserve(&space->exprs));
  TSR_TRY(tsr_arena_copy(&space->arena, poly.terms, (size_t)poly.n * sizeof *poly.terms, &terms));
  key.poly.terms = terms;
  TSR_TRY(tsr_arena_copy(&space->arena, &key, sizeof key, &copy));
  tsri_set_add(&space->exprs, copy);
  out->expr = copy;
  return TSR_OK;
}

tsr_status tsri_poly_load(tsr_dim_space *space, tsr_dim dim, tsri_poly *out) {
  *out = (tsri_poly){NULL, 0};
  if (dim.expr) *out = dim.expr->poly;
  if (dim.expr || dim.n == 0) return TSR_OK;
  tsri_term *term;
  TSR_TRY(tsri_scratch_terms(space, 1, &term));
  *term = (tsri_term){dim.n, &tsri_mono_one};
  *out = (tsri_poly){term, 1};
  return TSR_OK;
}

/* symbols */

enum {
  MAX_NAME = 63
};

/* [A-Za-z_][A-Za-z0-9_]*, whatever the locale calls a letter */
static bool is_name(const char *name) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  if (name == NULL || (*name >= '0' && *name <= '9')) return false;
  size_t n = strspn(name, letters);
  return n >= 1 && n <= MAX_NAME && name[n] == 0;
}

static tsr_status intern_symbol(tsr_dim_space *space, const char *name, tsri_atom **out) {
  tsri_atom key = {.kind = TSRI_ATOM_SYMBOL, .name = name, .nonnegative = true, .cost = 1};
  key.hash = hash_atom(&key);
  *out = (tsri_atom *)tsri_set_find(&space->atoms, &key, equal_atoms);
  if (*out) return TSR_OK;
  void *kept;
  TSR_TRY(tsri_list_reserve(&space->symbols, 1));
  TSR_TRY(tsr_arena_copy(&space->arena, name, strlen(name) + 1, &kept));
  key.name = kept;
  key.symbol = space->symbols.n;
  TSR_TRY(add_atom(space, &key, out));
  space->symbols.items[space->symbols.n++] = *out;
  return TSR_OK;
}

static tsr_status symbol_dim(tsr_dim_space *space, const char *name, int64_t hint, tsr_dim *out) {
  tsri_atom *atom;
  TSR_TRY(intern_symbol(space, name, &atom));
  if (atom->hint == 0) atom->hint = hint;
  tsri_power power = {atom, 1};
  tsri_term term = {1, NULL};
  TSR_TRY(tsri_mono_intern(space, &power, 1, &term.mono));
  return tsri_poly_store(space, (tsri_poly){&term, 1}, out);
}

tsr_status tsr_dim_space_symbol(tsr_dim_space *space, const char *name, int64_t hint,
                                tsr_dim *out) {
  *out = tsr_dim_of(0);
  if (space == NULL) return TSR_FAIL(TSR_ERR_ARGUMENT, "the space of a symbol is NULL");
  if (!is_name(name))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "\"%.80s\" is no name for a size", name ? name : "NULL");
  if (hint < 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "hint %lld of size %s is negative", (long long)hint, name);
  return tsri_dim_finish(space, symbol_dim(space, name, hint, out), "making", *out, *out, out);
}

int32_t tsr_dim_symbols(const tsr_dim_space *space) { return space ? space->symbols.n : 0; }

static const tsri_atom *symbol_at(const tsr_dim_space *space, int32_t i) {
  return i >= 0 && i < tsr_dim_symbols(space) ? space->symbols.items[i] : NULL;
}

const char *tsr_dim_name(const tsr_dim_space *space, int32_t i) {
  const tsri_atom *atom = symbol_at(space, i);
  return atom ? atom->name : "";
}

int64_t tsr_dim_hint(const tsr_dim_space *space, int32_t i) {
  const tsri_atom *atom = symbol_at(space, i);
  return atom ? atom->hint : 0;
}
