/* Sources siem and siem-ci: the logs of the mail flow. API 1.0 has one endpoint that brings files of all of
 * them (get_siem_logs.h), API 2.0 batches of files of each (batch.h), so that each is a stream of its own. */
#include "batch.h"
#include "get_siem_logs.h"
#include "siem_type.h"
#include "sources.h"

#define MINUTE ((int64_t)60 * 1000)
#define DAY    (MINUTE * 60 * 24)

/* ---- Options ---- */

static const char *const file_formats[] = {"json", "key_value", NULL};
static const postern_option file_format = {
    .size = sizeof file_format,
    .type = POSTERN_OPTION_TEXT,
    .name = "file_format",
    .default_value = "json",
    .help = "API 1.0: form of the log files",
    .choices = file_formats,
};
static const postern_option compress = {
    .size = sizeof compress,
    .type = POSTERN_OPTION_BOOLEAN,
    .name = "compress",
    .default_value = "true",
    .help = "API 1.0: many files per answer, zipped; without it a busy account falls behind",
};
static const postern_option page_size = {
    .size = sizeof page_size,
    .type = POSTERN_OPTION_INTEGER,
    .name = "page_size",
    .default_value = "100",
    .help = "API 2.0: files per page",
    .minimum = 1,
    .maximum = 100, /* what the API allows at most */
};
static const postern_option *const siem_options[] = {&file_format, &compress, &page_size, NULL};
static const postern_option *const siem_ci_options[] = {&page_size, NULL};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct instance *instance;
    postern_text format = KIT_TEXT("json");
    int64_t compressed = 1;
    postern_status status = instance_new(host, &instance, error);
    if (status < 0) return status;
    host->option_text(host, "file_format", &format);
    host->option_integer(host, "compress", &compressed);
    host->option_integer(host, "page_size", &instance->page_size);
    instance->key_value = kit_is(format, "key_value");
    instance->compress = compressed != 0;
    *self = instance;
    return POSTERN_OK;
}

/* ---- Streams ---- */

/* Both endpoints together, as the limit is documented for the path above them. */
static const postern_quota batch_quota = {
    .size = sizeof batch_quota,
    .name = "siem-batch",
    .calls = 50,
    .window_ms = 15 * MINUTE,
};
/* Batches appear about every 15 minutes, and each poll costs one of the calls. */
static const postern_schedule batch_schedule = {
    .size = sizeof batch_schedule,
    .interval_ms = 10 * MINUTE,
    .remember_ms = 8 * DAY, /* a day more than Mimecast keeps a file */
};

/* Where a record came from is no part of it, and not every answer says it. */
#define POSITION_FIELD(name_, path_)                                                                         \
    static const postern_volatile_field name_ = {.size = sizeof(postern_volatile_field), .path = (path_)}
POSITION_FIELD(offset_field, "_offset");
POSITION_FIELD(partition_field, "_partition");
POSITION_FIELD(plain_offset_field, "offset");
POSITION_FIELD(plain_partition_field, "partition");
static const postern_volatile_field *const position_fields[] = {
    &offset_field, &partition_field, &plain_offset_field, &plain_partition_field, NULL};

/* Nothing is written then, and no error tells. */
static const char enhanced_logging[] = "if it stays so while mail flows: switch logging on in the "
                                       "administration console, Account | Account Settings | "
                                       "Enhanced Logging: tick Inbound, Outbound and Internal";

#define BATCH_STREAM(name_, product_, empty_help_, ...)                                                      \
    &(const postern_stream)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_stream), .kind = POSTERN_STREAM_TOKEN, .name = (name_),                       \
        .auth = "mimecast/2.0",                                                                              \
        .permission = "Security Events and Data Retrieval | Threat and Security Events (SIEM) | Read",       \
        .product = (product_), .volatile_fields = position_fields, .schedule = &batch_schedule,              \
        .quota = &batch_quota, .empty_help = (empty_help_), .data = &(const struct batch_log)                \
        {                                                                                                    \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }
#define CG_STREAM(type_, wire_)                                                                              \
    BATCH_STREAM("siem-" type_, "Threats, Security Events, and Data for CG", enhanced_logging,               \
                 .path = "/siem/v1/batch/events/cg", .wire = (wire_), .type = (type_),                       \
                 .type_of = siem_type_of_wire)
#define CI_STREAM(wire_)                                                                                     \
    BATCH_STREAM("siem-ci-" wire_, "Threats, Security Events, and Data for CI", NULL,                        \
                 .path = "/siem/v1/batch/events/ci", .wire = (wire_), .type = "ci-" wire_,                   \
                 .type_of = siem_ci_type_of_wire, .is_optional = true)

static const postern_stream stream_of_files = {
    .size = sizeof stream_of_files,
    .kind = POSTERN_STREAM_TOKEN,
    .name = "siem",
    .auth = "mimecast/1.0",
    .permission = "Gateway | Tracking | Read",
    .empty_help = enhanced_logging,
};
static const postern_stream *const siem_streams[] = {
    &stream_of_files,
    CG_STREAM("receipt", "receipt"),
    CG_STREAM("process", "process"),
    CG_STREAM("delivery", "delivery"),
    CG_STREAM("jrnl", "journal"),
    CG_STREAM("av", "av"),
    CG_STREAM("spam", "spam"),
    CG_STREAM("ttp-url", "url protect"),
    CG_STREAM("ttp-attachment", "attachment protect"),
    CG_STREAM("impersonation", "impersonation protect"),
    CG_STREAM("iep", "internal email protect"),
    NULL,
};
static const postern_stream *const siem_ci_streams[] = {
    CI_STREAM("entities"),
    CI_STREAM("mailflow"),
    CI_STREAM("urlclick"),
    NULL,
};

/* ---- The way to either API ---- */

static bool is_batch(const postern_stream *stream)
{
    return stream->data != NULL;
}

static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    return (is_batch(stream) ? batch_next : get_siem_logs_next)(self, call, stream, pass, position, request,
                                                                error);
}

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    return (is_batch(stream) ? batch_on_response : get_siem_logs_on_response)(
        self, call, stream, pass, position, response, answer, error);
}

static postern_status on_set_aside(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_set_aside *what, postern_answer *answer,
                                   postern_error *error)
{
    return (is_batch(stream) ? batch_on_set_aside : get_siem_logs_on_set_aside)(self, call, stream, what,
                                                                                answer, error);
}

/* ---- The sources ---- */

static const postern_schedule schedule = {
    .size = sizeof schedule,
    .interval_ms = 15 * MINUTE,
    .remember_ms = 8 * DAY,
};

const postern_source siem_source = {
    .size = sizeof siem_source,
    .name = "siem",
    .title = "Mail flow logs (SIEM, MTA): receipt, process, delivery and the security logs of each message",
    .streams = siem_streams,
    .options = siem_options,
    .schedule = &schedule,
    .create = create,
    .destroy = instance_free,
    .next = next,
    .on_response = on_response,
    .on_set_aside = on_set_aside,
};

const postern_source siem_ci_source = {
    .size = sizeof siem_ci_source,
    .name = "siem-ci",
    .title = "Cloud Integrated: messages, mail flow and clicks on links",
    .streams = siem_ci_streams,
    .options = siem_ci_options,
    .schedule = &batch_schedule,
    .create = create,
    .destroy = instance_free,
    .next = batch_next,
    .on_response = batch_on_response,
    .on_set_aside = batch_on_set_aside,
};
