/* Blobs that grow, against a service played here: blocks whose answers are lost, names that come back, blobs
 * that are full, and what a failed test leaves. */
#include "../unit.h"
#include "azure_append.h"
#include "kept.h"

#define BLOBS      8
#define BLOB_SIZE  ((size_t)4 << 20)
#define FORGET_MS  60000
#define LARGE_TEXT ((size_t)700 << 10)

/* ---- The service ---- */

struct played_blob {
    char name[128], maker[32];
    char *bytes;
    size_t size;
    int blocks;
};

static struct played_blobs {
    struct played_blob blobs[BLOBS];
    int most_blocks;
    bool loses_answer; /* of the next block */
    bool refuses_blocks;
    bool keeps_blobs; /* removes none */
    size_t largest_read;
    char logged[512];
    char length_text[64];
    postern_pair headers[2];
} service;

static struct played_blob *find_blob(postern_text name)
{
    for (size_t i = 0; i < BLOBS; i++)
        if (kit_is(name, service.blobs[i].name) && service.blobs[i].bytes) return &service.blobs[i];
    return NULL;
}

static struct played_blob *blob_named(const char *name)
{
    return find_blob(kit_text(name));
}

static void remove_blob(struct played_blob *blob)
{
    free(blob->bytes);
    *blob = (struct played_blob){0};
}

static void add_bytes(struct played_blob *blob, postern_text bytes)
{
    assert_true(blob->size + bytes.size <= BLOB_SIZE);
    memcpy(blob->bytes + blob->size, bytes.data, bytes.size);
    blob->size += bytes.size;
    blob->blocks++;
}

static void answer(postern_http_response *response, int32_t status, const char *code)
{
    response->status = status;
    service.headers[0] = (postern_pair){KIT_TEXT("x-ms-error-code"), kit_text(code)};
    response->headers = service.headers;
    response->header_count = 1;
}

static void make(postern_text name, postern_text maker, postern_http_response *response)
{
    struct played_blob *blob = service.blobs;
    if (find_blob(name)) {
        answer(response, 409, "BlobAlreadyExists");
        return;
    }
    while (blob->bytes)
        assert_true(++blob < service.blobs + BLOBS);
    blob->bytes = malloc(BLOB_SIZE);
    assert_non_null(blob->bytes);
    snprintf(blob->name, sizeof blob->name, "%.*s", (int)name.size, name.data);
    snprintf(blob->maker, sizeof blob->maker, "%.*s", (int)maker.size, maker.data);
    answer(response, 201, "");
}

static void append(struct played_blob *blob, postern_text position, postern_text body,
                   postern_http_response *response)
{
    char length[24];
    snprintf(length, sizeof length, "%zu", blob->size);
    if (service.refuses_blocks)
        answer(response, 403, "AuthorizationPermissionMismatch");
    else if (blob->blocks == service.most_blocks)
        answer(response, 409, "BlockCountExceedsLimit");
    else if (!kit_is(position, length))
        answer(response, 412, "AppendPositionConditionNotMet");
    else
        add_bytes(blob, body), answer(response, 201, "");
}

static void read(const struct played_blob *blob, postern_text range, postern_http_response *response)
{
    char text[64];
    size_t from, to;
    snprintf(text, sizeof text, "%.*s", (int)range.size, range.data);
    assert_int_equal(sscanf(text, "bytes=%zu-%zu", &from, &to), 2);
    if (from >= blob->size) {
        answer(response, 416, "InvalidRange");
        return;
    }
    if (to >= blob->size) to = blob->size - 1;
    answer(response, 206, "");
    response->body = kit_span(blob->bytes + from, to - from + 1);
    snprintf(service.length_text, sizeof service.length_text, "bytes %zu-%zu/%zu", from, to, blob->size);
    service.headers[0] = (postern_pair){KIT_TEXT("content-range"), kit_text(service.length_text)};
    if (response->body.size > service.largest_read) service.largest_read = response->body.size;
}

static void ask_blob(struct played_blob *blob, const postern_http_request *request,
                     postern_http_response *response)
{
    postern_text method = kit_text(request->method);
    if (kit_is(method, "PUT")) {
        append(blob, kit_header(request->headers, request->header_count, "x-ms-blob-condition-appendpos"),
               request->body, response);
    } else if (kit_is(method, "DELETE") && service.keeps_blobs) {
        answer(response, 403, "AuthorizationPermissionMismatch");
    } else if (kit_is(method, "DELETE")) {
        remove_blob(blob);
        answer(response, 202, "");
    } else if (kit_is(method, "GET")) {
        read(blob, kit_header(request->headers, request->header_count, "range"), response);
    } else {
        assert_string_equal(request->method, "HEAD");
        answer(response, 200, "");
        service.headers[0] = (postern_pair){KIT_TEXT("x-ms-meta-postern"), kit_text(blob->maker)};
    }
}

static postern_status exchange(const postern_host *host, postern_arena *arena,
                               const postern_http_request *request, postern_http_response *response,
                               postern_error *error)
{
    (void)host, (void)arena;
    const char *name = request->url.data + strlen("http://service/logs/");
    const char *query = memchr(name, '?', (size_t)(kit_end(request->url) - name));
    bool is_block = memmem(query, (size_t)(kit_end(request->url) - query), "appendblock", 11) != NULL;
    struct played_blob *blob = find_blob(kit_between(name, query));
    if (kit_is(kit_text(request->method), "PUT") && !is_block)
        make(kit_between(name, query),
             kit_header(request->headers, request->header_count, "x-ms-meta-postern"), response);
    else if (blob)
        ask_blob(blob, request, response);
    else
        answer(response, 404, "BlobNotFound");
    if (!is_block || !service.loses_answer) return POSTERN_OK;
    service.loses_answer = false;
    *response = (postern_http_response){.size = sizeof *response};
    return kit_fail(error, POSTERN_E_RETRY, NULL, "the answer is lost");
}

static void write_log(const postern_host *host, int32_t level, const char *message)
{
    (void)host, (void)level;
    snprintf(service.logged, sizeof service.logged, "%s", message);
}

/* ---- The sink ---- */

static struct append_sink {
    postern_host host;
    struct append append;
    struct azure azure;
    struct store store;
    uint32_t flags; /* of calls */
} sink;

static int begin(void **state)
{
    (void)state;
    static const postern_http http = {.size = sizeof http, .exchange = exchange};
    static const postern_log log = {.size = sizeof log, .write = write_log};
    static char endpoint[] = "http://service";
    service = (struct played_blobs){.most_blocks = 50000};
    sink = (struct append_sink){
        .host = {.size = sizeof sink.host, .allocate = kept_allocate},
        .append = {.block_size = 1 << 20, .most_blocks = 50000, .forget_ms = FORGET_MS},
        .azure = {.container = KIT_TEXT("logs"), .sas = KIT_TEXT("sig=x"), .append = &sink.append},
        .store = {.host = &sink.host,
                  .http = &http,
                  .log = &log,
                  .kind = &azure_append_kind,
                  .key = KIT_TEXT("%{source}/%{part}"),
                  .endpoint = endpoint,
                  .own = &sink.azure},
    };
    return pack_stream_new(PACK_NONE, 0, sink.append.block_size, &sink.append.pack, NULL) < 0;
}

static int end(void **state)
{
    (void)state;
    append_places_free(&sink.append);
    pack_stream_free(sink.append.pack);
    for (size_t i = 0; i < BLOBS; i++)
        remove_blob(&service.blobs[i]);
    return 0;
}

static postern_status set_state(postern_result *result, postern_text key, postern_text value)
{
    (void)result, (void)key, (void)value;
    return POSTERN_OK;
}

/* One event, as the batch of that number. */
static postern_status write_event(uint64_t id, int64_t now_ms, const char *source, postern_text text)
{
    void *kept = NULL;
    const postern_sink_event event = {.size = sizeof event, .source = kit_text(source), .text = text};
    const postern_sink_event *events[] = {&event};
    const postern_batch batch = {.size = sizeof batch,
                                 .id = id,
                                 .delivery = KIT_TEXT("0123456789abcdef0123456789abcdef"),
                                 .events = events,
                                 .count = 1};
    const postern_call call = {
        .size = sizeof call, .flags = sink.flags, .arena = (postern_arena *)&kept, .steady_ms = now_ms};
    postern_result result = {.size = sizeof result, .set_state = set_state};
    postern_error error = {.size = sizeof error};
    postern_status status = append_write(&sink.store, &call, &batch, &result, &error);
    kept_free(kept);
    return status;
}

static postern_status write_text(uint64_t id, int64_t now_ms, const char *source, const char *text)
{
    return write_event(id, now_ms, source, kit_text(text));
}

static void assert_blob(const char *name, const char *content)
{
    const struct played_blob *blob = blob_named(name);
    if (!blob) fail_msg("there is no %s", name);
    assert_text(kit_span(blob->bytes, blob->size), content);
}

/* ---- Tests ---- */

/* Of a large block only the ends are read. */
static void lost_answers(void **state)
{
    (void)state;
    char *text = malloc(LARGE_TEXT);
    assert_non_null(text);
    for (uint64_t id = 1; id <= 2; id++) {
        memset(text, 'a' + (int)id, LARGE_TEXT);
        service.loses_answer = true;
        assert_int_equal(write_event(id, 0, "a", kit_span(text, LARGE_TEXT)), POSTERN_E_RETRY);
        assert_int_equal(write_event(id, 0, "a", kit_span(text, LARGE_TEXT)), POSTERN_OK);
        assert_int_equal(blob_named("a/01234567-0000")->size, id * (LARGE_TEXT + 1));
    }
    assert_int_equal(service.largest_read, 64 << 10);
    free(text);
}

/* What others appended is not taken for a block: not if it ends otherwise, nor if it ends before. */
static void others(void **state)
{
    (void)state;
    static const struct {
        const char *source, *first, *next, *foreign_end;
    } rows[] = {{"other", "other/01234567-0000", "other/01234567-0001", "y"},
                {"short", "short/01234567-0000", "short/01234567-0001", ""}};
    char *text = malloc(LARGE_TEXT);
    assert_non_null(text);
    memset(text, 'x', LARGE_TEXT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(write_text(1, 0, rows[i].source, "{}"), POSTERN_OK);
        add_bytes(blob_named(rows[i].first), kit_span(text, LARGE_TEXT));
        add_bytes(blob_named(rows[i].first), kit_text(rows[i].foreign_end));
        assert_int_equal(write_event(2, 0, rows[i].source, kit_span(text, LARGE_TEXT)), POSTERN_OK);
        assert_int_equal(blob_named(rows[i].next)->size, LARGE_TEXT + 1);
    }
    free(text);
}

static void names_that_come_back(void **state)
{
    (void)state;
    assert_int_equal(write_text(1, 0, "a", "{}"), POSTERN_OK);
    assert_int_equal(write_text(2, FORGET_MS + 1, "b", "{}"), POSTERN_OK);
    assert_int_equal(write_text(3, FORGET_MS + 1, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0000", "{}\n");
    assert_blob("a/01234567-0001", "{}\n");
    append_places_free(&sink.append); /* a crash before the commit: the batch comes again */
    assert_int_equal(write_text(3, FORGET_MS + 1, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0001", "{}\n");
    assert_null(blob_named("a/01234567-0002"));
}

/* A dead letter that is tried again has a blob of its own, by its number. */
static void letters(void **state)
{
    (void)state;
    uint64_t letter = UINT64_C(1) << 63 | 5;
    assert_int_equal(write_text(5, 0, "a", "{}"), POSTERN_OK);
    service.loses_answer = true;
    assert_int_equal(write_text(letter, 0, "a", "{}"), POSTERN_E_RETRY);
    append_places_free(&sink.append);
    assert_int_equal(write_text(letter, 0, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0000", "{}\n");
    assert_blob("a/01234567-5-0000", "{}\n");
    assert_null(blob_named("a/01234567-5-0001"));
}

static void full_blobs(void **state)
{
    (void)state;
    service.most_blocks = 2;
    assert_int_equal(write_text(1, 0, "a", "1"), POSTERN_OK);
    service.loses_answer = true;
    assert_int_equal(write_text(2, 0, "a", "2"), POSTERN_E_RETRY);
    assert_int_equal(write_text(2, 0, "a", "2"), POSTERN_OK);
    assert_blob("a/01234567-0000", "1\n2\n");
    assert_null(blob_named("a/01234567-0001"));
    assert_int_equal(write_text(3, 0, "a", "3"), POSTERN_OK);
    assert_blob("a/01234567-0001", "3\n");
}

static postern_status put_object(void)
{
    void *kept = NULL;
    const postern_call call = {.size = sizeof call, .arena = (postern_arena *)&kept};
    const struct store_object object = {KIT_TEXT("object"), KIT_TEXT("x"), "text/plain"};
    postern_error error = {.size = sizeof error};
    postern_status status = append_put(&sink.store, &call, &object, &error);
    kept_free(kept);
    return status;
}

static void failed_tests_leave_nothing(void **state)
{
    (void)state;
    static const char trial[] = "a/postern-test-0000000000000000-0000";
    sink.flags = POSTERN_CALL_TEST;
    service.refuses_blocks = true;
    assert_int_equal(write_text(1, 0, "a", "{}"), POSTERN_E_CONFIG);
    assert_int_equal(put_object(), POSTERN_E_CONFIG);
    assert_null(blob_named(trial));
    assert_null(blob_named("object"));
    assert_string_equal(service.logged, "");
    append_places_free(&sink.append);
    service.keeps_blobs = true;
    assert_int_equal(write_text(1, 0, "a", "{}"), POSTERN_E_CONFIG);
    assert_contains(service.logged, "a/postern-test-0000000000000000-0000 may stay there");
    assert_int_equal(put_object(), POSTERN_E_CONFIG);
    assert_contains(service.logged, "object may stay there");
    assert_non_null(blob_named("object"));
}

/* The service refuses every SAS of a container that question, whatever rights it has. */
static postern_status refuse_all(const postern_host *host, postern_arena *arena,
                                 const postern_http_request *request, postern_http_response *response,
                                 postern_error *error)
{
    (void)host, (void)arena, (void)request, (void)error;
    answer(response, 403, "AuthorizationFailure");
    return POSTERN_OK;
}

static void say(const postern_report *report, int32_t level, const char *message, const char *remedy)
{
    (void)report, (void)remedy;
    assert_int_equal(level, POSTERN_LOG_INFO);
    write_log(NULL, level, message);
}

static void a_sas_may_not_ask(void **state)
{
    (void)state;
    static const postern_http http = {.size = sizeof http, .exchange = refuse_all};
    static const postern_report report = {.size = sizeof report, .say = say};
    void *kept = NULL;
    const postern_call call = {.size = sizeof call, .arena = (postern_arena *)&kept};
    struct store_probing probing = {.store = &sink.store, .call = &call, .report = &report};
    postern_error error = {.size = sizeof error};
    sink.store.http = &http;
    assert_int_equal(azure_probe(&probing, &error), POSTERN_OK);
    assert_contains(service.logged, "not with a shared access signature");
    kept_free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lost_answers, begin, end),
        cmocka_unit_test_setup_teardown(others, begin, end),
        cmocka_unit_test_setup_teardown(names_that_come_back, begin, end),
        cmocka_unit_test_setup_teardown(letters, begin, end),
        cmocka_unit_test_setup_teardown(full_blobs, begin, end),
        cmocka_unit_test_setup_teardown(failed_tests_leave_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_sas_may_not_ask, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
