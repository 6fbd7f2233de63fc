/* codes.c - compiled texts, held by the device for the next who asks.
 *
 * A text says everything about its kernels, so it is the key. Compiling takes a tenth of a
 * second and happens outside of the lock: two threads that ask for one text at a time may both
 * compile it, and the second to finish takes what the first has made.
 */
#include "cuda_internal.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/hash.h"

static tsri_cuda_codes *codes_of(tsr_device *device) { return &tsri_cuda_of(device)->codes; }

static void destroy(tsr_device *device, tsri_cuda_code *code) {
  tsri_cuda_module_unload(device, code->module);
  tsr_free(code->text, code->size, 0);
  tsr_free(code, sizeof *code, 0);
}

/* ---- the table; under the lock ---- */

static tsri_cuda_code *look_up(tsri_cuda_codes *codes, uint64_t hash, const char *text,
                               size_t size) {
  for (int32_t i = 0; i < codes->n; i++) {
    tsri_cuda_code *code = codes->at[i];
    if (code->hash != hash || code->size != size || memcmp(code->text, text, size) != 0) continue;
    code->holders++;
    code->turn = ++codes->turn;
    return code;
  }
  return NULL;
}

/* Take out the code that was not asked for longest; NULL while there is room. */
static tsri_cuda_code *make_room(tsri_cuda_codes *codes) {
  int32_t oldest = 0;
  if (codes->n < TSRI_CUDA_CODES) return NULL;
  for (int32_t i = 1; i < codes->n; i++)
    if (codes->at[i]->turn < codes->at[oldest]->turn) oldest = i;
  tsri_cuda_code *code = codes->at[oldest];
  codes->at[oldest] = codes->at[--codes->n];
  codes->counts.evicted++;
  return --code->holders == 0 ? code : NULL;
}

static void insert(tsri_cuda_codes *codes, tsri_cuda_code *code) {
  code->holders++;
  code->turn = ++codes->turn;
  codes->at[codes->n++] = code;
}

/* ---- making ---- */

static tsr_status load(tsr_device *device, const char *const *names, tsri_cuda_code *code) {
  static const char *const options[] = {"-w"}; /* functions that a text does not call */
  const tsr_gpu_source source = {names[0], code->text, options, 1};
  tsri_cuda_device *d = tsri_cuda_of(device);
  tsr_gpu_image image;
  TSR_TRY(tsri_compile(&d->libraries, d->facts.arch, &source, &image));
  tsr_status status = tsri_cuda_module_load(device, &image, &code->module);
  tsri_image_free(&image);
  for (int i = 0; status == TSR_OK && i < TSRI_CUDA_CODE_FUNCTIONS && names[i]; i++)
    status = tsri_cuda_module_find(device, code->module, names[i], &code->function[i]);
  return status;
}

static tsr_status make(tsr_device *device, uint64_t hash, const char *text, size_t size,
                       const char *const *names, tsri_cuda_code **out) {
  void *memory = NULL, *copy = NULL;
  TSR_TRY(tsr_alloc(sizeof **out, 0, &memory));
  tsr_status status = tsr_alloc(size, 0, &copy);
  if (status != TSR_OK) {
    tsr_free(memory, sizeof **out, 0);
    return status;
  }
  tsri_cuda_code *code = memory;
  *code = (tsri_cuda_code){.hash = hash, .text = copy, .size = size, .holders = 1};
  memcpy(copy, text, size);
  status = load(device, names, code);
  if (status != TSR_OK) {
    destroy(device, code);
    return status;
  }
  *out = code;
  return TSR_OK;
}

/* Of two codes of one text the one in the table stays. */
static tsri_cuda_code *keep(tsr_device *device, tsri_cuda_code *made) {
  tsri_cuda_codes *codes = codes_of(device);
  tsri_cuda_code *spare = made, *result;
  pthread_mutex_lock(&codes->lock);
  codes->counts.compiled++;
  result = look_up(codes, made->hash, made->text, made->size);
  if (!result) {
    spare = make_room(codes);
    insert(codes, made);
    result = made;
  }
  pthread_mutex_unlock(&codes->lock);
  if (spare) destroy(device, spare);
  return result;
}

tsr_status tsri_cuda_code_find(tsr_device *device, const char *text, size_t size,
                               const char *const names[TSRI_CUDA_CODE_FUNCTIONS],
                               tsri_cuda_code **out) {
  tsri_cuda_codes *codes = codes_of(device);
  const uint64_t hash = tsr_hash_bytes(TSR_HASH_SEED, text, size);
  tsri_cuda_code *made = NULL;
  pthread_mutex_lock(&codes->lock);
  *out = look_up(codes, hash, text, size);
  if (*out) codes->counts.found++;
  pthread_mutex_unlock(&codes->lock);
  if (*out) return TSR_OK;
  TSR_TRY(make(device, hash, text, size, names, &made));
  *out = keep(device, made);
  return TSR_OK;
}

void tsri_cuda_code_release(tsr_device *device, tsri_cuda_code *code) {
  if (!code) return;
  tsri_cuda_codes *codes = codes_of(device);
  pthread_mutex_lock(&codes->lock);
  const bool last = --code->holders == 0;
  pthread_mutex_unlock(&codes->lock);
  if (last) destroy(device, code);
}

void tsri_cuda_codes_clear(tsr_device *device) {
  tsri_cuda_codes *codes = codes_of(device);
  for (;;) {
    pthread_mutex_lock(&codes->lock);
    tsri_cuda_code *code = codes->n ? codes->at[--codes->n] : NULL;
    pthread_mutex_unlock(&codes->lock);
    if (!code) return;
    tsri_cuda_code_release(device, code);
  }
}

void tsri_cuda_codes_count(tsr_device *device, tsr_gpu_codes *out) {
  tsri_cuda_codes *codes = codes_of(device);
  pthread_mutex_lock(&codes->lock);
  *out = codes->counts;
  out->held = codes->n;
  pthread_mutex_unlock(&codes->lock);
}
