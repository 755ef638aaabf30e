/* Lookups: how they go on, when they end, and what is asked again. */
#include "collect/lookup.h"
#include "collector_fixture.h"

static postern_status next_lookup(const postern_host *host, const postern_call *call,
                                  const postern_lookup *lookup, postern_text position,
                                  postern_request *request, postern_error *error)
{
    postern_text wrong;
    (void)call, (void)lookup;
    if (host->option_text(host, "wrong", &wrong))
        return error_set(error, POSTERN_E_INVALID, "wrong is \"%.*s\"", TEXT_ARGS(wrong));
    request->method = "POST";
    request->path = TEXT("/toy-lookup");
    request->body = position.size ? position : TEXT("begin");
    return POSTERN_OK;
}

/* "more POSITION", "end" or the name of a failure, and a result on each further line. */
static postern_status on_lookup(const postern_host *host, const postern_call *call,
                                const postern_lookup *lookup, postern_text position,
                                const postern_response *response, postern_findings *findings,
                                postern_error *error)
{
    const char *line_end = memchr(response->body.data, '\n', response->body.size);
    postern_text first = text_slice(response->body.data, line_end);
    postern_text rest = text_slice(line_end + 1, response->body.data + response->body.size);
    (void)call, (void)lookup, (void)position;
    if (rest.size) {
        postern_status status = findings->result(findings, rest);
        if (status < 0) return status;
    }
    if (text_is(first, "damaged")) return error_set(error, POSTERN_E_PROTOCOL, "it is damaged");
    if (text_is(first, "refused")) return error_set(error, POSTERN_E_CREDENTIALS, "refused");
    bool more = text_starts_with(first, "more ");
    findings->outcome = more ? POSTERN_MORE : POSTERN_END;
    if (!more) return POSTERN_OK;
    char *copy = host->allocate(host, call->arena, first.size);
    memcpy(copy, first.data + 5, first.size - 5);
    findings->position = (postern_text){copy, first.size - 5};
    return POSTERN_OK;
}

static const postern_option wrong_parameter = {
    .size = sizeof wrong_parameter, .type = POSTERN_OPTION_TEXT, .name = "wrong", .help = "is wrong"};
static const postern_option *const toy_parameters[] = {&wrong_parameter, NULL};
static const postern_lookup toy_lookup = {.size = sizeof toy_lookup,
                                          .name = "toy",
                                          .parameters = toy_parameters,
                                          .next = next_lookup,
                                          .on_response = on_lookup};

static const struct {
    const char *answers[3];
    postern_status status;
    const char *words, *results; /* of the error; all of them */
    int requests;
    bool wants_one;
} lookups[] = {
    {{"end\n{\"n\":1}"}, POSTERN_OK, "", "{\"n\":1}", 1, false},
    {{"more a\n{\"n\":1}", "more b\n", "end\n{\"n\":2}"}, POSTERN_OK, "", "{\"n\":1}{\"n\":2}", 3, false},
    {{"more a\n{}", "end\n{}"}, POSTERN_OK, "", "{}", 1, true},
    {{"more a\n", "more a\n"}, POSTERN_E_PROTOCOL, "lead nowhere", "", 3, false},
    {{"damaged\n", "end\n{}"}, POSTERN_OK, "", "{}", 2, false},
    {{"damaged\n", "damaged\n"}, POSTERN_E_PROTOCOL, "it is damaged", "", 2, false},
    {{"refused\n"}, POSTERN_E_CREDENTIALS, "refused", "", 1, false},
    {{"end\n[1]", "end\n[1]"}, POSTERN_E_PROTOCOL, "no JSON object", "", 2, false},
    {{"end\n{\"n\":", "end\n{\"n\":"}, POSTERN_E_PROTOCOL, "byte", "", 2, false},
};

struct results {
    struct buffer text;
    bool wants_one;
};

static bool keep_result(void *context, postern_text json)
{
    struct results *results = context;
    buffer_append_text(&results->text, json);
    return !results->wants_one;
}

static void test_lookups(void **state)
{
    (void)state;
    open_parts(1);
    const struct collector_parts from = collector_parts(false);
    for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++) {
        const char *const answers[] = {lookups[i].answers[0], lookups[i].answers[1],
                                       lookups[i].answers[2] ? lookups[i].answers[2] : lookups[i].answers[1]};
        struct results results = {.text = {.limit = 1 << 16}, .wants_one = lookups[i].wants_one};
        const struct lookup lookup = {.declaration = &toy_lookup,
                                      .account = &parts.toy.accounts[0],
                                      .result = keep_result,
                                      .context = &results};
        postern_error error = ERROR_INIT;
        server.lookup_answers = answers;
        atomic_store(&server.lookup_requests, 0);
        postern_status status = lookup_run(&from, &lookup, &error);
        if (status != lookups[i].status || !strstr(error.message, lookups[i].words) ||
            strcmp(buffer_string(&results.text), lookups[i].results) != 0 ||
            atomic_load(&server.lookup_requests) != lookups[i].requests)
            fail_msg("row %zu: %d \"%s\", %d requests, %s", i, status, error.message,
                     atomic_load(&server.lookup_requests), buffer_string(&results.text));
        buffer_free(&results.text);
    }
    const struct option_value wrong = {.name = "wrong", .type = POSTERN_OPTION_TEXT, .text = "x"};
    const struct lookup lookup = {
        .declaration = &toy_lookup, .account = &parts.toy.accounts[0], .values = &wrong, .value_count = 1};
    postern_error error = ERROR_INIT;
    assert_int_equal(lookup_run(&from, &lookup, &error), POSTERN_E_INVALID); /* nothing was asked */
    assert_string_equal(error.message, "wrong is \"x\"");
    close_parts();
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* of this server, whose clients go away */
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookups),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
