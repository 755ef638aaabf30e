/* `postern tap`: raw events as they come into the journal. */
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/show.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/envelope.h"
#include "commands/output.h"
#include "engine/places.h"
#include "engine/setup.h"
#include "journal/journal.h"
#include "journal/notice.h"
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_MS    250
#define LINE_LIMIT ((size_t)64 << 20)

struct tap {
    const char *account, *source; /* NULL = all; `source` may name a stream, ... */
    int64_t *streams;             /* ... of any account: these; else NULL */
    size_t stream_count;
    bool oldest, bare, follow;
    long long left; /* events still to print; < 0 = no end */
    struct buffer out;
};

static bool wants(void *context, int64_t stream_id, const char *account, const char *source)
{
    const struct tap *tap = context;
    bool wanted = !tap->source || strcmp(tap->source, source) == 0;
    for (size_t i = 0; !wanted && i < tap->stream_count; i++)
        wanted = tap->streams[i] == stream_id;
    return wanted && (!tap->account || strcmp(tap->account, account) == 0);
}

/* Nothing would ever come of a name that is misspelt. */
static postern_status check_account(const struct tap *tap, struct journal *journal, postern_error *error)
{
    _cleanup_(freep) struct account_record *records = NULL;
    size_t count = 0;
    bool known = !tap->account || strcmp(tap->account, NOTICE_ACCOUNT) == 0;
    postern_status status = known ? POSTERN_OK : journal_accounts(journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        known |= strcmp(records[i].name, tap->account) == 0;
        account_record_clear(&records[i]);
    }
    if (status < 0 || known) return status;
    error_set(error, POSTERN_E_INVALID, "the journal knows no account \"%s\"", tap->account);
    error_remedy(error, "`postern status` lists those that are read");
    return POSTERN_E_INVALID;
}

static postern_status find_source(struct tap *tap, struct journal *journal, postern_error *error)
{
    _cleanup_(freep) struct stream_record *records = NULL;
    size_t count = 0;
    bool known = !tap->source || strcmp(tap->source, NOTICE_SOURCE) == 0;
    postern_status status = known ? POSTERN_OK : journal_streams(journal, &records, &count, error);
    tap->streams = calloc(count + 1, sizeof *tap->streams);
    for (size_t i = 0; i < count; i++) {
        known |= strcmp(records[i].source, tap->source) == 0;
        if (tap->streams && strcmp(records[i].name, tap->source) == 0)
            tap->streams[tap->stream_count++] = records[i].id;
        stream_record_clear(&records[i]);
    }
    if (status >= 0 && !tap->streams) return error_no_memory(error, NULL);
    if (status < 0 || known || tap->stream_count) return status;
    error_set(error, POSTERN_E_INVALID, "the journal knows no source or stream \"%s\"", tap->source);
    error_remedy(error, "`postern status` lists the streams that are read, `postern modules` all sources");
    return POSTERN_E_INVALID;
}

static bool print(struct tap *tap)
{
    int reason = output_data(buffer_text(&tap->out));
    buffer_clear(&tap->out);
    return reason == 0; /* a reader that is gone ends the command quietly */
}

static bool print_page(struct tap *tap, const struct page_view *page)
{
    struct journal_event event;
    size_t cursor = 0;
    while (tap->left != 0 && page_next_event(page, &cursor, &event)) {
        char id[2 * EVENT_ID_SIZE + 1];
        digest_hex(event.id, EVENT_ID_SIZE, id);
        if (tap->bare) {
            buffer_append_text(&tap->out, event.json);
            for (char *c = tap->out.data; (c = memchr(c, '\n', (size_t)(tap->out.data + tap->out.size - c)));
                 c++)
                *c = ' ';
            buffer_append_byte(&tap->out, '\n');
        } else {
            envelope_write(&tap->out, &(struct script_event){.json = event.json,
                                                             .account = text_of(page->account),
                                                             .source = text_of(page->source),
                                                             .stream = text_of(page->stream),
                                                             .type = event.type,
                                                             .id = {id, sizeof id - 1},
                                                             .received_ms = page->received_ms,
                                                             .time_ms = event.time_ms});
        }
        if (!print(tap)) return false;
        if (tap->left > 0) tap->left--;
    }
    return tap->left != 0;
}

static postern_status run_tap(struct tap *tap, struct journal *journal, postern_error *error)
{
    int64_t after = 0;
    postern_status status = tap->oldest ? POSTERN_OK : journal_end(journal, &after, error);
    while (status >= 0) {
        const struct page_view *page = NULL;
        int64_t next = 0;
        status = journal_next_page(journal, after, wants, tap, &page, &next, error);
        if (status == POSTERN_E_PROTOCOL && next > after) {
            show(stderr, "postern: %s\n", error->message);
            after = next;
            status = POSTERN_OK;
            continue;
        }
        if (status < 0) break;
        if (!page) {
            if (!tap->follow) break;
            after = next; /* all up to here is for others */
            nanosleep(&(struct timespec){0, LOOK_MS * 1000000L}, NULL);
            continue;
        }
        after = page->sequence;
        bool more = print_page(tap, page);
        page_release(page);
        if (!more) break;
    }
    return status;
}

static int tap(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"account", required_argument, NULL, 'a'},
                                          {"source", required_argument, NULL, 's'},
                                          {"oldest", no_argument, NULL, 'o'},
                                          {"no-follow", no_argument, NULL, 'f'},
                                          {"bare", no_argument, NULL, 'b'},
                                          {"count", required_argument, NULL, 'n'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    const char *path = places_config();
    struct tap tap = {.follow = true, .left = -1, .out = {.limit = LINE_LIMIT}};
    for (int letter; (letter = getopt_long(argc, argv, "c:a:s:n:bh", known, NULL)) != -1;) {
        char *end = NULL;
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter == 'c')
            path = optarg;
        else if (letter == 'a')
            tap.account = optarg;
        else if (letter == 's')
            tap.source = optarg;
        else if (letter == 'o')
            tap.oldest = true;
        else if (letter == 'f')
            tap.follow = false;
        else if (letter == 'b')
            tap.bare = true;
        else if (letter != 'n')
            return command_unknown(command, argv);
        else if ((tap.left = strtoll(optarg, &end, 10)) < 0 || *end)
            return command_usage(command, "--count: %s is no number", optarg);
    }
    if (optind < argc) return command_usage(command, "%s: tap takes no further words", argv[optind]);
    _cleanup_(freep) char *directory = setup_state_directory(path);
    if (!directory) return EXIT_CONFIG;
    struct journal *journal = NULL;
    postern_error error = ERROR_INIT;
    postern_status status = journal_open_reader(directory, clock_process(), &journal, &error);
    if (status >= 0) {
        status = check_account(&tap, journal, &error);
        if (status >= 0) status = find_source(&tap, journal, &error);
        if (status >= 0) status = run_tap(&tap, journal, &error);
        journal_close(journal);
    }
    free(tap.streams);
    buffer_free(&tap.out);
    return status < 0 ? command_fail(&error) : EXIT_OK;
}

const struct command command_tap = {
    "tap", "tap [--account NAME] [--source NAME] [-c FILE]", "Prints raw events as they are collected",
    "  -a, --account NAME  only this account;  -s, --source NAME  only this source, or this stream of one\n"
    "      --oldest        begin with the oldest event that the journal keeps, not with the next\n"
    "      --no-follow     end at the end of the journal\n"
    "  -n, --count N       end after N events\n"
    "  -b, --bare          the events alone, exactly as the vendor sent them; otherwise each is wrapped with "
    "its account,\n"
    "                      source, type and id, so that `postern tap | postern map -s ecs` can map it\n"
    "  -c, --config FILE   the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n",
    tap};
