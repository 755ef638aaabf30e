/* "http/1" and "metrics/1" as a sink meets them: found through its host, governed by its own options. */
#include "../http/test_server.h"
#include "../unit.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/real_time.h"
#include "base/text.h"
#include "config/check.h"
#include "engine/http_service.h"
#include "engine/metrics_service.h"
#include "module/http_options.h"
#include "module/instance.h"
#include <zlib.h>

/* ---- A sink with options of http/1 ---- */

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state, size_t count,
                                postern_error *error)
{
    (void)self, (void)call, (void)state, (void)count, (void)error;
    return POSTERN_OK;
}

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    (void)self, (void)call, (void)batch, (void)result, (void)error;
    return POSTERN_OK;
}

#define OPTION(name_)                                                                                        \
    {                                                                                                        \
        .size = sizeof(postern_option), .type = POSTERN_OPTION_TEXT, .name = (name_), .help = "x"            \
    }
static const postern_option url_option = OPTION("url"), proxy_option = OPTION("proxy");
static const postern_option *const own_options[] = {&url_option, NULL};
static const postern_option *const clashing_options[] = {&url_option, &proxy_option, NULL};

#define SINK(name_, flags_, options_)                                                                        \
    {                                                                                                        \
        .size = sizeof(postern_sink), .flags = (flags_), .name = (name_), .title = "a toy",                  \
        .options = (options_), .open = open_sink, .write = write_batch                                       \
    }
static const postern_sink plain_sink = SINK("plain", 0, clashing_options);
static const postern_sink http_sink = SINK("http", POSTERN_SINK_HTTP, own_options);
static const postern_sink bare_sink = SINK("bare", POSTERN_SINK_HTTP, NULL);
static const postern_sink clashing_sink = SINK("clashing", POSTERN_SINK_HTTP, clashing_options);
static const postern_sink *const good_sinks[] = {&plain_sink, &http_sink, &bare_sink, NULL};
static const postern_sink *const bad_sinks[] = {&clashing_sink, NULL};

#define MODULE(sinks_)                                                                                       \
    {                                                                                                        \
        .size = sizeof(postern_module), .magic = POSTERN_MODULE_MAGIC, .abi_major = POSTERN_ABI_MAJOR,       \
        .abi_minor = POSTERN_ABI_MINOR, .name = "toy", .version = "1", .summary = "a toy", .sinks = (sinks_) \
    }
static const postern_module good_module = MODULE(good_sinks), bad_module = MODULE(bad_sinks);

/* ---- An instance of it ---- */

struct world {
    struct module_registry *registry;
    struct module_instance *instance;
    const postern_host *host;
    const postern_http *http;
    postern_arena *arena;
    struct test_server *server;
};

static bool handle(struct test_connection *connection, const struct test_request *request)
{
    char path[64] = "", head[256], coding[32], type[64];
    sscanf(request->head, "%*s %63s", path);
    path[strcspn(path, "?")] = '\0';
    if (!strcmp(path, "/silent")) {
        sem_post(connection->server->context);
        connection_wait_for_close(connection);
        return false;
    }
    if (!strcmp(path, "/busy"))
        return connection_say(connection, "HTTP/1.1 429 Slow\r\nDate: Tue, 24 Nov 2015 12:50:00 GMT\r\n"
                                          "Retry-After: Tue, 24 Nov 2015 12:51:00 GMT\r\n"
                                          "Content-Length: 0\r\n\r\n");
    request_header(request, "content-encoding", coding, sizeof coding);
    request_header(request, "x-own", type, sizeof type);
    snprintf(head, sizeof head, "X-Coding: %s\r\nX-Own: %s\r\nX-Connection: %d\r\n", coding, type,
             connection->number);
    return answer_with(connection, head, request->body, request->body_size);
}

static struct module_instance *make_instance(struct module_registry *registry, const char *name,
                                             const struct option_value *values, size_t count)
{
    struct module_instance *instance = NULL;
    const struct module_plan plan = {.registry = registry,
                                     .name = name,
                                     .table = registry_sink_options(registry, &http_sink),
                                     .values = values,
                                     .value_count = count};
    assert_int_equal(module_instance_new(&plan, &instance, NULL), POSTERN_OK);
    return instance;
}

static struct world make(const struct option_value *values, size_t count, void *context)
{
    struct config config = {0};
    config_set_defaults(&config);
    struct world world = {
        .registry = registry_new(&(struct module_limits){1 << 20, 10, 1 << 20, 1000}),
        .arena = arena_new(1 << 20),
        .server = server_new(NULL, handle, context),
    };
    assert_true(http_service_add(world.registry) && metrics_service_add(world.registry));
    assert_true(http_service_set_defaults(world.registry, &config.http));
    assert_int_equal(registry_add(world.registry, &good_module, "toy.so", NULL), POSTERN_OK);
    world.instance = make_instance(world.registry, "x", values, count);
    world.host = &world.instance->host;
    world.http = world.host->service(world.host, POSTERN_SERVICE_HTTP);
    assert_non_null(world.http);
    return world;
}

static void unmake(struct world *world)
{
    module_instance_free(world->instance);
    registry_free(world->registry);
    arena_free(world->arena);
    server_free(world->server);
}

static postern_http_request request_for(const struct world *world, const char *method, const char *path)
{
    return (postern_http_request){
        .size = sizeof(postern_http_request),
        .method = method,
        .url = arena_printf(world->arena, "http://127.0.0.1:%d%s", world->server->port, path)};
}

static postern_status ask(const struct world *world, const postern_http_request *request,
                          postern_http_response *response, postern_error *error)
{
    *response = (postern_http_response){.size = sizeof *response};
    *error = ERROR_INIT;
    return world->http->exchange(world->host, world->arena, request, response, error);
}

static postern_text header(const postern_http_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (text_is(response->headers[i].name, name)) return response->headers[i].value;
    return (postern_text){0};
}

/* ---- Options ---- */

static bool has(const postern_option *const *table, const char *name)
{
    for (; table && *table; table++)
        if (!strcmp((*table)->name, name)) return true;
    return false;
}

static void options_stand_behind_the_sinks_own(void **state)
{
    (void)state;
    struct world world = make(NULL, 0, NULL);
    const postern_option *const *table = registry_sink_options(world.registry, &http_sink);
    assert_ptr_equal(table[0], &url_option);
    static const char *const names[] = {"ca_file", "client_certificate", "client_key",     "proxy",
                                        "timeout", "connect_timeout",    "response_limit", "allow_http"};
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_true(has(table, names[i]));
        assert_true(has(registry_sink_options(world.registry, &bare_sink), names[i]));
        assert_true(http_options_have(names[i]));
    }
    assert_ptr_equal(registry_sink_options(world.registry, &plain_sink), clashing_options);
    unmake(&world);
}

/* What a sink may set instead of a setting of http { ... } takes the same values. */
static void its_options_have_the_bounds_of_http(void **state)
{
    (void)state;
    struct world world = make(NULL, 0, NULL);
    size_t compared = 0;
    for (const postern_option *const *table = registry_sink_options(world.registry, &bare_sink); *table;
         table++)
        for (const struct setting *setting = http_settings; setting->name; setting++) {
            if (strcmp((*table)->name, setting->name) != 0 || setting->maximum == 0) continue;
            assert_int_equal((*table)->minimum, setting->minimum);
            assert_int_equal((*table)->maximum, setting->maximum);
            compared++;
        }
    assert_int_equal(compared, 3); /* timeout, connect_timeout, response_limit */
    unmake(&world);
}

static void an_option_of_the_same_name_is_refused(void **state)
{
    (void)state;
    struct module_registry *registry = registry_new(&(struct module_limits){1 << 20, 10, 1 << 20, 1000});
    postern_error error = ERROR_INIT;
    assert_int_equal(registry_add(registry, &bad_module, "bad.so", &error), POSTERN_E_CONFIG);
    assert_contains(error.message, "\"proxy\" has the name of an option of http/1");
    registry_free(registry);
}

/* ---- Exchanges ---- */

static void a_request_goes_out_and_its_answer_comes_into_the_arena(void **state)
{
    (void)state;
    struct world world = make(NULL, 0, NULL);
    postern_http_response response;
    postern_error error;
    const postern_pair headers[] = {{TEXT("X-Own"), TEXT("mine")}};
    postern_http_request request = request_for(&world, "POST", "/echo?key=HIDDEN");
    request.headers = headers;
    request.header_count = 1;
    request.body = TEXT("a line\n");
    for (int i = 0; i < 3; i++) { /* on one connection */
        assert_int_equal(ask(&world, &request, &response, &error), POSTERN_OK);
        assert_int_equal(response.status, 200);
        assert_text(response.body, "a line\n");
        assert_text(header(&response, "x-own"), "mine");
        assert_text(header(&response, "x-connection"), "1");
        assert_text(header(&response, "x-coding"), "");
        assert_int_equal(response.retry_after_ms, 0);
    }
    request = request_for(&world, NULL, "/busy");
    assert_int_equal(ask(&world, &request, &response, &error), POSTERN_OK);
    assert_int_equal(response.status, 429);
    assert_int_equal(response.retry_after_ms, 60000); /* by the server's own clock */
    unmake(&world);
}

static void a_packed_body_says_so(void **state)
{
    (void)state;
    struct world world = make(NULL, 0, NULL);
    postern_http_response response;
    postern_error error;
    postern_http_request request = request_for(&world, "PUT", "/echo");
    request.flags = POSTERN_HTTP_GZIP;
    request.body = TEXT("a line\na line\na line\n");
    assert_int_equal(ask(&world, &request, &response, &error), POSTERN_OK);
    assert_text(header(&response, "x-coding"), "gzip");
    char unpacked[64];
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)response.body.data,
                       .avail_in = (unsigned)response.body.size,
                       .next_out = (unsigned char *)unpacked,
                       .avail_out = sizeof unpacked};
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_text(((postern_text){unpacked, stream.total_out}), "a line\na line\na line\n");
    inflateEnd(&stream);
    unmake(&world);
}

static void bad_requests_are_refused(void **state)
{
    static const struct {
        const char *method, *url, *header;
        uint32_t flags;
        bool body;
        postern_status status;
    } rows[] = {
        {"BREW", NULL, NULL, 0, false, POSTERN_E_INVALID},
        {"GET", NULL, NULL, 0, true, POSTERN_E_INVALID},
        {"HEAD", NULL, NULL, 0, true, POSTERN_E_INVALID},
        {"POST", NULL, NULL, 2, true, POSTERN_E_UNSUPPORTED},
        {"POST", NULL, "Host", 0, true, POSTERN_E_INVALID},
        {"POST", NULL, "content-LENGTH", 0, true, POSTERN_E_INVALID},
        {"POST", NULL, "Transfer-Encoding", 0, true, POSTERN_E_INVALID},
        {"POST", NULL, "Connection", 0, true, POSTERN_E_INVALID},
        {"POST", NULL, "Content-Encoding", POSTERN_HTTP_GZIP, true, POSTERN_E_INVALID},
        {"POST", NULL, "X-A: b\r\nX-C", 0, true, POSTERN_E_INVALID},
        {"POST", "http://example.com/?HIDDEN", NULL, 0, true, POSTERN_E_CONFIG},
        {"POST", "https://user:HIDDEN@example.com/", NULL, 0, true, POSTERN_E_CONFIG},
        {"POST", "ftp://example.com/HIDDEN", NULL, 0, true, POSTERN_E_CONFIG},
        {"POST", "HIDDEN", NULL, 0, true, POSTERN_E_CONFIG},
        {"POST", "", NULL, 0, true, POSTERN_E_CONFIG},
    };
    (void)state;
    struct world world = make(NULL, 0, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        postern_http_request request = request_for(&world, rows[i].method, "/echo");
        const postern_pair pair = {text_of(rows[i].header), TEXT("HIDDEN")};
        if (rows[i].url) request.url = text_of(rows[i].url);
        if (rows[i].body) request.body = TEXT("HIDDEN");
        request.flags = rows[i].flags;
        request.headers = &pair;
        request.header_count = rows[i].header != NULL;
        postern_http_response response;
        postern_error error;
        if (ask(&world, &request, &response, &error) != rows[i].status || error.code != rows[i].status)
            fail_msg("row %zu: %d %s", i, error.code, error.message);
        assert_null(strstr(error.message, "HIDDEN"));
        assert_null(strstr(error.remedy, "HIDDEN"));
        assert_int_equal(response.status, 0);
        assert_int_equal(world.http->exchange(world.host, world.arena, &request, &response, NULL),
                         rows[i].status);
    }
    assert_int_equal(server_requests(world.server), 0);
    unmake(&world);
}

static void the_instances_options_count(void **state)
{
    static struct option_item hosts[] = {{.text = "collector.example"}};
    static const struct option_value values[] = {
        {.name = "response_limit", .type = POSTERN_OPTION_SIZE, .integer = 10},
        {.name = "connect_timeout", .type = POSTERN_OPTION_DURATION, .integer = 5000},
        {.name = "ca_file", .type = POSTERN_OPTION_PATH, .text = "/nonexistent/ca.pem"},
        {.name = "allow_http", .type = POSTERN_OPTION_LIST, .items = hosts, .item_count = 1},
    };
    (void)state;
    struct world world = make(values, COUNT(values), NULL);
    postern_http_response response;
    postern_error error;
    postern_http_request request = request_for(&world, "POST", "/echo");
    request.body = TEXT("0123456789");
    assert_int_equal(ask(&world, &request, &response, &error), POSTERN_OK);
    request.body = TEXT("0123456789a");
    assert_int_equal(ask(&world, &request, &response, &error), POSTERN_E_LIMIT);
    assert_contains(error.remedy, "raise the sink's response_limit"); /* not http's: that is not in force */
    request.url = TEXT("http://collector.example:1/");                /* it is tried, and there is nobody */
    assert_int_equal(ask(&world, &request, &response, &error), POSTERN_E_RETRY);
    request.url = arena_printf(world.arena, "https://127.0.0.1:%d/", world.server->port);
    assert_int_equal(ask(&world, &request, &response, &error), POSTERN_E_CONFIG);
    assert_contains(error.message, "/nonexistent/ca.pem");
    assert_contains(error.remedy, "check the sink's ca_file");
    unmake(&world);
}

struct stopper {
    struct world *world;
    postern_status status;
    int64_t ended_ms;
};

static void *ask_the_silent_one(void *argument)
{
    struct stopper *stopper = argument;
    postern_http_response response;
    postern_error error;
    postern_http_request request = request_for(stopper->world, "POST", "/silent");
    stopper->status = ask(stopper->world, &request, &response, &error);
    stopper->ended_ms = real_ms();
    return NULL;
}

static void an_interrupt_ends_it(void **state)
{
    (void)state;
    sem_t asked;
    sem_init(&asked, 0, 0);
    struct world world = make(NULL, 0, &asked);
    struct stopper stopper = {.world = &world};
    pthread_t thread;
    must(pthread_create(&thread, NULL, ask_the_silent_one, &stopper) == 0, "pthread_create");
    while (sem_wait(&asked) != 0)
        continue;
    int64_t told_ms = real_ms();
    module_instance_interrupt(world.instance);
    pthread_join(thread, NULL);
    assert_int_equal(stopper.status, POSTERN_E_STOPPED);
    assert_in_range(stopper.ended_ms - told_ms, 0,
                    20000); /* alone it would take the whole time-out, a minute */
    unmake(&world);
    sem_destroy(&asked);
}

/* ---- Metrics ---- */

static void see(void *context, const struct metric_sample *sample)
{
    char *seen = context;
    size_t used = strlen(seen);
    snprintf(seen + used, 256 - used, "%s %.*s=%.*s %g;", sample->name, TEXT_ARGS(sample->labels[0].name),
             TEXT_ARGS(sample->labels[0].value), sample->value);
}

static void series_carry_the_instances_name(void **state)
{
    (void)state;
    struct world world = make(NULL, 0, NULL);
    struct module_instance *other = make_instance(world.registry, "y", NULL, 0);
    const postern_metrics *metrics = world.host->service(world.host, POSTERN_SERVICE_METRICS);
    postern_metric *sent = metrics->counter(world.host, "sent_total", "what was sent", NULL, 0);
    postern_metric *depth = metrics->gauge(&other->host, "depth", "of the queue", NULL, 0);
    metrics->add(world.host, sent, 3);
    metrics->add(world.host, metrics->counter(world.host, "sent_total", "", NULL, 0), 4);
    metrics->set(&other->host, depth, 2.5);
    metrics->add(world.host, NULL, 1);
    char seen[256] = "";
    metrics_each(metrics_service_metrics(world.registry), see, seen);
    assert_string_equal(seen, "sent_total instance=x 7;depth instance=y 2.5;");
    module_instance_free(other);
    unmake(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_behind_the_sinks_own),
        cmocka_unit_test(its_options_have_the_bounds_of_http),
        cmocka_unit_test(an_option_of_the_same_name_is_refused),
        cmocka_unit_test(a_request_goes_out_and_its_answer_comes_into_the_arena),
        cmocka_unit_test(a_packed_body_says_so),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(the_instances_options_count),
        cmocka_unit_test(an_interrupt_ends_it),
        cmocka_unit_test(series_carry_the_instances_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
