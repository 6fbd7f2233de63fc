/* tsr/spi/backend.h - what a backend is: devices, streams, memory, kernels.
 *
 * A backend is a const table. Devices and streams embed the structs below as their
 * first member. Work is asynchronous by contract: run enqueues on a stream, and a
 * failure that shows later belongs to the work it was enqueued for (tsr/spi/work.h):
 * whoever reads an output of that work, or of one that depends on it, is told, and
 * nobody else. The stream remembers it until someone has been. A backend whose work is
 * finished when run returns (the CPU) needs neither events nor works.
 */
#ifndef TSR_SPI_BACKEND_H
#define TSR_SPI_BACKEND_H

#include "tsr/spi/call.h"
#include "tsr/spi/work.h"
#include "tsr/tensor.h"

TSR_BEGIN

/* Exact match required; raised whenever a struct of an spi header changes. */
#define TSR_SPI_VERSION 2

typedef struct tsr_backend tsr_backend;
typedef struct tsr_stream tsr_stream;
typedef struct tsr_kernel tsr_kernel;
typedef struct tsr_runtime tsr_runtime; /* of libruntime; seen here only to register */
struct tsr_rules;                       /* of libinternalops */
struct tsr_handles;                     /* of libtensor: freed handles kept for reuse */

/* First member of a backend's device struct; its tsr_class closes it. */
struct tsr_device {
  tsr_object object;
  const tsr_backend *backend;
  int32_t ordinal;
  char name[24];                /* "cpu:0" */
  tsr_stream *stream;           /* the default stream; owned by the device */
  bool is_host;                 /* the host may read and write its memory directly */
  int64_t live, high, reserved; /* bytes, kept by alloc and free; atomic access only */
  struct tsr_handles *handles;  /* see tsr_device_handles_open; may stay NULL */
};

/* tsr_device_handles_open - from now on keep freed tensor and storage structs for reuse.
 *
 * Optional: a device without them takes each struct from tsr_alloc. Call it when the
 * device opens.
 *
 * in   device  its handles are NULL
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_device_handles_open(tsr_device *device);

/* tsr_device_handles_close - give them back; call from the deinit of the device's class.
 *
 * in   device  its handles may be NULL
 */
TSR_API void tsr_device_handles_close(tsr_device *device);

/* First member of a backend's stream struct. A stream is used by one thread at a time,
 * except that programs run concurrently on the default stream of a host device.
 */
struct tsr_stream {
  tsr_device *device; /* not retained: a device owns its streams */
};

struct tsr_backend {
  const char *name;      /* "cpu"; a device string is name or name:ordinal */
  bool computes_on_host; /* a real backend in host memory: compilers fold constants with it */
  int32_t dlpack_device; /* DLPack's number for its memory, see <tsr/dlpack.h>; 0: none */

  /* Open device number ordinal with its default stream. */
  tsr_status (*open)(const tsr_backend *self, int32_t ordinal, tsr_device **out);
  /* Further streams; open may be NULL when the backend has just one. */
  tsr_status (*stream_open)(tsr_device *device, tsr_stream **out);
  void (*stream_close)(tsr_stream *stream);

  /* Memory usable by work enqueued on the stream after this call. Blocks are aligned to
   * 64 bytes or more. size as asked for goes back to free. rounded_size is what a block
   * counts for in live and high; planning uses it. reserved has whole blocks.
   */
  tsr_status (*alloc)(tsr_stream *stream, size_t size, void **out);
  void (*free)(tsr_stream *stream, void *data, size_t size);
  size_t (*rounded_size)(const tsr_device *device, size_t size);

  /* Dense bytes between host and device memory, ordered on the stream; the host side
   * must stay valid until the stream is synchronised.
   */
  tsr_status (*upload)(tsr_stream *stream, void *device_data, const void *host, size_t size);
  tsr_status (*download)(tsr_stream *stream, void *host, const void *device_data, size_t size);

  /* Wait; return the first failure of deferred work that nobody has been told of (raised
   * on this thread), each once.
   */
  tsr_status (*synchronize)(tsr_stream *stream);

  /* The backend defers: each piece that run, upload and download enqueue enters a work, its
   * failure goes to that work, and pieces of a failed work are skipped. wait waits until all
   * works of the stream are done, and tells nothing. NULL: nothing fails after run has
   * returned, or the backend cannot tell whose failure it is (CUDA); it then reaches whoever
   * reads or synchronises first.
   */
  void (*wait)(tsr_stream *stream);

  /* Order work across streams; all NULL when the host waits instead. */
  tsr_status (*event_create)(tsr_device *device, void **out);
  tsr_status (*event_record)(tsr_stream *stream, void *event);
  tsr_status (*event_wait)(tsr_stream *stream, void *event);
  void (*event_destroy)(tsr_device *device, void *event);

  /* The backend's own function table for families, e.g. tsr_cpu_spi; may be NULL. */
  const void *spi;
};

typedef struct tsr_prepare tsr_prepare;

/* A kernel: how one backend computes one op for some dtypes. The rows of an op are
 * tried from the highest priority down; the first whose dtypes match and whose applies
 * says yes is prepared. Every op has a row of priority 0 that applies to everything.
 */
struct tsr_kernel {
  const tsr_op *op;
  uint32_t dtypes;     /* accepted dtypes of the key operand */
  uint32_t out_dtypes; /* of output 0; 0: any */
  int32_t priority;
  const char *name; /* "cpu.mul.f64"; for messages and tables */
  /* NULL: always. Looks at dims, strides and attributes in p; must not keep anything. */
  bool (*applies)(const tsr_kernel *self, const tsr_prepare *p);
  /* NULL: nothing to prepare. Fills in the results of p. */
  tsr_status (*prepare)(const tsr_kernel *self, tsr_prepare *p);
  /* Enqueue the work. Allocates nothing. Accepts any strides that applies let through;
   * out never overlaps itself, and overlaps an input only where prepare allowed it.
   */
  tsr_status (*run)(tsr_stream *stream, const tsr_call *c, const tsr_view *in, const tsr_view *out);
  const void *data; /* the row's own constants, or NULL */
};

/* One op application at fixed sizes, being prepared. */
struct tsr_prepare {
  tsr_device *device;
  const tsr_call *call; /* dims in types and attributes are all constants */
  const tsr_view *in;   /* [n_in] data is NULL */
  const tsr_view *out;  /* [n_out] data is NULL */
  const bool *wanted;   /* [n_out] false: nobody reads this output */
  void *planner;        /* for the runtime's own rows with regions; others leave it */

  /* results, zeroed before the call */
  void *state;                  /* reaches run as c->state */
  void (*release)(void *state); /* called when the plan dies */
  size_t workspace;             /* device bytes for the duration of run */
  int32_t *alias; /* [n_out], -1 at first: input whose memory output j may take over */
};

/* Where numerical findings of one run collect; made by whoever runs kernels. */
typedef struct tsr_numeric {
  tsr_error error; /* code TSR_OK while nothing is flagged */
  int64_t batch;
  const tsr_call *call; /* the one that raised it; whoever runs kernels sets NULL after each */
} tsr_numeric;

/* tsr_numeric_flag - note a numerical failure of the call now running.
 *
 * The run goes on; its end returns ERR_NUMERIC with the first flag (steps run in order;
 * within a call the lowest batch index wins). Call it on the thread that called run.
 *
 * in   c      as given to run
 *      batch  index of the failing matrix in C order of the batch axes, or -1
 *      what   the finding, e.g. "matrix is singular: pivot 3 is zero"; copied
 */
TSR_API void tsr_numeric_flag(const tsr_call *c, int64_t batch, const char *what);

/* The part of a runtime that registration needs, at its very start. core is &tsr_core_mark as
 * the caller sees it: the static and the shared form of one library do not mix in a process.
 */
typedef struct tsr_runtime_spi {
  tsr_status (*add_backend)(tsr_runtime *rt, int version, const tsr_backend *backend,
                            const char *core);
  tsr_status (*add_kernels)(tsr_runtime *rt, int version, const char *backend,
                            const tsr_kernel *rows, int32_t n, const char *core);
  tsr_status (*add_op)(tsr_runtime *rt, int version, const tsr_op *op,
                       const struct tsr_rules *rules, const char *core);
  const void *(*backend_spi)(tsr_runtime *rt, int version, const char *backend);
} tsr_runtime_spi;

typedef struct tsr_runtime_head {
  tsr_object object;
  const tsr_runtime_spi *spi;
} tsr_runtime_head;

#define TSR_RUNTIME_SPI_(rt) (((const tsr_runtime_head *)(const void *)(rt))->spi)

/* tsr_runtime_add_backend - make a backend known under its name; devices open on first use.
 *
 * err  EXISTS    a backend of that name
 *      ARGUMENT  another SPI version (both in the message); rt is NULL (so for all below)
 *      STATE     the caller uses another copy of tensor-core than the runtime
 */
TSR_NODISCARD static inline tsr_status tsr_runtime_add_backend(tsr_runtime *rt,
                                                               const tsr_backend *backend) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "add_backend: the runtime is NULL");
  return TSR_RUNTIME_SPI_(rt)->add_backend(rt, TSR_SPI_VERSION, backend, &tsr_core_mark);
}

/* tsr_runtime_add_kernels - add n rows for ops the runtime knows; rows must outlive it.
 *
 * err  NOT_FOUND  no such backend registered, or an op of a row is not
 *      ARGUMENT   another SPI version; a malformed row
 *      STATE      the caller uses another copy of tensor-core than the runtime
 */
TSR_NODISCARD static inline tsr_status tsr_runtime_add_kernels(tsr_runtime *rt, const char *backend,
                                                               const tsr_kernel *rows, int32_t n) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "add_kernels: the runtime is NULL");
  return TSR_RUNTIME_SPI_(rt)->add_kernels(rt, TSR_SPI_VERSION, backend, rows, n, &tsr_core_mark);
}

/* tsr_runtime_add_op - make an extension op known; both structs must outlive the runtime.
 *
 * err  EXISTS    an op of that name
 *      ARGUMENT  no infer rule, or rules that do not fit the row; another SPI version
 *      STATE     the caller uses another copy of tensor-core than the runtime
 */
TSR_NODISCARD static inline tsr_status tsr_runtime_add_op(tsr_runtime *rt, const tsr_op *op,
                                                          const struct tsr_rules *rules) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "add_op: the runtime is NULL");
  return TSR_RUNTIME_SPI_(rt)->add_op(rt, TSR_SPI_VERSION, op, rules, &tsr_core_mark);
}

/* tsr_runtime_backend_spi - the function table of a backend, NULL when it is not there. */
static inline const void *tsr_runtime_backend_spi(tsr_runtime *rt, const char *backend) {
  return rt ? TSR_RUNTIME_SPI_(rt)->backend_spi(rt, TSR_SPI_VERSION, backend) : NULL;
}

TSR_END

#endif /* TSR_SPI_BACKEND_H */
