/* How long a script takes for one event, without reading or writing files:
 *     script_bench EVENTS.ndjson [SCRIPT.lua...]     each script alone; without any: parse and pass on
 * POSTERN_BENCH_SOURCE names the source of the events, siem if it is not set. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "script/script.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 5
#define PASSES 10

static postern_text source_name(void)
{
    const char *name = getenv("POSTERN_BENCH_SOURCE");
    return text_of(name ? name : "siem");
}

static double processor_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

struct totals {
    size_t events, kept, dropped, failed, bytes;
    uint64_t wrong_types;
    postern_text source;
};

static void run_line(struct script_runner *runner, postern_text line, struct totals *totals)
{
    struct script_event event = {.json = line,
                                 .account = TEXT("acme"),
                                 .source = totals->source,
                                 .stream = totals->source,
                                 .type = text_is(totals->source, "siem") ? TEXT("receipt") : totals->source,
                                 .id = TEXT("00112233445566778899aabbccddeeff"),
                                 .pipeline = "default",
                                 .received_ms = 1767323045678};
    struct script_result result;
    script_run(runner, &event, &result);
    if (result.verdict == SCRIPT_FAILED && totals->failed == 0) fprintf(stderr, "%s\n", result.error.message);
    totals->events++;
    totals->kept += result.verdict == SCRIPT_KEPT;
    totals->dropped += result.verdict == SCRIPT_DROPPED;
    totals->failed += result.verdict == SCRIPT_FAILED;
    totals->wrong_types += result.wrong_types;
    for (size_t i = 0; i < result.output_count; i++)
        totals->bytes += result.outputs[i].text.size;
    if (totals->events % 1000 == 0) script_runner_reset(runner);
}

static void run_all(struct script_runner *runner, postern_text text, struct totals *totals)
{
    for (const char *at = text.data, *end = at + text.size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        run_line(runner, text_slice(at, stop), totals);
        at = stop + 1;
    }
}

static int measure(const char *script, postern_text text)
{
    postern_error error = ERROR_INIT;
    struct script_set *set;
    if (script_set_load(&script, &script, script ? 1 : 0, NULL, &sandbox_default_limits, &set, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    struct script_runner *runner = script_runner_new(set, &error);
    if (!runner) return 1;
    double best = 1e9;
    struct totals totals = {.source = source_name()};
    for (int round = 0; round < ROUNDS; round++) {
        totals = (struct totals){.source = source_name()};
        double start = processor_seconds();
        for (int pass = 0; pass < PASSES; pass++)
            run_all(runner, text, &totals);
        double took = processor_seconds() - start;
        if (took < best) best = took;
    }
    printf("%-28s %8.0f events/s  %.3f us  (kept %zu, dropped %zu, failed %zu, %zu bytes each, wrong types "
           "%llu)\n",
           script ? script : "no script", (double)totals.events / best, best / (double)totals.events * 1e6,
           totals.kept, totals.dropped, totals.failed, totals.kept ? totals.bytes / totals.kept : 0,
           (unsigned long long)totals.wrong_types);
    script_runner_free(runner);
    script_set_release(set);
    return 0;
}

int main(int count, char **arguments)
{
    _cleanup_(buffer_free) struct buffer text = {.limit = (size_t)1 << 30};
    postern_error error = ERROR_INIT;
    if (count < 2 || file_read(arguments[1], text.limit, &text, &error) < 0) {
        fprintf(stderr, "usage: script_bench EVENTS.ndjson [SCRIPT.lua...]\n%s\n", error.message);
        return 2;
    }
    int failures = measure(NULL, buffer_text(&text));
    for (int i = 2; i < count; i++)
        failures += measure(arguments[i], buffer_text(&text));
    return failures ? 1 : 0;
}
