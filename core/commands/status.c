/* `postern status`. */
#include "report/status.h"
#include "base/cleanup.h"
#include "commands/command.h"
#include "engine/places.h"
#include "engine/setup.h"
#include <getopt.h>
#include <unistd.h>

static int status(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    const char *path = places_config();
    bool json = false;
    for (int letter; (letter = getopt_long(argc, argv, "c:jh", known, NULL)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter == 'c')
            path = optarg;
        else if (letter == 'j')
            json = true;
        else
            return command_unknown(command, argv);
    }
    if (optind < argc) return command_usage(command, "%s: status takes no further words", argv[optind]);
    _cleanup_(freep) char *directory = setup_state_directory(path);
    if (!directory) return EXIT_CONFIG;
    struct status_report report;
    status_load(directory, clock_process(), &report);
    if (json)
        status_print_json(&report, stdout);
    else
        status_print_text(&report, stdout);
    int code = report.verdict.level == VERDICT_GOOD ? EXIT_OK : EXIT_INCOMPLETE;
    status_clear(&report);
    return code;
}

const struct command command_status = {
    "status", "status [--json] [-c FILE]",
    "Shows accounts, streams and deliveries: what works, lag, errors, remedies",
    "  -c, --config FILE  the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "      --json         for programs: one JSON object; times are RFC 3339, durations seconds\n"
    "\nThe first line is the verdict, judged now: GOOD, ATTENTION (something is wrong, the rest works) or "
    "BAD "
    "(events\n"
    "are not collected or not delivered), what is wrong and what to do. Exit code 0 if it is good, 1 if it "
    "is "
    "not, so\n"
    "that a monitor can call it. Looks at the state directory only; the daemon is not disturbed.\n",
    status};
