/* Sources that API 2.0 alone has: lists that are read by time range with GET, outside of /api. */
#include "event_time.h"
#include "failures.h"
#include "rest_pages.h"
#include "sources.h"

#define MINUTE ((int64_t)60 * 1000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The `data` of its stream. */
struct rest_endpoint {
    const char *path;
    const char *from, *until;                     /* the parameters of the range */
    const char *constant;                         /* further ones, each behind an ampersand */
    const char *next;                             /* the parameter that names a further page */
    postern_text (*place)(postern_text position); /* what it is given; NULL = the position */
    page_turn *turn;
    struct page_shape shape;
};

static const struct rest_endpoint reported_emails = {
    .path = "/threat-reporting/v1/reported-emails",
    .from = "dateRangeStartsAt",
    .until = "dateRangeEndsAt",
    .constant = "&pageSize=100",
    .next = "offset",
    .turn = rest_turn_by_offset,
    .shape = {.tops = NAMES("value", "data", "reportedEmails"),
              .times = NAMES("message.lastReportedDate", "lastReportedDate")},
};

/* Nobody has published an answer. */
static const struct rest_endpoint threat_events = {
    .path = "/threats/v1/events",
    .from = "timestampRangeStartsAt",
    .until = "timestampRangeEndsAt",
    .constant = "&pageSize=100&limit=1000", /* else five */
    .next = "pageToken",
    .place = rest_cursor,
    .turn = rest_turn_by_cursor,
    .shape = {.tops = NAMES("data", "events", "value"),
              .times = NAMES("timestamp", "eventTime", "date", "created", "createdAt"),
              .is_unverified = true},
};

/* ---- Asking ---- */

static void write_time(struct kit_writer *writer, const char *name, int64_t ms)
{
    char text[TIME_SIZE];
    kit_write_string(writer, name);
    kit_write_string(writer, "=");
    kit_write_safe(writer, kit_text(time_format_z(ms, text)));
}

static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    static const postern_pair headers[] = {{{"Accept", 6}, {"application/json", 16}}};
    const struct instance *instance = self;
    const struct rest_endpoint *endpoint = stream->data;
    struct kit_writer writer = kit_writer_in_arena(instance->host, call->arena);
    kit_write_string(&writer, endpoint->path);
    kit_write_string(&writer, "?");
    write_time(&writer, endpoint->from, pass->from_ms);
    kit_write_string(&writer, "&");
    write_time(&writer, endpoint->until, pass->until_ms);
    kit_write_string(&writer, endpoint->constant);
    if (position.size) {
        kit_write_string(&writer, "&");
        kit_write_string(&writer, endpoint->next);
        kit_write_string(&writer, "=");
        kit_write_safe(&writer, endpoint->place ? endpoint->place(position) : position);
    }
    request->method = "GET";
    request->headers = headers;
    request->header_count = 1;
    return kit_written(&writer, &request->path, error);
}

/* ---- Reading ---- */

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    struct damage damage = {false};
    const struct rest_endpoint *endpoint = stream->data;
    const struct reading reading = reading_of(self, call, stream, position, response, answer, error, &damage);
    (void)pass;
    if (response->status != 200) return failure_of_status(&reading);
    return reading_end(&reading, page_read(&reading, &endpoint->shape, endpoint->turn));
}

static postern_status on_set_aside(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_set_aside *what, postern_answer *answer,
                                   postern_error *error)
{
    const struct rest_endpoint *endpoint = stream->data;
    const struct reading reading = reading_again(self, call, stream, answer, error, &(struct damage){false});
    return page_read_set_aside(&reading, &endpoint->shape, what);
}

/* ---- The sources ---- */

/* A link, which says nothing about the mail. */
static const postern_volatile_field reports_link = {.size = sizeof reports_link, .path = "threatReports"};
static const postern_volatile_field *const links[] = {&reports_link, NULL};

#define STREAM(name_, endpoint_, ...)                                                                        \
    &(const postern_stream)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_stream), .kind = POSTERN_STREAM_WINDOW, .name = (name_),                      \
        .auth = "mimecast/2.0",                                                                              \
        .permission = "Security Events and Data Retrieval | Threat and Security Statistics | Read",          \
        .product = "Threats, Security Events, and Data for CG", .data = &(endpoint_), __VA_ARGS__            \
    }
static const postern_stream *const reported_streams[] = {
    STREAM("reported-emails", reported_emails, .volatile_fields = links), NULL};
static const postern_stream *const threat_streams[] = {STREAM("threat-events", threat_events, ), NULL};

/* A row changes with each further report, and once more when it has been judged. What changed is another
 * event; a row that moved to another page while the pages were read is found by the next poll. */
static const postern_schedule of_reports = {
    .size = sizeof of_reports,
    .interval_ms = 30 * MINUTE,
    .settle_ms = 7 * DAY,
    .lookback_ms = 7 * DAY,
    .slice_ms = 30 * DAY,
};
/* Short ranges, because one brings a limited number of records. */
static const postern_schedule of_threats = {.size = sizeof of_threats, .slice_ms = HOUR};

#define REST_SOURCE(name_, title_, streams_, schedule_, flags_)                                              \
    {                                                                                                        \
        .size = sizeof(postern_source), .flags = (flags_), .name = (name_), .title = (title_),               \
        .streams = (streams_), .schedule = &(schedule_), .create = instance_create,                          \
        .destroy = instance_free, .next = next, .on_response = on_response, .on_set_aside = on_set_aside,    \
    }

const postern_source reported_emails_source =
    REST_SOURCE("reported-emails", "Mails that users reported, and what was found in them", reported_streams,
                of_reports, 0);
const postern_source threat_events_source =
    REST_SOURCE("threat-events", "Threats that were detected in mails and links", threat_streams, of_threats,
                POSTERN_SOURCE_OFF);
