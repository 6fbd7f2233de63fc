/* driver.h - inside the emulated driver: blocks of memory and the queue of work. */
#ifndef TSR_EMULATED_DRIVER_H
#define TSR_EMULATED_DRIVER_H

#include "abi_internal.h"
#include "libraries_internal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Results of the driver that we give. */
enum {
  EMULATED_INVALID_VALUE = 1,
  EMULATED_NOMEM = 2,
  EMULATED_NO_CONTEXT = 201,
  EMULATED_NOT_FOUND = 500,
  EMULATED_ILLEGAL_ADDRESS = 700
};

#define EMULATED_API __attribute__((visibility("default")))

/* Every function as libgpu calls it: one that is missing or differs does not compile or link. */
#define TSRI_FUNCTION(name, symbol, parameters, arguments)                                         \
  EMULATED_API tsri_result symbol parameters;
#include "driver.def"

/* memory.c: a block with red zones on both sides, filled with a pattern. release checks the
 * zones; covers says whether bytes lie in one block. All under the lock of queue.c.
 */
tsri_result emulated_take(size_t size, tsri_address *out);
tsri_result emulated_release(tsri_address data);
EMULATED_API int emulated_covers(tsri_address data, size_t size);
int emulated_zones_are_whole(void);
size_t emulated_reserved(void); /* most bytes in use since the last trim */
void emulated_trim(void);
enum {
  EMULATED_MEMORY = 1 << 30 /* bytes of the device */
};

/* queue.c: work in the order in which it was enqueued, whatever the stream: a legal order. It
 * is done when somebody waits. enqueue copies data.
 */
typedef tsri_result (*emulated_work)(void *data);
EMULATED_API tsri_result tsr_emulated_enqueue(emulated_work work, const void *data, size_t size);
/* Do all that is queued; the first failure, which stays, as it does on a GPU. */
tsri_result emulated_wait(void);
EMULATED_API void emulated_lock(void);
EMULATED_API void emulated_unlock(void);

#ifdef __cplusplus
}
#endif

#endif /* TSR_EMULATED_DRIVER_H */
