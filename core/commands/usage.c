/* What every command says in the same words: its help, wrong arguments, an error. */
#include "commands/command.h"
#include <stdarg.h>

void command_print_help(const struct command *command, FILE *to)
{
    fprintf(to, "usage: postern %s\n\n%s.\n\n%s", command->synopsis, command->summary, command->help);
}

int command_usage(const struct command *command, const char *format, ...)
{
    if (format) {
        va_list arguments;
        va_start(arguments, format);
        fputs("postern: ", stderr);
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
        va_end(arguments);
    }
    fprintf(stderr, "usage: postern %s\n`postern %s --help` tells more.\n", command->synopsis, command->name);
    return EXIT_USAGE;
}

int command_fail(const postern_error *error)
{
    fprintf(stderr, "postern: %s%s%s\n", error->message, error->remedy[0] ? "\n         " : "",
            error->remedy);
    return error->code == POSTERN_E_CONFIG ? EXIT_CONFIG : EXIT_INCOMPLETE;
}
