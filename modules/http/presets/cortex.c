/* The HTTP collector of Cortex XSIAM and XDR: lines, all of them packed or none, as the collector was set up.
 */
#include "../http_sink.h"
#include "presets.h"

#define REMEDY_KEY                                                                                           \
    "check token: the key that the console showed once when the HTTP collector was made; and that url is "   \
    "that collector's"

#define REMEDY_ANSWER "check url: this is not how the collector answers"

static const struct answer_rule rules[] = {
    {401, 401, OUTCOME_CONFIGURATION, REMEDY_KEY},
    {403, 403, OUTCOME_CONFIGURATION, REMEDY_KEY},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

/* The member "error" of an answer that is none. */
static bool is_no_error(postern_text value)
{
    static const char *const none[] = {"", "\"\"", "false", "\"false\"", "null"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (kit_is(value, none[i])) return true;
    return false;
}

static void say(struct judged_answer *answer, postern_text problem)
{
    char memory[sizeof answer->words];
    struct kit_writer text = kit_writer_in_buffer(memory, sizeof memory);
    kit_write_json_value(&text, problem);
    if (!text.failed && text.size)
        answer_quote(kit_span(memory, text.size), answer->words, sizeof answer->words);
}

/* Success is without a body, or says "error": "false"; failure may come with any status, and so may the page
 * of a proxy. */
static enum outcome judge(struct writing *writing, struct judged_answer *answer)
{
    const postern_json *json = writing->sink->json;
    bool good = answer->status >= 200 && answer->status <= 299;
    if (!kit_trim(answer->http->body).size) return OUTCOME_BY_TABLE;
    if (json->type(writing->sink->host, answer_json(writing, answer)) != POSTERN_JSON_OBJECT) {
        if (good) answer->remedy = REMEDY_ANSWER;
        return good ? OUTCOME_RETRY : OUTCOME_BY_TABLE;
    }
    postern_text problem = kit_json_at(answer->http->body, KIT_TEXT("error"));
    if (is_no_error(problem)) return OUTCOME_BY_TABLE;
    say(answer, problem);
    return good ? OUTCOME_RETRY : OUTCOME_BY_TABLE;
}

static const struct preset preset = {
    .content_type = "text/plain; charset=utf-8",
    .frame = {.open = "", .between = "", .after = "\n", .close = ""},
    .packs_all = true,
    .token_header = "Authorization",
    .token_prefix = "",
    .rules = rules,
    .judge = judge,
};

static const postern_option *const options[] = {
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "url", NULL,
           "of the collector: \"https://api-TENANT.xdr.eu.paloaltonetworks.com/logs/v1/event\""),
    OPTION_TOKEN(POSTERN_OPTION_REQUIRED, "key of the collector, sent as Authorization"),
    OPTIONS_OF_REQUESTS("4MiB", "10000", GZIP),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 5000, .bytes = 4 << 20, .wait_ms = 1000, .parallel = 2};

const postern_sink cortex_sink = {
    HTTP_SINK("cortex", "events to the HTTP collector of Cortex XSIAM", options, &batching, &preset)};
