/* emulated.h - a GPU thread on the CPU: where it stands, and how it waits for its block.
 *
 * Code compiled with shim.h exports tsr_emulated_here, which gives the place of the thread
 * that this thread of the CPU plays now. A kernel takes one struct by value in CUDA, and a
 * pointer to it here: `void name(const void *arguments)`. Whoever launches it sets the place
 * before each call; grid.h does so for a whole grid.
 */
#ifndef TSR_EMULATED_H
#define TSR_EMULATED_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsr_emulated_size {
  unsigned x, y, z;
} tsr_emulated_size;

typedef struct tsr_emulated_thread {
  tsr_emulated_size thread, block, threads, blocks; /* threadIdx blockIdx blockDim gridDim */
  void *shared;                                     /* dynamic shared memory of the block */
  void (*barrier)(void *context);                   /* __syncthreads */
  void *context;
} tsr_emulated_thread;

typedef tsr_emulated_thread *(*tsr_emulated_where)(void);
typedef void (*tsr_emulated_kernel)(const void *arguments);

#ifdef __cplusplus
}
#endif

#endif /* TSR_EMULATED_H */
