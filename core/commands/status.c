#include "report/status.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "commands/command.h"
#include "engine/places.h"
#include "engine/setup.h"
#include <getopt.h>
#include <string.h>
#include <unistd.h>

static postern_status load(const char *directory, struct status_report *report, postern_error *error)
{
    struct journal *journal = NULL;
    report->clock = clock_process();
    report->now_ms = clock_wall_ms(report->clock);
    report->daemon_runs = journal_daemon_runs(directory);
    postern_status status = journal_open_reader(directory, report->clock, &journal, error);
    if (status < 0) return status;
    status = journal_accounts(journal, &report->accounts, &report->account_count, error);
    if (status >= 0) status = journal_streams(journal, &report->streams, &report->stream_count, error);
    if (status >= 0)
        status = journal_deliveries(journal, &report->deliveries, &report->delivery_count, error);
    if (status >= 0) status = journal_totals(journal, &report->totals, error);
    journal_close(journal);
    return status;
}

/* What the configuration does not name any more is nobody's trouble. */
static void leave_out_removed(struct status_report *report)
{
    size_t accounts = 0, streams = 0;
    for (size_t i = 0; i < report->account_count; i++)
        if (strcmp(report->accounts[i].status, RECORD_REMOVED) != 0)
            report->accounts[accounts++] = report->accounts[i];
    for (size_t i = 0; i < report->stream_count; i++) {
        if (strcmp(report->streams[i].state, RECORD_REMOVED) != 0)
            report->streams[streams++] = report->streams[i];
        else
            stream_record_clear(&report->streams[i]);
    }
    report->account_count = accounts;
    report->stream_count = streams;
}

static void clear(struct status_report *report)
{
    for (size_t i = 0; i < report->stream_count; i++)
        stream_record_clear(&report->streams[i]);
    free(report->accounts);
    free(report->streams);
    free(report->deliveries);
}

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
            return command_usage(command, NULL);
    }
    if (optind < argc) return command_usage(command, "%s: status takes no further words", argv[optind]);
    _cleanup_(freep) char *directory = setup_state_directory(path);
    if (!directory) return EXIT_CONFIG;
    struct status_report report = {0};
    postern_error error = ERROR_INIT;
    int code = EXIT_OK;
    postern_status loaded = load(directory, &report, &error);
    leave_out_removed(&report);
    if (loaded < 0)
        code = command_fail(&error);
    else if (json)
        status_print_json(&report, stdout);
    else
        status_print_text(&report, stdout);
    if (code == EXIT_OK && !status_is_good(&report)) code = EXIT_INCOMPLETE;
    clear(&report);
    return code;
}

const struct command command_status = {
    "status", "status [--json] [-c FILE]",
    "Shows accounts, streams and deliveries: what works, lag, errors, remedies",
    "  -c, --config FILE  the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "      --json         for programs: one JSON object; times are RFC 3339, durations seconds\n"
    "\nLooks at the state directory only; the daemon is not disturbed. Exit code 1 if a stream or a delivery "
    "is in\n"
    "trouble, so that a monitor can call it.\n",
    status};
