/* command.h - what a command is: its place in the list, its help, and what runs. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "arguments.h"

/* How the program ends. */
enum {
  EXIT_OK = 0,
  EXIT_FAILED = 1, /* what was asked for cannot be done, or a check does not hold */
  EXIT_USAGE = 2   /* it was not asked in a way that can be understood */
};

typedef struct command {
  const char *name;
  const char *summary;   /* a line of the list of commands */
  const char *synopsis;  /* what follows the name; several forms by line feeds */
  const option *options; /* ended by one without name; NULL for none */
  const char *text;      /* paragraphs of the help, ended by a line feed */
  void (*rows)(void);    /* print the table behind the text; NULL for none */
  const char *after;     /* what stands behind the table; NULL for nothing */
  int (*run)(const command *self, const arguments *a);
} command;

/* Every command, in the order of the list; ended by NULL. */
extern const command *const commands[];

extern const command command_einsum, command_fft, command_help, command_info, command_linalg,
    command_ops, command_show;

#endif /* CLI_COMMAND_H */
