#include "commands/probe_report.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/show.h"
#include "report/wrap.h"
#include <string.h>

enum finding { WORKS, FAILS, NOT_LICENSED };

static enum finding finding_of(const struct probed_stream *stream)
{
    if (stream->error.code >= 0) return WORKS;
    return stream->error.code == POSTERN_E_LICENSE ? NOT_LICENSED : FAILS;
}

static size_t count(const struct probed_account *account, enum finding finding)
{
    size_t streams = 0;
    for (size_t i = 0; i < account->stream_count; i++)
        streams += finding_of(&account->streams[i]) == finding;
    return streams;
}

static const char *empty_help(const struct probed_stream *stream)
{
    const postern_stream *declared = stream->stream;
    return POSTERN_HAS(declared, empty_help) ? declared->empty_help : NULL;
}

/* The same is to be said of both. */
static bool same_words(const struct probed_stream *a, const struct probed_stream *b)
{
    if (finding_of(a) != finding_of(b)) return false;
    if (finding_of(a) == WORKS)
        return empty_help(a) && empty_help(b) && strcmp(empty_help(a), empty_help(b)) == 0;
    return strcmp(a->error.message, b->error.message) == 0 && strcmp(a->error.remedy, b->error.remedy) == 0;
}

/* True for the first stream of those of which the same is to be said. */
static bool is_first(const struct probed_account *account, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (same_words(&account->streams[i], &account->streams[index])) return false;
    return true;
}

/* "FAILS         logs-a, logs-b" */
static void print_names(const struct probed_account *account, size_t first, const char *what, FILE *to)
{
    struct buffer names = {.limit = 1 << 16};
    for (size_t i = first; i < account->stream_count; i++)
        if (i == first || same_words(&account->streams[first], &account->streams[i]))
            buffer_printf(&names, "%s%s", names.size ? ", " : "", account->streams[i].stream->name);
    char mark[32];
    snprintf(mark, sizeof mark, "%-14s", what);
    print_wrapped(to, 2, mark, buffer_string(&names));
    buffer_free(&names);
}

static void print_words(const char *message, const char *remedy, FILE *to)
{
    print_wrapped(to, 4, "! ", message);
    if (remedy[0]) print_wrapped(to, 4, "→ ", remedy);
}

static void print_failure(const struct probed_stream *stream, FILE *to)
{
    postern_error words = stream->error;
    error_name_request(&words, stream->request_id);
    print_words(words.message, words.remedy, to);
}

/* One stream may well have nothing; where none has, something is switched off. */
static bool all_are_empty(const struct probed_account *account, size_t first)
{
    for (size_t i = first; i < account->stream_count; i++)
        if (same_words(&account->streams[first], &account->streams[i]) && !account->streams[i].is_empty)
            return false;
    return true;
}

static void print_streams(const struct probed_account *account, FILE *to)
{
    for (size_t i = 0; i < account->stream_count; i++) {
        const struct probed_stream *stream = &account->streams[i];
        enum finding finding = finding_of(stream);
        if (!is_first(account, i)) continue;
        if (finding != WORKS) {
            print_names(account, i, finding == FAILS ? "FAILS" : "not licensed", to);
            print_failure(stream, to);
        } else if (empty_help(stream) && all_are_empty(account, i)) {
            print_names(account, i, "empty", to);
            print_words("it works, but there is nothing at all to read", empty_help(stream), to);
        }
    }
}

void probe_report(const struct probed_account *account, struct probe_totals *totals, FILE *to)
{
    size_t good = count(account, WORKS), bad = count(account, FAILS),
           unlicensed = count(account, NOT_LICENSED);
    totals->accounts++;
    totals->good += good;
    totals->bad += account->stream_count ? bad : 1;
    totals->unlicensed += unlicensed;
    totals->requests += account->requests;
    show(to, "%s: %zu of %zu stream%s work%s (%s, %s)\n", account->name, good, good + bad,
         plural((int64_t)(good + bad)), plural_verb((int64_t)good), account->profile->title,
         account->base_url);
    if (!account->stream_count) {
        print_wrapped(to, 4, "! ", "no source reads accounts of this kind yet");
        print_wrapped(to, 4, "→ ",
                      "let this account in by another way, or load a module with a source for it");
    }
    print_streams(account, to);
}
