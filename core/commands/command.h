/* The command line: one file per command, each with its own options and help. */
#ifndef POSTERN_COMMANDS_COMMAND_H
#define POSTERN_COMMANDS_COMMAND_H

#include <postern/module.h>
#include <stdio.h>

#define EXIT_OK         0
#define EXIT_INCOMPLETE 1 /* it ran, but not all of it succeeded; stderr names what */
#define EXIT_USAGE      2
#define EXIT_CONFIG     78 /* EX_CONFIG of sysexits.h: service managers know not to restart */

struct command {
    const char *name;
    const char *synopsis;                                             /* what comes behind "postern" */
    const char *summary;                                              /* one line for `postern --help` */
    const char *help;                                                 /* the rest of `postern NAME --help` */
    int (*run)(const struct command *command, int argc, char **argv); /* argv[0] is the command's name */
};

extern const struct command command_run, command_check, command_test, command_map, command_status,
    command_tap, command_dead, command_trace, command_account, command_modules, command_sink, command_new,
    command_module;

/* Finds the command, runs it and returns the exit code. */
int commands_main(int argc, char **argv);

/* ---- usage.c: for the commands ---- */

/* Prints the command's help. */
void command_print_help(const struct command *command, FILE *to);
/* Says what is wrong with the arguments; returns EXIT_USAGE. */
int command_usage(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for the option that getopt has just refused. */
int command_unknown(const struct command *command, char **argv);
/* "postern: message. remedy" on stderr; returns the exit code that fits the error. */
int command_fail(const postern_error *error);

#endif
