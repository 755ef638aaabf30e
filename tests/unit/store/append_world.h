/* The sink azure_append_blob with a service that is played here, and with its state, over crashes. */
#ifndef STORE_APPEND_WORLD_H
#define STORE_APPEND_WORLD_H

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

/* ---- The sink's state, as the core commits it ---- */

#define ENTRIES 8

static struct committed {
    char names[ENTRIES][128], values[ENTRIES][96];
    const char *delivery; /* whose batches are written */
    bool crashes;         /* behind the next write, before its commit */
    struct {
        postern_text key, value;
    } asked[ENTRIES];
    size_t asked_count;
} state_of_sink;

/* ---- The sink ---- */

#define ONE_DELIVERY     "0123456789abcdef0123456789abcdef"
#define ANOTHER_DELIVERY "89abcdef0123456789abcdef01234567"

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
    state_of_sink = (struct committed){.delivery = ONE_DELIVERY};
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
    (void)result;
    assert_true(state_of_sink.asked_count < ENTRIES);
    state_of_sink.asked[state_of_sink.asked_count].key = kit_text(kit_string(key));
    state_of_sink.asked[state_of_sink.asked_count++].value = kit_text(kit_string(value));
    return POSTERN_OK;
}

static void commit_entry(postern_text key, postern_text value)
{
    size_t at = 0;
    while (at < ENTRIES && !kit_is(key, state_of_sink.names[at]))
        at++;
    for (size_t i = 0; at == ENTRIES && i < ENTRIES; i++)
        if (!state_of_sink.names[i][0]) at = i;
    assert_true(at < ENTRIES);
    snprintf(state_of_sink.names[at], 128, "%s", value.size ? key.data : "");
    snprintf(state_of_sink.values[at], 96, "%s", value.data);
}

static void restart(void)
{
    postern_pair pairs[ENTRIES];
    size_t count = 0;
    const postern_call call = {.size = sizeof call};
    postern_error error = {.size = sizeof error};
    append_close(&sink.store);
    for (size_t i = 0; i < ENTRIES; i++)
        if (state_of_sink.names[i][0])
            pairs[count++] =
                (postern_pair){kit_text(state_of_sink.names[i]), kit_text(state_of_sink.values[i])};
    assert_int_equal(append_open(&sink.store, &call, pairs, count, &error), POSTERN_OK);
}

static void commit_or_crash(postern_status status)
{
    for (size_t i = 0; i < state_of_sink.asked_count; i++) {
        if (status >= 0 && !state_of_sink.crashes)
            commit_entry(state_of_sink.asked[i].key, state_of_sink.asked[i].value);
        free((void *)(uintptr_t)state_of_sink.asked[i].key.data);
        free((void *)(uintptr_t)state_of_sink.asked[i].value.data);
    }
    state_of_sink.asked_count = 0;
    if (state_of_sink.crashes) restart();
    state_of_sink.crashes = false;
}

/* One event, as the batch of that number. */
static postern_status write_event(uint64_t id, int64_t now_ms, const char *source, postern_text text)
{
    void *kept = NULL;
    const postern_sink_event event = {.size = sizeof event, .source = kit_text(source), .text = text};
    const postern_sink_event *events[] = {&event};
    const postern_batch batch = {.size = sizeof batch,
                                 .id = id,
                                 .delivery = kit_text(state_of_sink.delivery),
                                 .events = events,
                                 .count = 1};
    const postern_call call = {
        .size = sizeof call, .flags = sink.flags, .arena = (postern_arena *)&kept, .steady_ms = now_ms};
    postern_result result = {.size = sizeof result, .set_state = set_state};
    postern_error error = {.size = sizeof error};
    postern_status status = append_write(&sink.store, &call, &batch, &result, &error);
    kept_free(kept);
    commit_or_crash(status);
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

#endif
