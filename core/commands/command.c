#include "commands/command.h"
#include <stdarg.h>
#include <string.h>

static const struct command *const commands[] = {&command_run,  &command_check,  &command_test,
                                                 &command_map,  &command_status, &command_tap,
                                                 &command_dead, &command_modules};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_overview(FILE *to)
{
    fputs(
        "postern: collects the security logs of Mimecast accounts\n\nusage: postern COMMAND [OPTION]...\n\n",
        to);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n  -h, --help     this text; postern COMMAND --help tells more\n"
          "  -V, --version  the version\n"
          "\nExit codes: 0 done, 1 something is not (stderr names it), 2 wrong usage, 78 wrong "
          "configuration.\n",
          to);
}

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

int commands_main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("postern %s (module ABI %u.%u)\n", POSTERN_VERSION, POSTERN_ABI_MAJOR, POSTERN_ABI_MINOR);
        return EXIT_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_overview(stdout);
        return EXIT_OK;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i]->name) == 0) return commands[i]->run(commands[i], argc - 1, argv + 1);
    if (argc > 1) fprintf(stderr, "postern: there is no command \"%s\"\n\n", name);
    print_overview(stderr);
    return EXIT_USAGE;
}
