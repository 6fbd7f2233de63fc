/* tsr_mock.h - an asynchronous device made from a host backend. For tests only.
 *
 * Work is done by the kernels of the host backend, but on a thread of its own, in order,
 * after random delays. The device's memory has addresses the host cannot touch, is filled
 * with a pattern when allocated and when freed, and every access of a kernel is checked
 * against the blocks alive at that point of the stream. What goes wrong in deferred work is
 * that work's failure, see tsr/spi/work.h.
 */
#ifndef TSR_MOCK_H
#define TSR_MOCK_H

#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_mock_register_over - make device "mock" out of the backend that host registers.
 *
 * in   rt    a runtime; the host backend itself is not added to it
 *      host  register function, e.g. tsr_cpu_register
 *      seed  of the delays; 0: no delays
 * err  EXISTS, NOMEM, and whatever host returns
 */
TSR_NODISCARD tsr_status tsr_mock_register_over(tsr_runtime *rt,
                                                tsr_status (*host)(tsr_runtime *rt), uint64_t seed);

/* tsr_mock_deferred - kernels that ran on the device's thread so far; for tests of the mock. */
int64_t tsr_mock_deferred(const tsr_device *device);

TSR_END

#endif /* TSR_MOCK_H */
