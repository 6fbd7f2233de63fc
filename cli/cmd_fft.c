/* cmd_fft.c - tsr fft: Fourier transforms of a file. */
#include "command.h"
#include "report.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "tsr/fft.h"

enum {
  AXES_MAX = 64
};

typedef struct fft_call {
  tsr_builder *b;
  tsr_value x;
  int64_t axes[AXES_MAX];
  size_t n_axes; /* 0 only for shifts: all of them */
  bool has_n;
  int64_t n; /* --n */
  tsr_fft_norm norm;
} fft_call;

typedef struct fft_row {
  const char *name;
  tsr_value (*emit)(const fft_call *c);
  unsigned takes;
} fft_row;

/* What a row takes besides its operand. */
enum {
  LENGTH = 1,
  NORM = 2,
  MANY_AXES = 4,
  ALL = LENGTH | NORM | MANY_AXES
};

static tsr_axes axes_of(const fft_call *c) {
  return c->n_axes ? (tsr_axes){c->axes, c->n_axes} : TSR_ALL_AXES;
}

static int64_t last_axis(const fft_call *c) { return c->axes[c->n_axes - 1]; }

/* The operand cut, or filled up with zeros, to --n places along the last axis named. */
static tsr_value fitted(const fft_call *c) {
  const int64_t axis[] = {last_axis(c)};
  const tsr_dim n[] = {tsr_dim_of(c->n)};
  return c->has_n ? tsr_fft_fit(c->b, c->x, (tsr_axes){axis, 1}, (tsr_shape){n, 1}) : c->x;
}

/* How many places the signal behind a half spectrum has: --n, or as if that were even. */
static tsr_dim full_length(const fft_call *c) {
  if (c->has_n) return tsr_dim_of(c->n);
  return tsr_dim_of(2 * (tsr_value_dim(c->b, c->x, last_axis(c)).n - 1));
}

static tsr_value emit_fft(const fft_call *c) {
  return tsr_fft(c->b, fitted(c), axes_of(c), c->norm);
}
static tsr_value emit_ifft(const fft_call *c) {
  return tsr_ifft(c->b, fitted(c), axes_of(c), c->norm);
}
static tsr_value emit_rfft(const fft_call *c) {
  return tsr_rfft(c->b, fitted(c), axes_of(c), c->norm);
}
static tsr_value emit_irfft(const fft_call *c) {
  return tsr_irfft(c->b, c->x, full_length(c), axes_of(c), c->norm);
}
static tsr_value emit_hfft(const fft_call *c) {
  return tsr_hfft(c->b, c->x, full_length(c), last_axis(c), c->norm);
}
static tsr_value emit_ihfft(const fft_call *c) {
  return tsr_ihfft(c->b, fitted(c), last_axis(c), c->norm);
}
static tsr_value emit_fftshift(const fft_call *c) { return tsr_fftshift(c->b, c->x, axes_of(c)); }
static tsr_value emit_ifftshift(const fft_call *c) { return tsr_ifftshift(c->b, c->x, axes_of(c)); }

static const fft_row rows[] = {
    {"fft",       emit_fft,       ALL          },
    {"ifft",      emit_ifft,      ALL          },
    {"rfft",      emit_rfft,      ALL          },
    {"irfft",     emit_irfft,     ALL          },
    {"hfft",      emit_hfft,      LENGTH | NORM},
    {"ihfft",     emit_ihfft,     LENGTH | NORM},
    {"fftshift",  emit_fftshift,  MANY_AXES    },
    {"ifftshift", emit_ifftshift, MANY_AXES    },
};
enum {
  N_ROWS = sizeof rows / sizeof *rows
};

static const char *const norms[] = {
    [TSR_FFT_BACKWARD] = "backward",
    [TSR_FFT_ORTHO] = "ortho",
    [TSR_FFT_FORWARD] = "forward",
};

static const fft_row *find_row(const char *name) {
  for (size_t i = 0; i < N_ROWS; i++)
    if (strcmp(rows[i].name, name) == 0) return &rows[i];
  return NULL;
}

static int unknown_row(const command *self, const char *name) {
  const char *names[N_ROWS];
  for (size_t i = 0; i < N_ROWS; i++)
    names[i] = rows[i].name;
  return report_unknown(self, "transform", name, N_ROWS, names);
}

/* ---- options ---- */

static int read_axes(const command *self, const arguments *a, const fft_row *row, fft_call *out) {
  const char *word = option_value(self, a, "--axes");
  if (!word) {
    out->axes[0] = -1;
    out->n_axes = row->takes & NORM ? 1 : 0; /* as NumPy: the last one, shifts all */
    return EXIT_OK;
  }
  if (!parse_integers(word, AXES_MAX, out->axes, &out->n_axes))
    return report_usage(self, "--axes wants axes like 0,1 or -1, not %s", word);
  if (out->n_axes > 1 && !(row->takes & MANY_AXES))
    return report_usage(self, "%s works along one axis, not %s", row->name, word);
  return EXIT_OK;
}

static int read_n(const command *self, const arguments *a, const fft_row *row, fft_call *out) {
  const char *word = option_value(self, a, "--n");
  if (!word) return EXIT_OK;
  if (!(row->takes & LENGTH))
    return report_usage(self, "%s has no length to choose by --n", row->name);
  if (!parse_integer(word, &out->n) || out->n < 1)
    return report_usage(self, "--n wants a length of 1 or more, not %s", word);
  out->has_n = true;
  return EXIT_OK;
}

static int read_norm(const command *self, const arguments *a, const fft_row *row, fft_call *out) {
  const char *word = option_value(self, a, "--norm");
  out->norm = TSR_FFT_BACKWARD;
  if (!word) return EXIT_OK;
  if (!(row->takes & NORM)) return report_usage(self, "%s scales nothing by --norm", row->name);
  for (size_t i = 0; i < sizeof norms / sizeof *norms; i++) {
    if (strcmp(word, norms[i]) != 0) continue;
    out->norm = (tsr_fft_norm)i;
    return EXIT_OK;
  }
  return report_usage(self, "--norm is backward, ortho or forward, not %s", word);
}

/* ---- running ---- */

static int transform(const command *self, const arguments *a, const fft_row *row, fft_call *c) {
  session s;
  tsr_status status = session_open(chosen_device(self, a), &s);
  if (status == TSR_OK) status = session_load(&s, a->operands[1], &c->x);
  c->b = s.b;
  int ended;
  if (status == TSR_OK) {
    if (row->takes & NORM) c->x = session_to_float(&s, c->x); /* a shift computes nothing */
    const result r = {NULL, row->emit(c)};
    ended = session_finish(&s, self, a, 1, &r);
  } else {
    ended = report_status(self, status);
  }
  session_close(&s);
  return ended;
}

static int run_fft(const command *self, const arguments *a) {
  fft_call call = {0};
  if (a->n == 0) return report_usage(self, "which transform");
  const fft_row *row = find_row(a->operands[0]);
  if (!row) return unknown_row(self, a->operands[0]);
  if (a->n != 2) return report_usage(self, "%s wants one file, not %zu", row->name, a->n - 1);
  int ended = check_outputs(self, a, 1);
  if (ended == EXIT_OK) ended = read_axes(self, a, row, &call);
  if (ended == EXIT_OK) ended = read_n(self, a, row, &call);
  if (ended == EXIT_OK) ended = read_norm(self, a, row, &call);
  return ended == EXIT_OK ? transform(self, a, row, &call) : ended;
}

static const option options[] = {
    OPTION_OUTPUTS,
    {"--axes", "AXES", "like 0,1; the last one unless given, for the shifts all"          },
    {"--n",    "N",    "length of the last axis named; it is cut, or filled up with zeros"},
    {"--norm", "NORM", "backward (the inverse has 1/n), ortho or forward"                 },
    OPTION_DEVICE,
    {NULL,     NULL,   NULL                                                               },
};

const command command_fft = {
    .name = "fft",
    .summary = "Fourier transforms",
    .synopsis = "OP FILE [-o FILE] [--axes AXES] [--n N] [--norm NORM] [--device D]",
    .options = options,
    .text = "OP is what NumPy calls so:\n"
            "\n"
            "  fft ifft              complex numbers, along one axis or several\n"
            "  rfft irfft            real numbers to half a spectrum, and back\n"
            "  hfft ihfft            signals that are conjugate to their mirror image, and back\n"
            "  fftshift ifftshift    frequency 0 to the middle, and back\n"
            "\n"
            "Integers and bools are transformed as f64. For irfft and hfft N is the length of the\n"
            "result, 2 (m - 1) for m places unless given.\n",
    .run = run_fft,
};
