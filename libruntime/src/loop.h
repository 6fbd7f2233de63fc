/* loop.h - what while and scan share: values carried from round to round.
 *
 * A carried value lives dense in C order. Either the body computes it in place, and one
 * memory serves all rounds; or it alternates between two, one of which is the output when
 * that is dense. Nothing is copied per round: only the initial value is copied in once, so
 * that the body may overwrite it, and the last one out where it did not end in the output.
 * A value that the body hands on unchanged is read where it was given.
 */
#ifndef TSRI_LOOP_H
#define TSRI_LOOP_H

#include "region.h"

typedef enum tsri_carry_kind {
  TSRI_CARRY_FIXED,
  TSRI_CARRY_IN_PLACE,
  TSRI_CARRY_TWO
} tsri_carry_kind;

typedef struct tsri_carry {
  tsri_carry_kind kind;
  tsr_view view; /* dense */
  bool out_is_dense;
  int64_t at[2];     /* places in the workspace; at[0] < 0: the output */
  tsri_copier enter; /* initial layout to dense */
  tsri_copier leave; /* dense to the output's */
  tsri_copier pass;  /* initial layout to the output's */
} tsri_carry;

typedef struct tsri_loop {
  tsr_arena arena;
  int32_t n_consts, n_carry, n_xs, n_ys;
  int64_t length; /* of a scan */
  bool reverse;
  tsri_carry *carry;
  tsri_plan *body, *test; /* test: NULL for a scan */
  int64_t regions_at, predicate_at, copy_at;
  size_t workspace;
} tsri_loop;

/* One run's part. */
typedef struct tsri_loop_frame {
  const tsri_loop *loop;
  size_t size;
  tsri_frame *body, *test;
  void **now, **next; /* [n_carry] where values are, and where the next go */
} tsri_loop_frame;

/* The parts of a loop that scan and while prepare alike. xs and ys are layouts of slices. */
typedef struct tsri_loop_want {
  const tsri_planner *planner;
  tsr_prepare *p;
  const tsr_object *body, *test;
  int32_t n_consts, n_carry, n_xs, n_ys;
  const tsr_view *xs, *ys;
} tsri_loop_want;
tsr_status tsri_loop_prepare(const tsri_loop_want *want, tsri_loop **out);
void tsri_loop_release(void *loop);

tsr_status tsri_loop_open(void *state, tsr_numeric *numeric, void **out);
void tsri_loop_close(void *frame);

/* Before the first round; first is which of the two places the first round writes to. */
tsr_status tsri_loop_enter(tsri_loop_frame *f, tsr_stream *stream, const tsr_call *c,
                           const tsr_view *in, const tsr_view *out, int first);
/* Point the body at the carried values, and change places after a round. */
void tsri_loop_bind(tsri_loop_frame *f);
void tsri_loop_turn(tsri_loop_frame *f);
/* After the last round. */
tsr_status tsri_loop_leave(tsri_loop_frame *f, tsr_stream *stream, const tsr_call *c,
                           const tsr_view *in, const tsr_view *out);

#endif /* TSRI_LOOP_H */
