/* tsr/spi/work.h - whose failure it is, on a backend that finishes work later.
 *
 * On a backend that defers (its wait is not NULL) each run of a program, each operation of an
 * eager scope and each copy to or from the host is one work. Whoever runs kernels opens it,
 * says which works made the operands, enqueues, and closes it; meanwhile it is the open work
 * of that thread. For each piece that it enqueues the backend enters the open work, and
 * leaves it when the piece is done. A storage keeps the work that writes it.
 *
 * A work is finished when it is closed and all its pieces are left. By then the works it
 * depends on are finished too, so it takes over the failure of the first that failed and
 * lets go of all: what a long chain of runs keeps alive is what is still on its way.
 *
 * A failure is told when it has been raised for someone: by reading a tensor, or by
 * synchronising the stream. The former raises it whenever it is asked, the latter only
 * while it is untold.
 *
 * Backends that do not defer have no works: NULL is one that never fails, and costs nothing.
 */
#ifndef TSR_SPI_WORK_H
#define TSR_SPI_WORK_H

#include "tsr/object.h"

TSR_BEGIN

typedef struct tsr_work tsr_work; /* a tsr_object */
struct tsr_stream;
TSR_OBJECT_DECLARE(tsr_work);

/* ---- for those who run kernels ---- */

/* tsr_work_open - what this thread enqueues from now on belongs to a new work.
 *
 * in   stream  where to
 * out  out     a new reference, given back by tsr_work_close; NULL if the backend never
 *              defers. May be nested: the last one opened is the open one.
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_work_open(struct tsr_stream *stream, tsr_work **out);

/* tsr_work_depend - work reads what another one writes; call it before anything is enqueued.
 *
 * in   work  open on this thread, or NULL
 *      on    on the same stream, or on one that was waited for; may be NULL
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_work_depend(tsr_work *work, tsr_work *on);

/* tsr_work_close - all of it is enqueued, or as much as could be.
 *
 * Waits for the stream when nothing was enqueued and an operand is still on its way.
 *
 * in   work    what tsr_work_open gave; the reference is taken
 *      status  of the enqueuing; if it is a failure the work has failed, and it is told
 * ret  status
 * err  status, and no other
 */
TSR_API TSR_NODISCARD tsr_status tsr_work_close(tsr_work *work, tsr_status status);

/* tsr_stream_wait - wait for what is enqueued.
 *
 * in   stream  any
 * err  the failure of this thread's open work; on a backend that never defers, or cannot
 *      tell works apart, that of the stream
 */
TSR_API TSR_NODISCARD tsr_status tsr_stream_wait(struct tsr_stream *stream);

/* ---- for backends ---- */

/* tsr_work_enter - the work that a piece now enqueued belongs to.
 *
 * out  out  a new reference, given back by tsr_work_leave: this thread's open work, or
 *           when there is none a new one of this piece alone
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_work_enter(tsr_work **out);

/* tsr_work_has_failed - should a piece whose turn has come be skipped?
 *
 * True when an earlier piece failed, or a work that it depends on: then the operands are
 * not there. Frees are no pieces: they always run.
 *
 * in   work  entered by the piece
 */
TSR_API bool tsr_work_has_failed(const tsr_work *work);

/* tsr_work_fail - the calling thread's record is the failure of work. On any thread.
 *
 * in   work    entered and not left
 *      status  not TSR_OK
 * ret  it is the first: the stream, too, has to remember it
 */
TSR_API bool tsr_work_fail(tsr_work *work, tsr_status status);

/* tsr_work_leave - the piece is done, skipped or dropped. On any thread, after fail. */
TSR_API void tsr_work_leave(tsr_work *work);

/* tsr_work_raise - make the failure of a work, or of one it depends on, this thread's record.
 *
 * in   work  finished, or all its pieces so far are left; may be NULL
 * ret  its code, again and again; TSR_OK when there is none
 */
TSR_API TSR_NODISCARD tsr_status tsr_work_raise(tsr_work *work);

/* tsr_works_add, tsr_works_tell, tsr_works_release - the failures that a stream remembers.
 *
 * Not synchronised. add appends, and drops what has been told meanwhile from the front; tell
 * raises the first that is untold, drops it, and gives TSR_OK when there is none; release
 * drops all.
 *
 * in   first  the list: NULL at first
 *      work   failed; a list retains it, and it is in one list at most
 * err  the failure of the work that tell drops
 */
TSR_API void tsr_works_add(tsr_work **first, tsr_work *work);
TSR_API TSR_NODISCARD tsr_status tsr_works_tell(tsr_work **first);
TSR_API void tsr_works_release(tsr_work **first);

TSR_END

#endif /* TSR_SPI_WORK_H */
