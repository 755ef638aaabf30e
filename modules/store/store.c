/* A batch into objects, and one request to a store. */
#include "store.h"
#include "parquet/schema.h"
#include "shared/cloud/time.h"
#include <stdlib.h>

#define CLOCK_OFF_MS ((int64_t)60000) /* a refusal for our time is believed from here */

postern_text store_option(const struct store *store, const char *name)
{
    postern_text text = {0};
    store->host->option_text(store->host, name, &text);
    return text;
}

int64_t store_integer(const struct store *store, const char *name)
{
    int64_t value = 0;
    store->host->option_integer(store->host, name, &value);
    return value;
}

/* ---- The endpoint ---- */

postern_status store_set_endpoint(struct store *store, const char *format, postern_text value,
                                  postern_error *error)
{
    postern_text given = store_option(store, "endpoint");
    char buffer[1024];
    struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer - 1);
    for (const char *at = format; given.size == 0 && *at; at++) {
        if (*at == '*')
            kit_write(&writer, value);
        else
            kit_write(&writer, kit_span(at, 1));
    }
    kit_write(&writer, given);
    bool is_url = !writer.failed && (kit_starts_with(kit_span(buffer, writer.size), "https://") ||
                                     kit_starts_with(kit_span(buffer, writer.size), "http://"));
    if (!is_url || memchr(buffer, '?', writer.size) || memchr(buffer, '@', writer.size))
        return kit_fail(error, POSTERN_E_CONFIG, "write it as https://host, without user and query",
                        "endpoint is no such URL");
    while (writer.size && buffer[writer.size - 1] == '/')
        writer.size--;
    buffer[writer.size] = '\0';
    store->endpoint = strdup(buffer);
    return store->endpoint ? POSTERN_OK : kit_no_memory(error);
}

postern_text store_endpoint_host(const struct store *store)
{
    const char *host = strstr(store->endpoint, "://") + 3, *slash = strchr(host, '/');
    return slash ? kit_between(host, slash) : kit_text(host);
}

postern_text store_endpoint_path(const struct store *store)
{
    postern_text host = store_endpoint_host(store);
    return kit_text(kit_end(host));
}

/* ---- A request ---- */

/* True if the store's clock is elsewhere than was thought: it is remembered. */
static bool take_their_clock(struct store *store, const postern_http_response *response, int64_t now_ms)
{
    int64_t offset = cloud_clock_offset(response, now_ms), known = store->clock_offset_ms;
    if (offset - known < CLOCK_OFF_MS && known - offset < CLOCK_OFF_MS) return false;
    store->clock_offset_ms = offset;
    if (store->log)
        store->log->write(
            store->host, POSTERN_LOG_WARNING,
            "this machine's clock and the store's differ by more than a minute: requests go by the store's");
    return true;
}

static postern_status send(struct store *store, const postern_call *call, struct store_request *request,
                           postern_http_response *response, postern_error *error)
{
    postern_pair headers[STORE_HEADERS];
    size_t count = 0;
    postern_status status =
        request->sign(store, call, request, call->now_ms + store->clock_offset_ms, headers, &count, error);
    if (status < 0) return status;
    const postern_http_request asked = {.size = sizeof asked,
                                        .method = request->method,
                                        .url = request->url,
                                        .headers = headers,
                                        .header_count = count,
                                        .body = request->body};
    *response = (postern_http_response){.size = sizeof *response};
    return store->http->exchange(store->host, call->arena, &asked, response, error);
}

postern_status store_exchange(struct store *store, const postern_call *call, struct store_request *request,
                              postern_http_response *response, postern_error *error)
{
    bool may_renew = true, may_take_clock = true;
    for (;;) {
        postern_status status = send(store, call, request, response, error);
        if (status < 0) return status;
        enum store_verdict verdict = answer_judge(response, request->there_is_done, request->shown, error);
        if (verdict == VERDICT_DONE) return POSTERN_OK;
        bool again = false;
        if (verdict == VERDICT_CLOCK && may_take_clock)
            may_take_clock = false, again = take_their_clock(store, response, call->now_ms);
        if (verdict == VERDICT_RENEW && may_renew)
            may_renew = false, again = request->renew && request->renew(store, request);
        if (!again) return error->code;
    }
}

/* ---- A batch ---- */

static postern_status reject_all(const struct partitions *partitions, const struct partition *partition,
                                 postern_result *result, const char *reason)
{
    postern_status status = POSTERN_OK;
    for (size_t i = partition->first; i != NO_EVENT && status >= 0; i = partitions->next[i])
        status = result->reject(result, i, reason);
    return status;
}

static postern_status accept_all(const struct partitions *partitions, const struct partition *partition,
                                 postern_result *result)
{
    postern_status status = POSTERN_OK;
    for (size_t i = partition->first; i != NO_EVENT && status >= 0; i = partitions->next[i])
        status = result->accept(result, i);
    return status;
}

static postern_status put_partition(struct store *store, const postern_call *call, const postern_batch *batch,
                                    const struct partitions *partitions, const struct partition *partition,
                                    postern_result *result, postern_error *error)
{
    char token[TOKEN_SIZE + 1], key[KEY_LIMIT];
    if (!object_token(batch, partitions, partition, token)) return kit_no_memory(error);
    const struct key_parts parts = {kit_span(token, TOKEN_SIZE), object_suffix(store), batch->id};
    struct kit_writer writer = kit_writer_in_buffer(key, sizeof key);
    key_write(&writer, store->key, batch->events[partition->first], &parts);
    if (writer.failed)
        return reject_all(partitions, partition, result, "the object's key would be longer than 1,024 bytes");
    struct object_body body;
    postern_status status = object_body_make(store, batch, partitions, partition, result, &body, error);
    if (status >= 0 && body.bytes.size) {
        const struct store_object object = {kit_span(key, writer.size), body.bytes,
                                            object_content_type(store)};
        status = store->kind->put(store, call, &object, error);
    }
    object_body_free(&body);
    return status;
}

/* What is put is safe, whatever becomes of the rest: it does not come again while this process lives. */
static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    struct store *store = self;
    struct partitions partitions;
    postern_status status = partitions_make(store, call->arena, batch, &partitions, error);
    for (size_t i = 0; i < partitions.count && status >= 0; i++) {
        status = put_partition(store, call, batch, &partitions, &partitions.list[i], result, error);
        if (status >= 0 && i + 1 < partitions.count)
            status = accept_all(&partitions, &partitions.list[i], result);
    }
    return status < 0 ? status : POSTERN_OK;
}

/* ---- Its life ---- */

static postern_status read_headers(struct store *store, postern_error *error)
{
    postern_pair pair;
    for (size_t i = 0; store->host->option_pair(store->host, "headers", i, &pair); i++) {
        bool is_lower = pair.name.size > 0;
        for (size_t c = 0; c < pair.name.size; c++)
            is_lower = is_lower && kit_lower(pair.name.data[c]) == pair.name.data[c];
        if (!is_lower || !kit_starts_with(pair.name, "x-") || store->header_count == HEADERS_LIMIT)
            return kit_fail(error, POSTERN_E_CONFIG, NULL,
                            "headers: at most %d, with names in lower case that begin with x-",
                            HEADERS_LIMIT);
        store->headers[store->header_count++] = pair;
    }
    return POSTERN_OK;
}

static postern_status read_common(struct store *store, postern_error *error)
{
    store->key = store_option(store, "key");
    store->format = kit_is(store_option(store, "format"), "parquet") ? FORMAT_PARQUET : FORMAT_NDJSON;
    pack_named(store_option(store, "compression"), &store->compression);
    store->level = (int)store_integer(store, "compression_level");
    store->object_limit = store_integer(store, "object_limit");
    store->create_only = store_integer(store, "create_only") != 0;
    store->schema_path = store_option(store, "schema");
    store->rest_column = store_option(store, "rest_column");
    if (store->compression == PACK_GZIP && store->level > 9)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "compression_level: gzip has 1 to 9");
    postern_status status = read_headers(store, error);
    return status >= 0 ? key_check(store->key, error) : status;
}

static void destroy(void *self)
{
    struct store *store = self;
    store->kind->destroy(store);
    parquet_schema_free(store->schema);
    free(store->endpoint);
    free(store);
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store) return kit_no_memory(error);
    store->host = host;
    store->kind = host->data;
    store->http = host->service(host, POSTERN_SERVICE_HTTP);
    store->log = host->service(host, POSTERN_SERVICE_LOG);
    postern_status status = store->http ? read_common(store, error)
                                        : kit_fail(error, POSTERN_E_UNSUPPORTED, "install a newer Postern",
                                                   "this Postern has no http/1");
    if (status >= 0) status = store->kind->create(store, error);
    if (status >= 0)
        *self = store;
    else
        destroy(store);
    return status;
}

static postern_status open_store(void *self, const postern_call *call, const postern_pair *state,
                                 size_t count, postern_error *error)
{
    struct store *store = self;
    (void)state, (void)count;
    if (store->schema_path.size && !store->schema) {
        postern_status status = parquet_schema_read(store->schema_path, &store->schema, error);
        if (status < 0) return status;
    }
    return store->kind->open ? store->kind->open(store, call, error) : POSTERN_OK;
}

/* ---- What the module is ---- */

#define OPTION(type_, name_, default_, help_, ...)                                                           \
    &(const postern_option)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_option), .type = POSTERN_OPTION_##type_, .name = name_,                       \
        .default_value = default_, .help = help_, __VA_ARGS__                                                \
    }

#define REQUIRED .flags = POSTERN_OPTION_REQUIRED

static const char *const formats[] = {"ndjson", "parquet", NULL};
static const char *const addressings[] = {"auto", "virtual", "path", NULL};
static const char *const credentials[] = {"keys", "environment", "profile", "instance", "container", NULL};

#define DEFAULT_KEY "%{account}/%{source}/dt=%{date}/h=%{hour}/%{batch}-%{token}.%{suffix}"

#define COMMON_OPTIONS                                                                                       \
    OPTION(TEXT, "key", DEFAULT_KEY,                                                                         \
           "name of an object; with %{token}, and %{account} %{source} %{stream} %{type} %{date} %{hour} "   \
           "%{event_date} %{event_day} %{event_hour} %{.member} %{batch} %{suffix}", ),                      \
        OPTION(TEXT, "format", "ndjson", "ndjson or parquet", .choices = formats),                           \
        OPTION(TEXT, "compression", "gzip", "gzip, zstd or none", .choices = pack_names),                    \
        OPTION(INTEGER, "compression_level", "0", "gzip 1 to 9, zstd 1 to 19; 0 = the usual one",            \
               .maximum = 19),                                                                               \
        OPTION(SIZE, "object_limit", "1GiB", "the most bytes that one object may have, packed",              \
               .minimum = 1, .maximum = (int64_t)5 << 30),                                                   \
        OPTION(PATH, "schema", NULL,                                                                         \
               "file that lists the columns of Parquet; without it they are inferred", ),                    \
        OPTION(TEXT, "rest_column", "rest", "Parquet: column of what no other column took, as JSON", ),      \
        OPTION(MAP, "headers", NULL, "further headers of each object, such as x-amz-storage-class", ),       \
        OPTION(TEXT, "endpoint", NULL, "URL of the service, where it is not the usual one", )

static const postern_option *const s3_options[] = {
    OPTION(TEXT, "bucket", NULL, "where objects go; it must exist", REQUIRED),
    OPTION(TEXT, "region", "us-east-1", "the bucket's region", ),
    OPTION(TEXT, "credentials", "keys", "where the credentials come from", .choices = credentials),
    OPTION(SECRET, "access_key", NULL, "id of the access key", ),
    OPTION(SECRET, "secret_key", NULL, "the access key itself", ),
    OPTION(SECRET, "session_token", NULL, "of temporary keys", ),
    OPTION(PATH, "profile_file", NULL, "file of profiles, for credentials = \"profile\"", ),
    OPTION(TEXT, "profile", "default", "which profile of that file", ),
    OPTION(TEXT, "addressing", "auto",
           "bucket in the host's name (virtual) or in the path; auto = path with an endpoint or a dot",
           .choices = addressings),
    OPTION(BOOLEAN, "create_only", "false", "send If-None-Match: never write an object that is there", ),
    OPTION(SIZE, "multipart_size", "64MiB", "objects above this go up in parts of this size",
           .minimum = 5 << 20, .maximum = (int64_t)5 << 30),
    COMMON_OPTIONS,
    NULL,
};

static const postern_option *const azure_options[] = {
    OPTION(TEXT, "account", NULL, "name of the storage account", REQUIRED),
    OPTION(TEXT, "container", NULL, "where blobs go; it must exist", REQUIRED),
    OPTION(SECRET, "account_key", NULL, "one of the account's two keys", ),
    OPTION(SECRET, "sas", NULL, "a shared access signature for the container, in the place of a key", ),
    OPTION(TEXT, "tenant", NULL, "Entra ID: the directory's id or name, in the place of a key", ),
    OPTION(TEXT, "client_id", NULL, "Entra ID: the application's id", ),
    OPTION(SECRET, "client_secret", NULL, "Entra ID: its secret", ),
    OPTION(TEXT, "authority", "login.microsoftonline.com", "Entra ID: host that gives tokens", ),
    OPTION(TEXT, "api_version", "2021-12-02", "value of x-ms-version", ),
    OPTION(BOOLEAN, "create_only", "false", "send If-None-Match: never write a blob that is there", ),
    COMMON_OPTIONS,
    NULL,
};

static const postern_option *const gcs_options[] = {
    OPTION(TEXT, "bucket", NULL, "where objects go; it must exist", REQUIRED),
    OPTION(SECRET, "service_account", NULL, "the JSON file of a service account's key", ),
    OPTION(TEXT, "token_url", NULL, "where tokens come from, if not from the key file's token_uri", ),
    OPTION(SECRET, "access_key", NULL, "id of an HMAC key, in the place of a service account", ),
    OPTION(SECRET, "secret_key", NULL, "the HMAC key itself", ),
    OPTION(BOOLEAN, "create_only", "true", "never write an object that is there", ),
    COMMON_OPTIONS,
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 100000, .bytes = (int64_t)32 << 20, .wait_ms = 300000, .parallel = 4};

#define STORE(name_, title_, options_, kind_)                                                                \
    {                                                                                                        \
        .size = sizeof(postern_sink),                                                                        \
        .flags = POSTERN_SINK_HTTP | POSTERN_SINK_CONCURRENT |                                               \
                 POSTERN_SINK_STABLE_BATCHES, /* the same events make the same object again */               \
            .name = (name_), .title = (title_), .options = (options_), .batching = &batching,                \
        .data = (kind_), .create = create, .destroy = destroy, .open = open_store, .write = write_batch      \
    }

static const postern_sink s3 = STORE("s3", "objects in Amazon S3 and stores like it", s3_options, &s3_kind);
static const postern_sink azure = STORE("azure_blob", "blobs in Azure storage", azure_options, &azure_kind);
static const postern_sink gcs = STORE("gcs", "objects in Google Cloud Storage", gcs_options, &gcs_kind);
static const postern_sink *const sinks[] = {&s3, &azure, &gcs, NULL};

const postern_module postern_module_entry = {
    .size = sizeof(postern_module),
    .magic = POSTERN_MODULE_MAGIC,
    .abi_major = POSTERN_ABI_MAJOR,
    .abi_minor = POSTERN_ABI_MINOR,
    .needs_minor = 1, /* postern_call.steady_ms */
    .name = "store",
    .version = POSTERN_VERSION,
    .summary = "Object stores: S3, Azure Blob, Google Cloud Storage",
    .sinks = sinks,
};
