/* links: postern_module */
/* examples/sink_http: what it sends, and what it makes of the answers. The service http/1 is played here. */
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "module/instance.h"
#include "module/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* One answer to be given, and the request that it was given to. */
static struct played {
    postern_status status;
    int32_t http;
    const char *answer;
    int64_t retry_after_ms;
    char url[128], body[256], headers[512];
    uint32_t flags;
} played;

static postern_status exchange(const postern_host *host, postern_arena *arena,
                               const postern_http_request *request, postern_http_response *response,
                               postern_error *error)
{
    (void)host, (void)arena;
    assert_int_equal(request->size, sizeof *request);
    assert_string_equal(request->method, "POST");
    text_to_string(request->url, played.url, sizeof played.url);
    text_to_string(request->body, played.body, sizeof played.body);
    played.flags = request->flags;
    played.headers[0] = '\0';
    for (size_t i = 0; i < request->header_count; i++)
        snprintf(played.headers + strlen(played.headers), sizeof played.headers - strlen(played.headers),
                 "%.*s: %.*s\n", TEXT_ARGS(request->headers[i].name), TEXT_ARGS(request->headers[i].value));
    if (played.status < 0) return error_set(error, played.status, "no connection");
    response->status = played.http;
    response->body = text_of(played.answer);
    response->retry_after_ms = played.retry_after_ms;
    return POSTERN_OK;
}
static const postern_http http = {.size = sizeof http, .exchange = exchange};

/* What the sink rejects, as "index:reason;". */
static char rejected[256];

static postern_status reject(postern_result *result, size_t index, const char *reason)
{
    (void)result;
    if (index >= 2) return POSTERN_E_INVALID;
    snprintf(rejected + strlen(rejected), sizeof rejected - strlen(rejected), "%zu:%s;", index, reason);
    return POSTERN_OK;
}

struct made {
    struct module_registry *registry;
    struct module_instance *instance;
    const postern_sink *sink;
    void *self;
};

static struct made make(const char *token)
{
    static const struct module_limits limits = {1 << 20, 10, 1 << 20, 1 << 20};
    struct made made = {.registry = registry_new(&limits)};
    postern_error error = ERROR_INIT;
    registry_add_service(made.registry, POSTERN_SERVICE_HTTP, &http);
    if (registry_load(made.registry, TEST_SINK_HTTP, &error) < 0) fail_msg("%s", error.message);
    made.sink = registry_sink(made.registry, "http-example");
    struct secret *secret = token ? secret_new(text_of(token)) : NULL;
    const struct option_value values[] = {
        {.name = "url", .type = POSTERN_OPTION_TEXT, .text = "https://logs.example.com/in"},
        {.name = "token", .type = POSTERN_OPTION_SECRET, .secret = secret}};
    const struct module_plan plan = {.registry = made.registry,
                                     .name = "web",
                                     .table = made.sink->options,
                                     .values = values,
                                     .value_count = token ? 2 : 1};
    assert_int_equal(module_instance_new(&plan, &made.instance, &error), POSTERN_OK);
    secret_release(secret);
    assert_int_equal(made.sink->create(&made.instance->host, &made.self, &error), POSTERN_OK);
    return made;
}

static void unmake(struct made *made)
{
    made->sink->destroy(made->self);
    module_instance_free(made->instance);
    registry_free(made->registry);
}

static postern_status deliver(const struct made *made, postern_error *error)
{
    const postern_sink_event one = {.size = sizeof one, .text = TEXT("{\"n\":1}")},
                             two = {.size = sizeof two, .text = TEXT("{\"n\":2}")};
    const postern_sink_event *const events[] = {&one, &two};
    const postern_batch batch = {.size = sizeof batch,
                                 .attempt = 1,
                                 .id = 7,
                                 .delivery = TEXT("00ff"),
                                 .events = events,
                                 .count = 2,
                                 .bytes = 14};
    postern_result result = {.size = sizeof result, .reject = reject};
    postern_arena *arena = arena_new(1 << 20);
    const postern_call call = {.size = sizeof call, .attempt = 1, .arena = arena};
    rejected[0] = '\0';
    *error = ERROR_INIT;
    postern_status status = made->sink->open(made->self, &call, NULL, 0, error);
    if (status >= 0) status = made->sink->write(made->self, &call, &batch, &result, error);
    arena_free(arena);
    return status;
}

static void what_is_sent(void **state)
{
    (void)state;
    struct made with = make("hush"), without = make(NULL);
    postern_error error;
    played = (struct played){.http = 200, .answer = ""};
    assert_int_equal(deliver(&with, &error), POSTERN_OK);
    assert_string_equal(played.url, "https://logs.example.com/in");
    assert_string_equal(played.body, "{\"n\":1}\n{\"n\":2}\n");
    assert_int_equal(played.flags, POSTERN_HTTP_GZIP);
    assert_string_equal(played.headers, "Content-Type: application/x-ndjson\nIdempotency-Key: 00ff-7\n"
                                        "Authorization: Bearer hush\n");
    assert_int_equal(deliver(&without, &error), POSTERN_OK);
    assert_null(strstr(played.headers, "Authorization"));
    unmake(&with), unmake(&without);
}

static void what_is_answered(void **state)
{
    static const struct {
        struct played played;
        postern_status status;
        const char *rejected, *message;
        int64_t retry_after_ms;
    } rows[] = {
        {{.http = 204, .answer = ""}, POSTERN_OK, "", "", 0},
        {{.http = 200, .answer = "{\"rejected\":[]}"}, POSTERN_OK, "", "", 0},
        {{.http = 200,
          .answer = "{\"rejected\":[{\"event\":1,\"reason\":\"too \\\"old\\\"\"},{\"event\":0}]}"},
         POSTERN_OK,
         "1:too \"old\";0:the service does not say why;",
         "",
         0},
        {{.http = 200, .answer = "{\"rejected\":[{\"event\":2}]}"}, POSTERN_E_RETRY, "", "cannot be read", 0},
        {{.http = 200, .answer = "{\"rejected\":[{\"reason\":\"x\"}]}"},
         POSTERN_E_RETRY,
         "",
         "cannot be read",
         0},
        {{.http = 200, .answer = "<html>"}, POSTERN_E_RETRY, "", "cannot be read", 0},
        {{.http = 503, .answer = "", .retry_after_ms = 5000}, POSTERN_E_RETRY, "", "answers 503", 5000},
        {{.http = 429, .answer = "{\"rejected\":[{\"event\":1}]}"}, POSTERN_E_RETRY, "", "answers 429", 0},
        {{.http = 401, .answer = ""}, POSTERN_E_CONFIG, "", "answers 401", 0},
        {{.http = 302, .answer = ""}, POSTERN_E_CONFIG, "", "answers 302", 0},
        {{.status = POSTERN_E_STOPPED}, POSTERN_E_STOPPED, "", "no connection", 0},
    };
    (void)state;
    struct made made = make("hush");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        postern_error error;
        played = rows[i].played;
        postern_status status = deliver(&made, &error);
        if (status != rows[i].status || strcmp(rejected, rows[i].rejected) != 0 ||
            !strstr(error.message, rows[i].message) || error.retry_after_ms != rows[i].retry_after_ms)
            fail_msg("row %zu: %s, \"%s\", \"%s\"", i, status_name(status), rejected, error.message);
        assert_null(strstr(error.message, "hush"));
    }
    unmake(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_sent), cmocka_unit_test(what_is_answered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
