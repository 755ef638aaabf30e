/* The HTTP collector of Cortex XSIAM and XDR: lines, all of them packed or none, as the collector was set up.
 */
#include "presets.h"

#define REMEDY_KEY                                                                                           \
    "check token: the key that the console showed once when the HTTP collector was made; and that url is "   \
    "that collector's"

static const struct answer_rule rules[] = {
    {401, 401, OUTCOME_CONFIGURATION, REMEDY_KEY},
    {403, 403, OUTCOME_CONFIGURATION, REMEDY_KEY},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

/* Success may say "error": "false", and failure may come with 200. */
static enum outcome judge(struct writing *writing, struct judged_answer *answer)
{
    postern_text problem = answer_text(writing, answer_json(writing, answer), "error");
    if (!problem.size || kit_is(problem, "false")) return OUTCOME_BY_TABLE;
    answer_say(answer, "%.*s", (int)problem.size, problem.data);
    return answer->status == 200 ? OUTCOME_RETRY : OUTCOME_BY_TABLE;
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
