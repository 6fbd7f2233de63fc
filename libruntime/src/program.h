/* program.h - a compiled program and its cache of plans. */
#ifndef TSRI_PROGRAM_H
#define TSRI_PROGRAM_H

#include "plan.h"

#include "tsr/program.h"

/* What tells one plan of a program from another, as it stands in a call. */
typedef struct tsri_run_key {
  const tsr_device *device;
  const bool *donated;   /* [n_in] NULL: none */
  tsr_tensor *const *in; /* [n_in] */
  int32_t n_in;
  tsr_tensor *const *out; /* [n_out] when results go into given tensors, else NULL */
  int32_t n_out;
} tsri_run_key;

typedef struct tsri_cached_plan {
  struct tsri_cached_plan *next; /* from the last used to the least recently used */
  uint64_t hash;
  int64_t n_words;
  int64_t *words;
  tsri_plan *plan;
} tsri_cached_plan;

typedef struct tsri_plan_cache {
  pthread_mutex_t lock;     /* over the list and the counts; held briefly */
  pthread_mutex_t planning; /* one plan is made at a time */
  tsri_cached_plan *first;
  int32_t n, most;
  int64_t hits, misses;
} tsri_plan_cache;

tsr_status tsri_plan_cache_init(tsri_plan_cache *cache, int32_t most);
void tsri_plan_cache_deinit(tsri_plan_cache *cache);
void tsri_plan_cache_clear(tsri_plan_cache *cache);

/* The plan of a key, retained, or NULL. */
tsri_plan *tsri_plan_cache_find(tsri_plan_cache *cache, const tsri_run_key *key);

/* Keep a plan, and drop the one unused for longest when there are too many. */
tsr_status tsri_plan_cache_add(tsri_plan_cache *cache, const tsri_run_key *key, tsri_plan *plan);

struct tsr_program {
  tsr_object object;
  tsri_tables *tables;         /* lent by the graphs' registry */
  tsr_graph *stage[3];         /* by tsr_stage */
  tsr_compile_options options; /* but for the list of donated inputs, which is */
  bool *donated;               /* [inputs] or NULL: none */
  tsri_plan_cache cache;
  bool has_cache;
  int32_t number;  /* in dumps and profiles; 0: a program of our own */
  int32_t n_plans; /* made so far; written under the lock on planning */
};

/* Programs that users compile have numbers, those that fold makes have none. */
typedef enum tsri_compile_for {
  TSRI_FOR_USER,
  TSRI_FOR_FOLDING
} tsri_compile_for;

/* As tsr_compile_with. */
tsr_status tsri_compile_program(tsr_builder *b, tsr_values outputs,
                                const tsr_compile_options *options, tsri_compile_for whom,
                                tsr_program **out);

/* The plan for a run, retained: from the cache, or made now. */
tsr_status tsri_program_plan(const tsr_program *program, const tsri_run_key *key, tsri_plan **out);

#endif /* TSRI_PROGRAM_H */
