/* links: postern_module http_files */
/* Answers of receivers to the sinks of modules/http: the first byte chooses the sink, the second the status.
 */
#include "../unit/http_sinks/played_sink.h"

#define EVENTS 6

static postern_text answer;
static int answer_status;
static unsigned answers_left; /* behind them the connection breaks: every write comes to its end */

static struct reply answer_it(postern_arena *arena, postern_text body)
{
    (void)arena, (void)body;
    if (!answers_left) return (struct reply){.status = 0, .body = ""};
    answers_left--;
    return (struct reply){.status = answer_status, .body = answer.data, .size = answer.size};
}

/* What a sink cannot do without. */
static size_t options_of(const postern_sink *sink, bool waits, struct secret *secret,
                         struct option_value values[16])
{
    size_t count = 0;
    for (size_t i = 0; sink->options[i]; i++) {
        const postern_option *option = sink->options[i];
        bool is_url = strcmp(option->name, "url") == 0;
        if (!(option->flags & POSTERN_OPTION_REQUIRED) && !is_url) continue;
        struct option_value *value = &values[count++];
        *value = (struct option_value){
            .name = option->name, .type = option->type, .text = "https://logs.example.com"};
        if (option->type == POSTERN_OPTION_SECRET)
            *value = (struct option_value){.name = option->name, .type = option->type, .secret = secret};
    }
    for (size_t i = 0; !waits && sink->options[i]; i++)
        if (strcmp(sink->options[i]->name, "ack") == 0)
            values[count++] =
                (struct option_value){.name = "ack", .type = POSTERN_OPTION_TEXT, .text = "off"};
    return count;
}

/* Of a write that succeeded each event has its end; of a rejection the words are there. */
static void check(const struct played_sink *made, postern_status status)
{
    for (size_t i = 0; i < made->count; i++) {
        if (status >= 0 && made->verdicts[i] == PLAY_OPEN) abort();
        if (made->verdicts[i] == PLAY_REJECTED && !made->reason[0]) abort();
    }
    if (status < 0 && !made->error.message[0]) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 201, 202, 204, 260, 400, 401, 403, 404, 413, 422, 429, 500, 503};
    const postern_sink *const *sinks = postern_module_entry.sinks;
    size_t sink_count = 0;
    if (size < 2) return 0;
    while (sinks[sink_count])
        sink_count++;
    const postern_sink *sink = sinks[data[0] % sink_count];
    answer_status = statuses[data[1] % (sizeof statuses / sizeof *statuses)];
    answer = kit_span((const char *)data + 2, size - 2);
    if (!answer.size) answer = KIT_TEXT(" ");
    bool waits = data[1] >= 0xf8; /* for an acknowledgement: that takes its time */
    answers_left = waits ? 2 : 20;
    receiver = answer_it;
    struct secret *secret = secret_new(TEXT("hush"));
    struct option_value values[16];
    struct played_sink made;
    struct numbered *events = numbered_new(EVENTS);
    if (!played_sink_init(&made, sink->name, values, options_of(sink, waits, secret, values))) abort();
    check(&made, played_write(&made, events->list, EVENTS, 1));
    played_sink_end(&made);
    secret_release(secret);
    free(events);
    return 0;
}
