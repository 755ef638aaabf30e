#include "corpus.h"
#include "settings.h"
#include "times.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t BEGIN_MS = 1767225600000; /* 2026-01-01T00:00:00Z */
static const char bad_line[] = "{\"datetime\":\"2026-01-01T00:00:00+0000\",\"aCode\":\"broken in the mid\n";

enum form { FORM_1, FORM_2, FORM_PAIRS };

struct corpus {
    unsigned long long seed, events;
    enum form form;
    bool bad, all_types;
    struct corpus_sources of; /* any sources: events of these, with their source and type */
};

/* The names that a reader gives the log types, whatever the API calls them. */
static const char *const type_names[SIEM_TYPES] = {
    "receipt", "process", "delivery",       "jrnl",          "av",
    "spam",    "ttp-url", "ttp-attachment", "impersonation", "iep"};

const char *corpus_siem_type(enum siem_type type)
{
    return type_names[type];
}

static void write_event(struct text *out, const struct corpus *corpus, const struct event_style *style,
                        const struct event *event)
{
    if (corpus->form == FORM_PAIRS) {
        text_printf(out, "{\"type\":\"%s\",\"api_1\":", type_names[event->type]);
        event_write(out, style, event);
        text_puts(out, ",\"api_2\":");
        event_write_batch(out, style, event);
        text_put(out, '}');
    } else if (corpus->form == FORM_2) {
        if (event->type >= SIEM_TYPES)
            event_write_ci(out, style,
                           &(struct event){.event_ms = event->event_ms,
                                           .sequence = event->sequence,
                                           .message = event->message,
                                           .source = SIEM_CI,
                                           .type = (uint8_t)(event->type - SIEM_TYPES)});
        else
            event_write_batch(out, style, event);
    } else {
        event_write(out, style, event);
    }
    text_put(out, '\n');
}

/* Receipts, the longest and most frequent type, or all types in turn. */
static void write_events(const struct corpus *corpus)
{
    struct event_style style = {.seed = corpus->seed,
                                .account_code = "C10A100",
                                .plain_detail = corpus->form == FORM_1,
                                .varied = corpus->form != FORM_1};
    unsigned types = !corpus->all_types ? 1 : corpus->form == FORM_2 ? SIEM_TYPES + CI_TYPES : SIEM_TYPES;
    struct text out = {0};
    for (unsigned long long i = 0; i < corpus->events; i++) {
        struct event event = {.event_ms = BEGIN_MS + (int64_t)i * SECOND,
                              .sequence = (uint32_t)i,
                              .message = (uint32_t)(i / types),
                              .type = (uint8_t)(i % types)};
        write_event(&out, corpus, &style, &event);
        if (corpus->bad && i == corpus->events / 2) text_puts(&out, bad_line);
        if (out.size > 1 << 20 || i + 1 == corpus->events) {
            fwrite(out.data, 1, out.size, stdout);
            text_clear(&out);
        }
    }
    text_free(&out);
}

int corpus_command(int count, char **arguments)
{
    struct corpus corpus = {.seed = 1, .events = 10000};
    for (int i = 1; i < count; i++) {
        char *end = NULL;
        if (strcmp(arguments[i], "--bad-line") == 0)
            corpus.bad = true;
        else if (strcmp(arguments[i], "--all-types") == 0)
            corpus.all_types = true;
        else if (strcmp(arguments[i], "--plain") == 0)
            corpus.of.plain = true;
        else if (strcmp(arguments[i], "--pairs") == 0)
            corpus.form = FORM_PAIRS, corpus.all_types = true;
        else if (strcmp(arguments[i], "--seed") == 0 && i + 1 < count)
            corpus.seed = strtoull(arguments[++i], &end, 10);
        else if (strcmp(arguments[i], "--sources") == 0 && i + 1 < count &&
                 sources_read(arguments[i + 1], &corpus.of.sources))
            i++;
        else if (strcmp(arguments[i], "--events") == 0 && i + 1 < count)
            corpus.events = strtoull(arguments[++i], &end, 10);
        else if (strcmp(arguments[i], "--api") == 0 && i + 1 < count && strcmp(arguments[i + 1], "2") == 0)
            corpus.form = FORM_2, i++;
        else if (strcmp(arguments[i], "--api") == 0 && i + 1 < count && strcmp(arguments[i + 1], "1") == 0)
            corpus.form = FORM_1, i++;
        else
            end = arguments[i];
        if (end && *end) {
            fputs("usage: postern-simulator corpus [--seed N] [--events N] [--bad-line] [--api 1|2] "
                  "[--all-types]\n"
                  "       postern-simulator corpus --pairs [--seed N] [--events N]\n"
                  "       postern-simulator corpus --sources all|first|NAME,... [--api 1|2] [--plain] "
                  "[--seed N] [--events N]\n",
                  stderr);
            return 2;
        }
    }
    corpus.of.batch = corpus.form == FORM_2;
    if (corpus.of.sources)
        corpus_of_sources(&corpus.of, corpus.seed, corpus.events, BEGIN_MS);
    else
        write_events(&corpus);
    return fflush(stdout) == 0 ? 0 : 1;
}
