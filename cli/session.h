/* session.h - a runtime with everything in it, operands out of files, and results into them. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "command.h"

#include "tsr/eager.h"
#include "tsr/runtime.h"

typedef struct session {
  tsr_runtime *rt;
  tsr_device *device;
  tsr_builder *b;
} session;

/* session_runtime - a runtime with both backends and all families. */
tsr_status session_runtime(tsr_runtime **out);

/* session_open - the same with an eager scope on a device; end with session_close, also after a
 * failure.
 */
tsr_status session_open(const char *device, session *out);
void session_close(session *s);

/* What --device names; "cpu" without it. */
#define OPTION_DEVICE                                                                              \
  { "--device", "D", "where it is computed: cpu, cuda, cuda:1; cpu unless given" }
const char *chosen_device(const command *c, const arguments *a);

/* session_load - the array of a file, or of standard input for "-". */
tsr_status session_load(session *s, const char *path, tsr_value *out);
tsr_status load_tensor(tsr_device *device, const char *path, tsr_tensor **out);

/* session_to_float - integers and bools as f64, as NumPy takes them; the rest as it is. */
tsr_value session_to_float(session *s, tsr_value x);

/* A result by name; a name is printed where there are several. */
typedef struct result {
  const char *name;
  tsr_value value;
} result;

/* session_finish - write results to the files behind -o, or print them. Gives the exit code. */
int session_finish(session *s, const command *c, const arguments *a, size_t n, const result *r);

/* At most as many files behind -o as there are results, no two the same. EXIT_OK, or EXIT_USAGE and told. */
int check_outputs(const command *c, const arguments *a, size_t n_results);

#endif /* CLI_SESSION_H */
