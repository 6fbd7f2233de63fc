/* tsr.c - the command-line tool: the table of commands, and which of them runs. */
#include "command.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

const command *const commands[] = {
    &command_info, &command_show, &command_einsum, &command_linalg,
    &command_fft,  &command_ops,  &command_help,   NULL,
};

static const command *find_command(const char *name) {
  for (size_t i = 0; commands[i]; i++)
    if (strcmp(commands[i]->name, name) == 0) return commands[i];
  return NULL;
}

static int unknown_command(const char *name) {
  const char *names[sizeof commands / sizeof *commands];
  size_t n = 0;
  for (; commands[n]; n++)
    names[n] = commands[n]->name;
  return report_unknown(NULL, "command", name, n, names);
}

/* ---- help ---- */

static void print_list(void) {
  printf("usage: tsr COMMAND ...\n\n");
  for (size_t i = 0; commands[i]; i++)
    printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
  printf("\nA FILE holds one array, as numpy.save writes it; - is standard input or output.\n"
         "`tsr help COMMAND` says more, `tsr --version` which version this is. It ends with 0,\n"
         "with 1 if something failed, with 2 if it was not understood.\n");
}

/* One line per form, each with the name in front. */
static void print_synopsis(const command *c) {
  const char *line = c->synopsis;
  for (const char *lead = "usage:"; line; lead = "      ") {
    const int length = (int)strcspn(line, "\n");
    printf("%s tsr %s%s%.*s\n", lead, c->name, length ? " " : "", length, line);
    line = line[length] ? line + length + 1 : NULL;
  }
}

static void print_help(const command *c) {
  print_synopsis(c);
  printf("\n%s", c->text);
  if (c->rows) c->rows();
  if (c->after) fputs(c->after, stdout);
  for (const option *o = c->options; o && o->name; o++) {
    char form[64];
    snprintf(form, sizeof form, "%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    printf("%s  %-16s %s\n", o == c->options ? "\n" : "", form, o->text);
  }
}

static int run_help(const command *self, const arguments *a) {
  if (a->n > 1) return report_usage(self, "it explains one command at a time");
  if (a->n == 0) {
    print_list();
    return EXIT_OK;
  }
  const command *c = find_command(a->operands[0]);
  if (!c) return unknown_command(a->operands[0]);
  print_help(c);
  return EXIT_OK;
}

const command command_help = {
    .name = "help",
    .summary = "what a command does",
    .synopsis = "[COMMAND]",
    .text = "Lists the commands, or explains one.\n",
    .run = run_help,
};

/* ---- main ---- */

static bool is_any(const char *word, const char *a, const char *b) {
  return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static int run_command(const command *c, int n, char *const *words) {
  arguments a;
  for (int i = 0; i < n; i++) {
    if (!is_any(words[i], "--help", "-h")) continue;
    print_help(c);
    return EXIT_OK;
  }
  int ended = arguments_parse(c, n, words, &a);
  if (ended == EXIT_OK) ended = c->run(c, &a);
  arguments_deinit(&a);
  if (fflush(stdout) != 0 || ferror(stdout))
    return report_failure(c, "cannot write to standard output");
  return ended;
}

int main(int argc, char **argv) {
  if (argc < 2) return report_usage(NULL, "a command is wanted");
  if (is_any(argv[1], "--version", "-V")) {
    printf("tsr (Tessera) %s\n", TSR_VERSION);
    return EXIT_OK;
  }
  const command *c = is_any(argv[1], "--help", "-h") ? &command_help : find_command(argv[1]);
  if (!c) return unknown_command(argv[1]);
  return run_command(c, argc - 2, argv + 2);
}
