#include "corpus.h"
#include "event.h"
#include "times.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t BEGIN_MS = 1767225600000; /* 2026-01-01T00:00:00Z */
static const char bad_line[] = "{\"datetime\":\"2026-01-01T00:00:00+0000\",\"aCode\":\"broken in the mid\n";

/* Receipts: the longest and most frequent type. */
static void write_events(uint64_t seed, unsigned long long events, bool bad)
{
    struct event_style style = {.seed = seed, .account_code = "C10A100", .plain_detail = true};
    struct text out = {0};
    for (unsigned long long i = 0; i < events; i++) {
        struct event event = {
            .event_ms = BEGIN_MS + (int64_t)i * SECOND, .sequence = (uint32_t)i, .message = (uint32_t)i};
        event_write(&out, &style, &event);
        text_put(&out, '\n');
        if (bad && i == events / 2) text_puts(&out, bad_line);
        if (out.size > 1 << 20 || i + 1 == events) {
            fwrite(out.data, 1, out.size, stdout);
            text_clear(&out);
        }
    }
    text_free(&out);
}

int corpus_command(int count, char **arguments)
{
    unsigned long long seed = 1, events = 10000;
    bool bad = false;
    for (int i = 1; i < count; i++) {
        char *end = NULL;
        if (strcmp(arguments[i], "--bad-line") == 0)
            bad = true;
        else if (strcmp(arguments[i], "--seed") == 0 && i + 1 < count)
            seed = strtoull(arguments[++i], &end, 10);
        else if (strcmp(arguments[i], "--events") == 0 && i + 1 < count)
            events = strtoull(arguments[++i], &end, 10);
        else
            end = arguments[i];
        if (end && *end) {
            fputs("usage: postern-simulator corpus [--seed N] [--events N] [--bad-line]\n", stderr);
            return 2;
        }
    }
    write_events(seed, events, bad);
    return fflush(stdout) == 0 ? 0 : 1;
}
