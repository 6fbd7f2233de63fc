/* libtensor-core/src/print.c - arrays as text, laid out the way NumPy does it.
 *
 * Two walks over the elements that are shown: one measures them, one writes. Words
 * go straight to the stream; blanks are held back until a word follows them, because
 * a line that wraps loses its trailing ones.
 */
#include "tsr/print.h"

#include "element.h"

enum {
  LINE_WIDTH = 75,
  EDGE = 3,         /* shown at each end of an axis that is cut */
  MAX_SHOWN = 1000, /* elements of an array that is shown whole */
  MAX_RANK = 512    /* the walks recurse, and brackets cost a column each */
};

typedef struct printer {
  const tsr_view *view;
  FILE *file;
  int64_t item; /* bytes of an element */
  bool cut;     /* long axes are cut */
  tsri_words words;
  int column; /* of the line so far, held-back blanks included */
  int blanks; /* held back */
} printer;

static bool is_cut(const printer *p, int32_t axis) {
  return p->cut && p->view->dims[axis] > 2 * EDGE;
}

static const char *element_at(const printer *p, const char *at, int32_t axis, int64_t i) {
  return at + i * p->view->strides[axis] * p->item;
}

static void measure(printer *p, int32_t axis, const char *at) {
  if (axis == p->view->rank) {
    tsri_words_measure(&p->words, at);
    return;
  }
  int64_t n = p->view->dims[axis];
  for (int64_t i = 0; i < n; i++) {
    if (is_cut(p, axis) && i == EDGE) i = n - EDGE;
    measure(p, axis + 1, element_at(p, at, axis, i));
  }
}

static void put_blanks(printer *p) {
  fprintf(p->file, "%*s", p->blanks, "");
  p->blanks = 0;
}

static void new_line(printer *p, int n, int32_t axis) {
  p->blanks = 0;
  for (int i = 0; i < n; i++)
    fputc('\n', p->file);
  p->column = p->blanks = (int)axis + 1;
}

static void put_separator(printer *p) {
  p->blanks++;
  p->column++;
}

/* A word of the innermost axis, on a new line when this one is full. */
static void put_word(printer *p, int32_t axis, const char *word, size_t n) {
  int room = LINE_WIDTH - (int)axis - 1, start = (int)axis + 1;
  if (p->column > start && p->column + (int)n > room) new_line(p, 1, axis);
  put_blanks(p);
  size_t kept = n;
  while (kept > 0 && word[kept - 1] == ' ')
    kept--;
  fprintf(p->file, "%.*s", (int)kept, word);
  p->blanks = (int)(n - kept);
  p->column += (int)n;
}

static void put_element(printer *p, int32_t axis, const char *at) {
  char buffer[1024];
  tsri_text text = tsri_text_in(buffer, sizeof buffer);
  tsri_words_put(&p->words, at, &text);
  put_word(p, axis, buffer, text.used);
}

static void put_row(printer *p, int32_t axis, const char *at) {
  int64_t n = p->view->dims[axis];
  p->column = (int)axis + 1;
  for (int64_t i = 0; i < n; i++) {
    if (i > 0) put_separator(p);
    if (is_cut(p, axis) && i == EDGE) {
      put_word(p, axis, "...", 3);
      i = n - EDGE;
      put_separator(p);
    }
    put_element(p, axis, element_at(p, at, axis, i));
  }
  put_blanks(p);
}

static void put_axis(printer *p, int32_t axis, const char *at) {
  int32_t inner = p->view->rank - axis - 1;
  int64_t n = p->view->dims[axis];
  fputc('[', p->file);
  if (inner == 0) put_row(p, axis, at);
  for (int64_t i = 0; inner > 0 && i < n; i++) {
    if (i > 0) new_line(p, inner, axis);
    put_blanks(p);
    if (is_cut(p, axis) && i == EDGE) {
      fputs("...", p->file);
      i = n - EDGE;
      new_line(p, inner, axis);
      put_blanks(p);
    }
    put_axis(p, axis + 1, element_at(p, at, axis, i));
  }
  fputc(']', p->file);
}

static void put_alone(const tsr_view *view, FILE *file) {
  char buffer[128];
  tsri_text text = tsri_text_in(buffer, sizeof buffer);
  tsri_word_put_alone(view->dtype, view->data, &text);
  fputs(buffer, file);
}

static void put_array(const tsr_view *view, int64_t count, FILE *file) {
  printer p = {.view = view, .file = file, .item = (int64_t)tsr_dtype_size(view->dtype)};
  p.cut = count > MAX_SHOWN;
  tsri_words_init(&p.words, view->dtype);
  measure(&p, 0, view->data);
  tsri_words_settle(&p.words);
  put_axis(&p, 0, view->data);
}

static tsr_status check_view(const tsr_view *view, int64_t *count) {
  TSR_TRY(tsr_layout_count(view->rank, view->dims, count));
  if (tsr_dtype_size(view->dtype) == 0)
    return TSR_FAIL(TSR_ERR_DTYPE, "print: %d is no dtype", (int)view->dtype);
  if (view->rank > MAX_RANK)
    return TSR_FAIL(TSR_ERR_LIMIT, "print: rank %d is above %d", (int)view->rank, (int)MAX_RANK);
  if (*count > 0 && view->data == NULL)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "print: the view has no data");
  return TSR_OK;
}

tsr_status tsr_view_print(const tsr_view *view, FILE *file) {
  int64_t count;
  if (file == NULL) return TSR_FAIL(TSR_ERR_ARGUMENT, "print: the file is NULL");
  TSR_TRY(check_view(view, &count));
  if (count == 0)
    fputs("[]", file);
  else if (view->rank == 0)
    put_alone(view, file);
  else
    put_array(view, count, file);
  fputc('\n', file);
  return ferror(file) ? TSR_FAIL(TSR_ERR_IO, "print: the file reports an error") : TSR_OK;
}

const char *tsr_format_shape(int32_t rank, const int64_t *dims, char *buffer, size_t size) {
  tsri_text text = tsri_text_in(buffer, size);
  tsri_text_put(&text, "[");
  for (int32_t i = 0; i < rank && !tsri_text_is_full(&text); i++)
    tsri_text_put(&text, i ? ", %lld" : "%lld", (long long)dims[i]);
  tsri_text_put(&text, "]");
  return buffer;
}
