/* Events of any sources, each with its source and type, as `postern tap` prints them and `postern map` reads
 * them. */
#include "cluster.h"
#include "corpus.h"
#include "random.h"
#include "times.h"
#include <stdio.h>

static void write_one(struct text *out, const struct corpus_sources *wanted, const struct event_style *style,
                      const struct event *event)
{
    bool is_siem = event->source == SIEM;
    text_printf(out, "{\"postern\":{\"source\":\"%s\",\"type\":\"%s\"},\"event\":",
                source_name((enum source)event->source),
                is_siem ? corpus_siem_type(event->type) : event_type_name(event));
    if (is_siem && wanted->batch)
        event_write_batch(out, style, event);
    else
        event_write(out, style, event);
    text_puts(out, "}\n");
}

/* All events of one happening; returns how many. */
static size_t write_happening(struct text *out, const struct corpus_sources *wanted,
                              const struct event_style *style, enum source source, uint32_t message,
                              int64_t time_ms, uint32_t *sequence)
{
    struct random random = {mix2(style->seed, (uint64_t)source << 32 | message)};
    struct planned_event plan[CLUSTER_LIMIT];
    size_t planned = cluster_plan(source, message, true, &random, plan), written = 0;
    for (size_t i = 0; i < planned; i++) {
        struct event event = {.event_ms = time_ms + plan[i].after_ms,
                              .sequence = plan[i].twin ? *sequence - 1 : (*sequence)++,
                              .message = message,
                              .source = (uint8_t)source,
                              .type = plan[i].type,
                              .variant = plan[i].variant};
        write_one(out, wanted, style, &event);
        written++;
        if (source != HOLD_QUEUE) continue;
        event = event_leaving(&event);
        write_one(out, wanted, style, &event);
        written++;
    }
    return written;
}

void corpus_of_sources(const struct corpus_sources *wanted, uint64_t seed, unsigned long long events,
                       int64_t begin_ms)
{
    struct event_style style = {.seed = seed,
                                .account_code = "C10A100",
                                .nasty = !wanted->plain,
                                .varied = wanted->batch && !wanted->plain,
                                .token_nonce = 1};
    uint32_t sequences[SOURCES] = {0};
    struct text out = {0};
    unsigned long long written = 0;
    for (uint32_t message = 0; written < events; message++) {
        for (int source = 0; source < SOURCES && written < events; source++)
            if (wanted->sources & 1u << source)
                written += write_happening(&out, wanted, &style, (enum source)source, message,
                                           begin_ms + (int64_t)message * SECOND, &sequences[source]);
        fwrite(out.data, 1, out.size, stdout);
        text_clear(&out);
    }
    text_free(&out);
}
