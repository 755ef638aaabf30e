/* Sources read page by page, by time range or whole: one way of asking, one way of reading, for all that the
 * table of endpoints lists. */
#include "endpoints.h"
#include "event_time.h"
#include "failures.h"
#include "page.h"
#include "sources.h"

#define HOUR ((int64_t)60 * 60 * 1000)
#define DAY  (24 * HOUR)

/* ---- Options ---- */

static const postern_option page_size = {
    .size = sizeof page_size,
    .type = POSTERN_OPTION_INTEGER,
    .name = "page_size",
    .default_value = "100",
    .help = "records per page",
    .minimum = 1,
    .maximum = 100, /* what the API allows at most */
};
static const postern_option *const options[] = {&page_size, NULL};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct instance *instance;
    postern_status status = instance_new(host, &instance, error);
    if (status < 0) return status;
    host->option_integer(host, "page_size", &instance->page_size);
    *self = instance;
    return POSTERN_OK;
}

/* ---- Asking ---- */

static void write_time(struct kit_writer *writer, const char *key, int64_t ms)
{
    char text[TIME_SIZE];
    kit_write_string(writer, "\"");
    kit_write_string(writer, key);
    kit_write_string(writer, "\":\"");
    kit_write_string(writer, time_format(ms, text));
    kit_write_string(writer, "\"");
}

/* Every page of a pass asks with the same data: the page token belongs to that question. */
static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    const struct instance *instance = self;
    const struct endpoint *endpoint = stream->data;
    struct kit_writer writer = kit_writer_in_arena(instance->host, call->arena);
    kit_write_string(&writer, "{\"meta\":{\"pagination\":{\"pageSize\":");
    kit_write_integer(&writer, instance->page_size);
    if (position.size) {
        kit_write_string(&writer, ",\"pageToken\":");
        kit_write_json_string(&writer, position);
    }
    kit_write_string(&writer, "}},\"data\":[{");
    if (endpoint->from) {
        write_time(&writer, endpoint->from, pass->from_ms);
        kit_write_string(&writer, ",");
        write_time(&writer, endpoint->until, pass->until_ms);
    }
    kit_write_string(&writer, endpoint->constant + (endpoint->from ? 0 : 1)); /* no comma in front */
    kit_write_string(&writer, "}]}");
    request->method = "POST";
    request->path = kit_text(endpoint->path);
    return kit_written(&writer, &request->body, error);
}

/* ---- Reading ---- */

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    struct damage damage = {false};
    const struct endpoint *endpoint = stream->data;
    const struct reading reading = reading_of(self, call, stream, position, response, answer, error, &damage);
    (void)pass;
    if (response->status != 200) return failure_of_status(&reading);
    return reading_end(&reading, page_read(&reading, &endpoint->shape, page_turn_by_token));
}

static postern_status on_set_aside(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_set_aside *what, postern_answer *answer,
                                   postern_error *error)
{
    const struct endpoint *endpoint = stream->data;
    const struct reading reading = reading_again(self, call, stream, answer, error, &(struct damage){false});
    return page_read_set_aside(&reading, &endpoint->shape, what);
}

/* ---- The sources ---- */

/* An incident changes for as long as somebody works on it, and whether its range goes by when it was made or
 * changed is not known. So the last four weeks are read again at every poll; what changed is another event.
 */
static const postern_schedule of_incidents = {
    .size = sizeof of_incidents,
    .interval_ms = HOUR,
    .settle_ms = 28 * DAY,
    .lookback_ms = 7 * DAY,
    .slice_ms = 30 * DAY,
};

#define WINDOW_SOURCE(name_, title_, streams_, schedule_)                                                    \
    {                                                                                                        \
        .size = sizeof(postern_source), .name = (name_), .title = (title_), .streams = (streams_),           \
        .schedule = (schedule_), .options = options, .create = create, .destroy = instance_free,             \
        .next = next, .on_response = on_response, .on_set_aside = on_set_aside,                              \
    }

const postern_source audit_source =
    WINDOW_SOURCE("audit", "Audit log: what administrators and users did in Mimecast", audit_streams, NULL);
const postern_source ttp_url_source =
    WINDOW_SOURCE("ttp-url", "TTP URL Protect: clicks on links", ttp_url_streams, NULL);
const postern_source ttp_attachment_source = WINDOW_SOURCE(
    "ttp-attachment", "TTP Attachment Protect: scanned attachments", ttp_attachment_streams, NULL);
const postern_source ttp_impersonation_source =
    WINDOW_SOURCE("ttp-impersonation", "TTP Impersonation Protect: messages that imitate someone",
                  ttp_impersonation_streams, NULL);
const postern_source dlp_source =
    WINDOW_SOURCE("dlp", "Data leak prevention and content examination", dlp_streams, NULL);
const postern_source held_release_source =
    WINDOW_SOURCE("held-release", "Held messages that were released or rejected", held_release_streams, NULL);
const postern_source rejections_source =
    WINDOW_SOURCE("rejections", "Messages that were rejected", rejections_streams, NULL);
const postern_source archive_search_source =
    WINDOW_SOURCE("archive-search", "Searches in the archive", archive_search_streams, NULL);
const postern_source archive_view_source =
    WINDOW_SOURCE("archive-view", "Archived messages that somebody opened", archive_view_streams, NULL);
const postern_source hold_queue_source =
    WINDOW_SOURCE("hold-queue", "Messages that are held: what was put into the queue and what left it",
                  hold_queue_streams, NULL);
const postern_source remediation_source =
    WINDOW_SOURCE("remediation", "Threat remediation: messages taken back out of mailboxes",
                  remediation_streams, &of_incidents);
