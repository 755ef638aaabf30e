/* What the module offers: four sinks and their options. */
#include "azure_append.h"

#define REQUIRED .flags = POSTERN_OPTION_REQUIRED

static const char *const formats[] = {"ndjson", "parquet", NULL};
static const char *const addressings[] = {"auto", "virtual", "path", NULL};
static const char *const credentials[] = {"keys", "environment", "profile", "instance", "container", NULL};

#define DEFAULT_KEY "%{account}/%{source}/dt=%{date}/h=%{hour}/%{batch}-%{token}.%{suffix}"

#define COMMON_OPTIONS                                                                                       \
    KIT_OPTION(                                                                                              \
        TEXT, "key", DEFAULT_KEY,                                                                            \
        "name of an object; with %{token}, and %{account} %{source} %{stream} %{type} %{date} %{hour} "      \
        "%{event_date} %{event_day} %{event_hour} %{.member} %{batch} %{suffix}"),                           \
        KIT_OPTION(TEXT, "format", "ndjson", "ndjson or parquet", .choices = formats),                       \
        KIT_OPTION(TEXT, "compression", "gzip", "gzip, zstd or none", .choices = pack_names),                \
        KIT_OPTION(INTEGER, "compression_level", "0", "gzip 1 to 9, zstd 1 to 19; 0 = the usual one",        \
                   .maximum = 19),                                                                           \
        KIT_OPTION(SIZE, "object_limit", "1GiB", "the most bytes that one object may have, packed",          \
                   .minimum = 1, .maximum = (int64_t)5 << 30),                                               \
        KIT_OPTION(PATH, "schema", NULL,                                                                     \
                   "file that lists the columns of Parquet; without it they are inferred"),                  \
        KIT_OPTION(TEXT, "rest_column", "rest", "Parquet: column of what no other column took, as JSON"),    \
        KIT_OPTION(MAP, "headers", NULL, "further headers of each object, such as x-amz-storage-class"),     \
        KIT_OPTION(TEXT, "endpoint", NULL, "URL of the service, where it is not the usual one")

#define AZURE_OPTIONS                                                                                        \
    KIT_OPTION(TEXT, "account", NULL, "name of the storage account", REQUIRED),                              \
        KIT_OPTION(TEXT, "container", NULL, "where blobs go; it must exist", REQUIRED),                      \
        KIT_OPTION(SECRET, "account_key", NULL, "one of the account's two keys"),                            \
        KIT_OPTION(SECRET, "sas", NULL,                                                                      \
                   "a shared access signature for the container, in the place of a key"),                    \
        KIT_OPTION(TEXT, "tenant", NULL, "Entra ID: the directory's id or name, in the place of a key"),     \
        KIT_OPTION(TEXT, "client_id", NULL, "Entra ID: the application's id"),                               \
        KIT_OPTION(SECRET, "client_secret", NULL, "Entra ID: its secret"),                                   \
        KIT_OPTION(TEXT, "authority", "login.microsoftonline.com", "Entra ID: host that gives tokens"),      \
        KIT_OPTION(TEXT, "api_version", "2021-12-02", "value of x-ms-version")

static const postern_option *const s3_options[] = {
    KIT_OPTION(TEXT, "bucket", NULL, "where objects go; it must exist", REQUIRED),
    KIT_OPTION(TEXT, "region", "us-east-1", "the bucket's region"),
    KIT_OPTION(TEXT, "credentials", "keys", "where the credentials come from", .choices = credentials),
    KIT_OPTION(SECRET, "access_key", NULL, "id of the access key"),
    KIT_OPTION(SECRET, "secret_key", NULL, "the access key itself"),
    KIT_OPTION(SECRET, "session_token", NULL, "of temporary keys"),
    KIT_OPTION(PATH, "profile_file", NULL, "file of profiles, for credentials = \"profile\""),
    KIT_OPTION(TEXT, "profile", "default", "which profile of that file"),
    KIT_OPTION(TEXT, "addressing", "auto",
               "bucket in the host's name (virtual) or in the path; auto = path with an endpoint or a dot",
               .choices = addressings),
    KIT_OPTION(BOOLEAN, "create_only", "false", "send If-None-Match: never write an object that is there"),
    KIT_OPTION(SIZE, "multipart_size", "64MiB", "objects above this go up in parts of this size",
               .minimum = 5 << 20, .maximum = (int64_t)5 << 30),
    COMMON_OPTIONS,
    NULL,
};

static const postern_option *const azure_options[] = {
    AZURE_OPTIONS,
    KIT_OPTION(BOOLEAN, "create_only", "false", "send If-None-Match: never write a blob that is there"),
    COMMON_OPTIONS,
    NULL,
};

static const postern_option *const append_options[] = {
    AZURE_OPTIONS,
    KIT_OPTION(TEXT, "key", "%{account}/%{source}/dt=%{date}/h=%{hour}/%{part}.%{suffix}",
               "name of a blob; with %{part}, and %{account} %{source} %{stream} %{type} %{date} %{hour} "
               "%{event_date} %{event_day} %{event_hour} %{.member} %{suffix}"),
    KIT_OPTION(TEXT, "compression", "none", "gzip, zstd or none: of each block by itself",
               .choices = pack_names),
    KIT_OPTION(INTEGER, "compression_level", "0", "gzip 1 to 9, zstd 1 to 19; 0 = the usual one",
               .maximum = 19),
    KIT_OPTION(SIZE, "block_size", "4MiB", "the largest block; above 4 MiB with api_version 2022-11-02 on",
               .minimum = 64 << 10, .maximum = (int64_t)100 << 20),
    KIT_OPTION(INTEGER, "blocks", "50000", "so many blocks a blob may have; then the next one is begun",
               .minimum = 1, .maximum = 50000),
    KIT_OPTION(DURATION, "forget", "6h", "where a blob ends is forgotten so long after the last block",
               .minimum = 60000, .maximum = (int64_t)30 * 86400000),
    KIT_OPTION(MAP, "headers", NULL, "further headers of each blob, such as x-ms-meta-..."),
    KIT_OPTION(TEXT, "endpoint", NULL, "URL of the service, where it is not the usual one"),
    NULL,
};

static const postern_option *const gcs_options[] = {
    KIT_OPTION(TEXT, "bucket", NULL, "where objects go; it must exist", REQUIRED),
    KIT_OPTION(SECRET, "service_account", NULL, "the JSON file of a service account's key"),
    KIT_OPTION(TEXT, "token_url", NULL, "where tokens come from, if not from the key file's token_uri"),
    KIT_OPTION(SECRET, "access_key", NULL, "id of an HMAC key, in the place of a service account"),
    KIT_OPTION(SECRET, "secret_key", NULL, "the HMAC key itself"),
    KIT_OPTION(BOOLEAN, "create_only", "true", "never write an object that is there"),
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
        .data = (kind_), .create = store_create, .destroy = store_destroy, .open = store_open,               \
        .write = store_write, .probe = store_probe                                                           \
    }

static const postern_sink s3 = STORE("s3", "objects in Amazon S3 and stores like it", s3_options, &s3_kind);
static const postern_sink azure = STORE("azure_blob", "blobs in Azure storage", azure_options, &azure_kind);
static const postern_sink gcs = STORE("gcs", "objects in Google Cloud Storage", gcs_options, &gcs_kind);

/* It keeps its place, so that its batches come one by one. */
static const postern_batching append_batching = {
    .size = sizeof append_batching, .events = 20000, .bytes = (int64_t)4 << 20, .wait_ms = 30000};
static const postern_sink append = {.size = sizeof(postern_sink),
                                    .flags = POSTERN_SINK_HTTP | POSTERN_SINK_STABLE_BATCHES |
                                             POSTERN_SINK_KNOWS_TEST,
                                    .name = "azure_append_blob",
                                    .title = "append blobs in Azure storage, which grow",
                                    .options = append_options,
                                    .batching = &append_batching,
                                    .data = &azure_append_kind,
                                    .create = store_create,
                                    .destroy = store_destroy,
                                    .open = append_open,
                                    .write = append_write,
                                    .close = append_close,
                                    .probe = store_probe};
static const postern_sink *const sinks[] = {&s3, &azure, &append, &gcs, NULL};

KIT_MODULE(.needs_minor = 3, /* POSTERN_SINK_KNOWS_TEST */
           .name = "store", .version = POSTERN_VERSION,
           .summary = "Object stores: S3, Azure Blob, Google Cloud Storage", .sinks = sinks);
