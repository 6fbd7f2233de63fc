/* grid.c - the threads of a block as coroutines, which change places only at barriers.
 *
 * A coroutine runs one thread after another until a thread waits; then the next coroutine
 * goes on with the threads that have not begun. When all wait or have ended, those that
 * wait go on, in order. A coroutine begins with makecontext, which asks the system for the
 * signal mask, and is left and entered by jumps, which do not.
 */
#define _DEFAULT_SOURCE /* _setjmp */
#include "grid.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <ucontext.h>

enum {
  STACK = 1 << 17
};

typedef struct worker {
  ucontext_t context;
  void *stack;
  int has_begun, waits;
  jmp_buf inside;
  tsr_emulated_thread thread; /* that waits */
} worker;

typedef struct grid {
  tsr_emulated_kernel kernel;
  const void *arguments;
  tsr_emulated_thread *here;
  worker *workers;
  unsigned n_workers, current; /* with stacks; the one that runs */
  unsigned next, n_threads;    /* of the block: the first that has not begun */
  jmp_buf scheduler;
} grid;

/* To the scheduler, until it comes back. */
static void leave(grid *g) {
  if (!_setjmp(g->workers[g->current].inside)) _longjmp(g->scheduler, 1);
}

static void wait_for_block(void *context) {
  grid *g = context;
  worker *w = &g->workers[g->current];
  w->thread = *g->here;
  w->waits = 1;
  leave(g);
  *g->here = g->workers[g->current].thread;
}

static void run_threads(unsigned high, unsigned low) {
  grid *g = (grid *)((size_t)high << 16 << 16 | low);
  for (;;) {
    while (g->next < g->n_threads) {
      unsigned i = g->next++;
      const tsr_emulated_size *n = &g->here->threads;
      g->here->thread = (tsr_emulated_size){i % n->x, i / n->x % n->y, i / n->x / n->y};
      g->kernel(g->arguments);
    }
    g->workers[g->current].waits = 0;
    leave(g);
  }
}

static int add_worker(grid *g) {
  worker *w = &g->workers[g->n_workers];
  w->stack = malloc(STACK);
  if (!w->stack) return -1;
  g->n_workers++;
  return 0;
}

static void begin(grid *g, worker *w) {
  size_t address = (size_t)g;
  ucontext_t *c = &w->context;
  w->has_begun = 1;
  getcontext(c);
  c->uc_stack.ss_sp = w->stack;
  c->uc_stack.ss_size = STACK;
  c->uc_link = NULL;
  makecontext(c, (void (*)(void))run_threads, 2, (unsigned)(address >> 16 >> 16),
              (unsigned)address);
  setcontext(c);
}

/* Until worker i waits or has nothing left to begin. */
static void resume(grid *g, unsigned i) {
  worker *w = &g->workers[i];
  g->current = i;
  if (_setjmp(g->scheduler)) return;
  if (!w->has_begun) begin(g, w);
  _longjmp(w->inside, 1);
}

static int run_block(grid *g) {
  unsigned waiting = 0; /* workers 0 to waiting - 1 */
  g->next = 0;
  while (g->next < g->n_threads) {
    if (waiting == g->n_workers && add_worker(g) != 0) return -1;
    resume(g, waiting);
    waiting += (unsigned)g->workers[waiting].waits;
  }
  for (int some = waiting > 0; some;) {
    some = 0;
    for (unsigned i = 0; i < waiting; i++) {
      if (g->workers[i].waits) resume(g, i);
      some |= g->workers[i].waits;
    }
  }
  return 0;
}

static int run_blocks(grid *g, const unsigned blocks[3]) {
  for (unsigned z = 0; z < blocks[2]; z++)
    for (unsigned y = 0; y < blocks[1]; y++)
      for (unsigned x = 0; x < blocks[0]; x++) {
        g->here->block = (tsr_emulated_size){x, y, z};
        if (run_block(g) != 0) return -1;
      }
  return 0;
}

/* Of all threads that launch one runs its grid: kernels keep their place and shared memory in
 * variables of their image.
 */
static pthread_mutex_t one_grid = PTHREAD_MUTEX_INITIALIZER;

int tsr_emulated_run(tsr_emulated_kernel kernel, tsr_emulated_where where, const unsigned blocks[3],
                     const unsigned threads[3], size_t shared, const void *arguments) {
  grid g = {.kernel = kernel, .arguments = arguments, .here = where()};
  g.n_threads = threads[0] * threads[1] * threads[2];
  g.workers = calloc(g.n_threads, sizeof *g.workers);
  void *memory = calloc(1, shared + 1);
  int result = -1;
  pthread_mutex_lock(&one_grid);
  if (g.workers && memory) {
    *g.here = (tsr_emulated_thread){
        .threads = {threads[0], threads[1], threads[2]},
        .blocks = {blocks[0],  blocks[1],  blocks[2] },
        .shared = memory,
        .barrier = wait_for_block,
        .context = &g
    };
    result = run_blocks(&g, blocks);
  }
  pthread_mutex_unlock(&one_grid);
  for (unsigned i = 0; i < g.n_workers; i++)
    free(g.workers[i].stack);
  free(g.workers);
  free(memory);
  return result;
}
