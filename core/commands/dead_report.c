/* `postern dead report`: what could not be read, as a text that a vendor's support can work with. */
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/redact.h"
#include "base/show.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/dead.h"
#include "commands/dead_kinds.h"
#include <stdlib.h>
#include <string.h>

#define EXAMPLE_LIMIT ((size_t)1 << 30)
#define SAMPLE_SIZE   240
#define KINDS_SHOWN   50 /* what somebody reads; there may be as many as letters */
#define WORDS_LIMIT   ((size_t)1 << 16)

/* Redacted, on a line of its own. */
static void print_words(const char *name, postern_text words)
{
    _cleanup_(buffer_free) struct buffer plain = {.limit = WORDS_LIMIT};
    if (words.size == 0) return;
    redact_into(&plain, words);
    show(stdout, "   %-9s %s\n", name, buffer_string(&plain));
}

/* What the vendor's support looks a call up by. */
static void print_call(const struct vendor_call *call)
{
    print_words("endpoint", text_of(call->endpoint));
    if (call->status) show(stdout, "   answer    HTTP %d\n", (int)call->status);
    if (call->request_id[0]) show(stdout, "   request   id %s\n", call->request_id);
}

static void print_bytes(const struct dead_letter *letter, bool sample)
{
    unsigned char hash[32];
    char hex[2 * sizeof hash + 1], size[32];
    digest_sha256(letter->bytes, hash);
    digest_hex(hash, sizeof hash, hex);
    show(stdout, "   bytes     %s, SHA-256 %s\n", size_format((int64_t)letter->bytes.size, size), hex);
    if (!sample) return;
    size_t shown = letter->bytes.size < SAMPLE_SIZE ? letter->bytes.size : SAMPLE_SIZE;
    print_words(shown < letter->bytes.size ? "begins" : "is", (postern_text){letter->bytes.data, shown});
}

static void print_example(struct journal *journal, int64_t id, bool sample)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(EXAMPLE_LIMIT);
    struct dead_letter *letter = NULL;
    size_t count = 0;
    char received[TIMESTAMP_SIZE];
    postern_error error = ERROR_INIT;
    if (!arena || journal_dead_list(journal, arena, id - 1, 1, true, &letter, &count, &error) < 0 ||
        count == 0 || letter->id != id)
        return; /* it has been retried or dropped meanwhile */
    show(stdout, "   example   received %s\n", timestamp_iso(letter->received_ms, received));
    print_call(&letter->call);
    print_words("what", text_of(letter->reason ? letter->reason : ""));
    print_words("where", text_of(letter->name ? letter->name : ""));
    print_words("type", text_of(letter->type));
    print_bytes(letter, sample);
}

static void print_kind(struct journal *journal, size_t number, const struct dead_kind *kind, bool sample)
{
    char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];
    show(stdout, "\n%zu. Account %s, log %s: %lld piece%s, read from %s until %s\n", number, kind->account,
         kind->where, (long long)kind->count, plural(kind->count), timestamp_iso(kind->first_ms, first),
         timestamp_iso(kind->last_ms, last));
    print_example(journal, kind->example, sample);
}

static void print_rest(const struct dead_kinds *kinds)
{
    int64_t pieces = 0;
    for (size_t i = KINDS_SHOWN; i < kinds->count; i++)
        pieces += kinds->all[i].count;
    if (!pieces) return;
    int64_t further = (int64_t)kinds->count - KINDS_SHOWN;
    show(stdout, "\nAnd %lld piece%s of %lld further kind%s, none commoner than these.\n", (long long)pieces,
         plural(pieces), (long long)further, plural(further));
}

/* Asked for by number, and not among the kinds. */
static void say_left_out(const struct dead_filter *filter, const struct dead_kinds *kinds)
{
    int64_t left = (int64_t)filter->id_count;
    for (size_t i = 0; i < kinds->count; i++)
        left -= kinds->all[i].count;
    if (left > 0)
        show(stderr,
             "postern: %lld of %zu letters %s left out: gone, outside of the filter, or what is in them "
             "could be read\n",
             (long long)left, filter->id_count, plural_are(left));
}

int dead_report(struct journal *journal, const struct dead_options *options)
{
    struct dead_filter filter = options->filter;
    _cleanup_(dead_kinds_free) struct dead_kinds kinds = {.by_account = true};
    postern_error error = ERROR_INIT;
    char now[TIMESTAMP_SIZE];
    filter.stage = DEAD_COLLECT; /* what failed later is no damage of the vendor's */
    if (dead_kinds_find(journal, &filter, &kinds, &error) < 0) return command_fail(&error);
    say_left_out(&filter, &kinds);
    if (kinds.count == 0) {
        show(stderr, "postern: there is nothing to report: no such dead letters\n");
        return EXIT_OK;
    }
    show(stdout,
         "Log data that could not be read, as Postern %s received it; %s. All times are UTC.\n"
         "Each kind has one example; links are without their query, long tokens cut.\n",
         POSTERN_VERSION, timestamp_iso(clock_wall_ms(clock_process()), now));
    for (size_t i = 0; i < kinds.count && i < KINDS_SHOWN; i++)
        print_kind(journal, i + 1, &kinds.all[i], !options->no_samples);
    print_rest(&kinds);
    return EXIT_OK;
}
