/* arguments.h - operands and options of a command line, taken apart by a command's table. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct command command;

enum {
  OPTIONS_MAX = 8 /* of one command */
};

typedef struct option {
  const char *name;  /* "--axes"; a value may follow as "--axes 0,1" or as "--axes=0,1" */
  const char *value; /* what its value is called in the help; NULL: it takes none */
  const char *text;
} option;

/* The option that takes all words up to the next option. */
#define OPTION_OUTPUTS                                                                             \
  {                                                                                                \
    "-o", "FILE...",                                                                               \
        "the files of the results: all words up to the next option; else they are printed"         \
  }

typedef struct arguments {
  const char *const *operands; /* [n] */
  size_t n;
  const char *const *outputs; /* [n_outputs] the words behind -o */
  size_t n_outputs;
  const char *values[OPTIONS_MAX]; /* by the command's table; NULL: not given, "" without a value */
  const char **memory;
} arguments;

/* arguments_parse - take the words behind a command's name apart.
 *
 * Gives EXIT_OK, or EXIT_USAGE with the reason told; either way end with arguments_deinit.
 */
int arguments_parse(const command *c, int n_words, char *const *words, arguments *out);
void arguments_deinit(arguments *a);

/* The value of an option; NULL: not given. */
const char *option_value(const command *c, const arguments *a, const char *name);
bool option_given(const command *c, const arguments *a, const char *name);

/* Numbers out of words: false when the word is no such thing. */
bool parse_integer(const char *word, int64_t *out);
bool parse_number(const char *word, double *out);
/* "0,1,-1": at most max of them. */
bool parse_integers(const char *word, size_t max, int64_t *out, size_t *out_n);

#endif /* CLI_ARGUMENTS_H */
