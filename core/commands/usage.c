/* What every command says in the same words: its help, wrong arguments, an error. */
#include "base/show.h"
#include "base/text.h"
#include "commands/command.h"
#include <getopt.h>
#include <stdarg.h>

void command_print_help(const struct command *command, FILE *to)
{
    show(to, "usage: postern %s\n\n%s.\n\n", command->synopsis, command->summary);
    show_lines(to, 0, text_of(command->help));
}

int command_usage(const struct command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    show(stderr, "postern: ");
    show_arguments(stderr, format, arguments);
    show(stderr, "\n");
    va_end(arguments);
    show(stderr, "usage: postern %s\n`postern %s --help` tells more.\n", command->synopsis, command->name);
    return EXIT_USAGE;
}

int command_unknown(const struct command *command, char **argv)
{
    const char *word = argv[optind - 1];
    if (text_starts_with(text_of(word), "--"))
        return command_usage(command, "%s: there is no such option, or it lacks its value", word);
    return command_usage(command, "-%c: there is no such option, or it lacks its value", optopt);
}

int command_fail(const postern_error *error)
{
    show(stderr, "postern: %s\n", error->message);
    if (error->remedy[0]) show(stderr, "         %s\n", error->remedy);
    return error->code == POSTERN_E_CONFIG ? EXIT_CONFIG : EXIT_INCOMPLETE;
}
