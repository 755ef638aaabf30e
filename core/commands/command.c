#include "commands/command.h"
#include "base/show.h"
#include <getopt.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_run,  &command_check, &command_test,   &command_map,     &command_status,
    &command_tap,  &command_dead,  &command_trace,  &command_account, &command_modules,
    &command_sink, &command_new,   &command_module,
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_overview(FILE *to)
{
    show(to,
         "postern: collects the security logs of cloud accounts\n\nusage: postern COMMAND [OPTION]...\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        show(to, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
    show(to, "\n  -h, --help     this text; postern COMMAND --help tells more\n"
             "  -V, --version  the version\n"
             "\nExit codes: 0 done, 1 something is not (stderr names it), 2 wrong usage, 78 wrong "
             "configuration.\n");
}

int commands_main(int argc, char **argv)
{
    opterr = 0; /* getopt would print the word as it is; command_unknown shows it */
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        show(stdout, "postern %s (module ABI %u.%u)\n", POSTERN_VERSION, POSTERN_ABI_MAJOR,
             POSTERN_ABI_MINOR);
        return EXIT_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_overview(stdout);
        return EXIT_OK;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i]->name) == 0) return commands[i]->run(commands[i], argc - 1, argv + 1);
    if (argc > 1) show(stderr, "postern: there is no command \"%s\"\n\n", name);
    print_overview(stderr);
    return EXIT_USAGE;
}
