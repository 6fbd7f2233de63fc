/* plan_cache.c - the plans of a program, the last used first.
 *
 * A key is a sequence of words: device, whether results go into given tensors, and per tensor
 * its sizes, strides and whether it is aligned to 64 bytes. What is donated is the same in all
 * runs of a program. It is hashed and compared where it stands in the call,
 * and written down only when a plan is kept.
 */
#include "program.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/hash.h"
#include "tsr/spi/tensor.h"

/* What is done with each word of a key. The walk is compiled once per purpose: it is what a
 * run does before its first step.
 */
typedef enum purpose {
  HASH,
  COMPARE,
  STORE
} purpose;

typedef struct reader {
  uint64_t hash;
  int64_t n;
  int64_t *words; /* to compare with, or to write down */
} reader;

static inline __attribute__((always_inline)) bool take(purpose what, reader *r, int64_t word) {
  bool same = true;
  if (what == HASH) r->hash = tsr_hash_u64(r->hash, (uint64_t)word);
  if (what == COMPARE) same = r->words[r->n] == word;
  if (what == STORE) r->words[r->n] = word;
  r->n++;
  return same;
}

static inline __attribute__((always_inline)) bool take_tensor(purpose what, reader *r,
                                                              const tsr_tensor *t) {
  for (int32_t k = 0; k < t->rank; k++) {
    if (!take(what, r, t->dims[k]) || !take(what, r, t->strides[k])) return false;
  }
  bool whole = t->data == (char *)t->storage->data;
  return take(what, r, ((uintptr_t)t->data % 64 == 0) | whole << 1);
}

/* Ranks are those of the program, so equal counts of words mean equal meaning of each. False
 * when a word differs.
 */
static inline __attribute__((always_inline)) bool take_key(purpose what, reader *r,
                                                           const tsri_run_key *key) {
  if (!take(what, r, (int64_t)(intptr_t)key->device) || !take(what, r, key->out != NULL))
    return false;
  for (int32_t i = 0; i < key->n_in; i++)
    if (!take_tensor(what, r, key->in[i])) return false;
  for (int32_t j = 0; key->out && j < key->n_out; j++)
    if (!take_tensor(what, r, key->out[j])) return false;
  return true;
}

static reader hash_key(const tsri_run_key *key) {
  reader r = {.hash = TSR_HASH_SEED};
  take_key(HASH, &r, key);
  return r;
}

static bool matches(const tsri_cached_plan *entry, const tsri_run_key *key) {
  reader r = {.words = entry->words};
  return take_key(COMPARE, &r, key);
}

tsr_status tsri_plan_cache_init(tsri_plan_cache *cache, int32_t most) {
  *cache = (tsri_plan_cache){.most = most > 0 ? most : 64};
  if (pthread_mutex_init(&cache->lock, NULL))
    return TSR_FAIL(TSR_ERR_NOMEM, "program: the system has no mutex left");
  if (pthread_mutex_init(&cache->planning, NULL)) {
    pthread_mutex_destroy(&cache->lock);
    return TSR_FAIL(TSR_ERR_NOMEM, "program: the system has no mutex left");
  }
  return TSR_OK;
}

static void drop(tsri_cached_plan *entry) {
  tsr_object_release(entry->plan);
  tsr_free(entry->words, sizeof *entry->words * (size_t)entry->n_words, 0);
  tsr_free(entry, sizeof *entry, 0);
}

static void drop_all(tsri_cached_plan *entry) {
  while (entry) {
    tsri_cached_plan *next = entry->next;
    drop(entry);
    entry = next;
  }
}

void tsri_plan_cache_deinit(tsri_plan_cache *cache) {
  drop_all(cache->first);
  pthread_mutex_destroy(&cache->planning);
  pthread_mutex_destroy(&cache->lock);
}

/* Entries nobody but the cache holds are unlinked under the lock, freed outside it. */
void tsri_plan_cache_clear(tsri_plan_cache *cache) {
  tsri_cached_plan *dropped = NULL;
  pthread_mutex_lock(&cache->lock);
  for (tsri_cached_plan **at = &cache->first; *at;) {
    tsri_cached_plan *entry = *at;
    if (!tsr_object_unique(entry->plan)) {
      at = &entry->next;
      continue;
    }
    *at = entry->next;
    entry->next = dropped;
    dropped = entry;
    cache->n--;
  }
  pthread_mutex_unlock(&cache->lock);
  drop_all(dropped);
}

/* The entry of a key after the first one, moved to the front. */
static tsri_cached_plan *find_behind(tsri_plan_cache *cache, const tsri_run_key *key) {
  if (!cache->first || !cache->first->next) return NULL;
  uint64_t hash = hash_key(key).hash;
  for (tsri_cached_plan **at = &cache->first->next; *at; at = &(*at)->next) {
    tsri_cached_plan *entry = *at;
    if (entry->hash != hash || !matches(entry, key)) continue;
    *at = entry->next;
    entry->next = cache->first;
    cache->first = entry;
    return entry;
  }
  return NULL;
}

/* The last plan used is most often the next: it is compared with before anything is hashed. */
tsri_plan *tsri_plan_cache_find(tsri_plan_cache *cache, const tsri_run_key *key) {
  tsri_plan *plan = NULL;
  pthread_mutex_lock(&cache->lock);
  tsri_cached_plan *entry = cache->first;
  if (!entry || !matches(entry, key)) entry = find_behind(cache, key);
  if (entry) {
    plan = entry->plan;
    tsr_object_retain(plan);
    cache->hits++;
  }
  pthread_mutex_unlock(&cache->lock);
  return plan;
}

static tsr_status make_entry(const tsri_run_key *key, tsri_plan *plan, tsri_cached_plan **out) {
  void *made = NULL, *words = NULL;
  reader r = hash_key(key);
  TSR_TRY(tsr_alloc(sizeof(tsri_cached_plan), 0, &made));
  tsr_status status = tsr_alloc(sizeof(int64_t) * (size_t)r.n, 0, &words);
  if (status != TSR_OK) {
    tsr_free(made, sizeof(tsri_cached_plan), 0);
    return status;
  }
  tsri_cached_plan *entry = made;
  *entry = (tsri_cached_plan){.hash = r.hash, .n_words = r.n, .words = words, .plan = plan};
  reader write = {.words = words};
  take_key(STORE, &write, key);
  tsr_object_retain(plan);
  *out = entry;
  return TSR_OK;
}

tsr_status tsri_plan_cache_add(tsri_plan_cache *cache, const tsri_run_key *key, tsri_plan *plan) {
  tsri_cached_plan *entry = NULL, *dropped = NULL;
  TSR_TRY(make_entry(key, plan, &entry));
  pthread_mutex_lock(&cache->lock);
  cache->misses++;
  entry->next = cache->first;
  cache->first = entry;
  if (++cache->n > cache->most) {
    tsri_cached_plan **last = &cache->first;
    while ((*last)->next)
      last = &(*last)->next;
    dropped = *last;
    *last = NULL;
    cache->n--;
  }
  pthread_mutex_unlock(&cache->lock);
  drop_all(dropped);
  return TSR_OK;
}
