/* What a preset gives to the engine, and what the engine offers to it. */
#ifndef HTTP_PRESET_H
#define HTTP_PRESET_H

#include "shared/cloud/request_mark.h"
#include <postern/kit.h>

#define MOST_HEADERS 64
#define MOST_STATUS  32

struct http_instance;
struct writing;

/* What a body looks like around its events: [ event , event ] or event LF event LF. */
struct frame {
    const char *open, *between, *after, *close;
};

/* One request under way. */
struct bundle {
    struct pack_stream *packer; /* NULL = nothing is packed */
    struct kit_writer body;     /* over memory for one body, which is reused; it never grows */
    char *memory;               /* of `capacity` bytes */
    size_t capacity;
    size_t *members, count; /* which events of the batch, in the order of the body */
    const postern_sink_event *first, *last;
    bool opens_part;   /* the event that is encoded is the first of its part in this body */
    int64_t part_rank; /* of that first one, if events have a rank */
};

struct headers {
    postern_pair list[MOST_HEADERS];
    size_t count;
    bool failed; /* too many, or no memory */
};

/* On whose behalf something is sent: a batch's, or a probe's. */
struct sender {
    struct http_instance *sink;
    const postern_call *call;
    const postern_sink_event *event; /* for the places of the user's headers; NULL = they are left out */
    postern_error *error;
};

/* What an answer means for the events of the request that the preset has not settled one by one. */
enum outcome {
    OUTCOME_BY_TABLE = 0,  /* the preset has nothing to say */
    OUTCOME_DELIVERED,     /* they are safe */
    OUTCOME_SENT,          /* taken, but safe only once `confirm` of the preset says so */
    OUTCOME_AGAIN,         /* send them again at once: some were settled */
    OUTCOME_TOO_LARGE,     /* smaller requests */
    OUTCOME_REFUSED,       /* something in the body is wrong, and no event is named */
    OUTCOME_RETRY,         /* later */
    OUTCOME_CONFIGURATION, /* the user must act */
};

/* A row of a table of answers: HTTP statuses from .. to. A table ends with outcome 0. */
struct answer_rule {
    int from, to;
    enum outcome outcome;
    const char *remedy; /* NULL = none */
};

/* What an answer must say for its request to count as delivered: the member at this path ("result.state") has
 * this value, written as text: "false", "0", "ok". */
struct condition {
    const char *path, *value;
};

struct judged_answer {
    const postern_http_response *http;
    int status;      /* the HTTP status, or one that the preset found inside the answer */
    char words[320]; /* what the receiver says, for people: from its body, unless the preset knows better */
    const char *remedy; /* likewise */
    int64_t retry_after_ms;
};

enum fate {
    FATE_OPEN = 0, /* to be sent */
    FATE_SENT,     /* to be confirmed */
    FATE_ACCEPTED,
    FATE_REJECTED,
};

/* A batch being written. */
struct writing {
    struct http_instance *sink;
    const postern_call *call;
    const postern_batch *batch;
    postern_result *result;
    postern_error *error;
    unsigned char *fates; /* enum fate, of each event of the batch */
    const size_t *parts;  /* the number of the part that each of them belongs to; NULL = there are none */
    struct bundle request;
    void *own; /* the preset's, in the call's arena: what `confirm` must know */
    size_t accepted, rejected;
    const char *reason;                         /* kind of the first rejection */
    char first_words[320];                      /* and its words */
    char request_mark[CLOUD_REQUEST_MARK_SIZE]; /* of the answer that is being acted on; "" = none */
    bool probed;                                /* single events from all over the batch were tried */
    size_t rejected_before;                     /* that */
    bool for_one_reason;                        /* all of them */
    postern_status status;                      /* a failure of the result's functions; sticky */
};

/* A probe under way: what `postern sink test` asks before it writes its one event. */
struct probing {
    struct sender sender;
    const postern_report *report;
    bool knows_clock; /* an answer said what time it is there */
};

/* A kind of receiver: constant data and functions, all of which may run on several threads at once. */
struct preset {
    const char *content_type;
    const char *method; /* NULL = "POST" */
    struct frame frame;
    /* Room that close needs behind the last event, and open before the first, beyond the frame. */
    size_t reserve;
    bool lets_in;   /* it sends the options username and password in its own way */
    bool packs_all; /* bodies of any size are packed: the receiver takes them only so */
    size_t longest; /* text of an event in bytes; a longer one is rejected as `too_long`. 0 = any */
    const char *too_long;
    /* How `token` is sent; NULL = Authorization, "Bearer ". */
    const char *token_header, *token_prefix;
    const struct answer_rule *rules; /* before the common table; NULL = none */
    /* What an answer that means "delivered" must say, too; ends with the path NULL; NULL = nothing. */
    const struct condition *accept_if;
    enum outcome accept_else; /* what it means if it does not; 0 = OUTCOME_RETRY */

    /* Reads the preset's own options; NULL = none. On failure what it left in sink->own is freed. */
    postern_status (*configure)(struct http_instance *sink, postern_error *error);
    /* Writes what must be equal in a request's events; NULL = nothing (beyond URL and headers). */
    void (*group)(const struct http_instance *sink, const postern_sink_event *event, struct kit_writer *key);
    /* Writes what is equal in the events of a part of a body, such as a stream: they stand together, and
     * several parts may share a request. NULL = a body has no parts. */
    void (*part)(const struct http_instance *sink, const postern_sink_event *event, struct kit_writer *key);
    /* Within its part, or its request, the event with the lower one comes first. NULL = as they came. */
    int64_t (*rank)(const postern_sink_event *event);
    /* The ranks of a part, or of a request without parts, are no further apart than this in one request. 0 =
     * they may be. */
    int64_t span;
    /* Writes one event behind those before. NULL: its text. Returns why it can never be sent, or NULL. */
    const char *(*encode)(struct writing *writing, const postern_sink_event *event, struct kit_writer *body);
    /* Puts around the events what the frame cannot say. NULL = nothing. */
    void (*finish)(struct writing *writing, struct kit_writer *body);
    /* Adds to the URL what depends on the request. NULL = nothing. */
    void (*query)(struct writing *writing, struct kit_writer *url);
    /* Further headers of every exchange, those beside a batch too. NULL = none. */
    void (*common_headers)(const struct sender *sender, struct headers *headers);
    /* Further headers of a batch's request; `sent` is the body as it goes out. NULL = none. */
    void (*headers)(struct writing *writing, struct headers *headers, postern_text sent);
    /* Looks into an answer: settles events (settle_...), and says what is to be done with the others. */
    enum outcome (*judge)(struct writing *writing, struct judged_answer *answer);
    /* Waits until what was sent is safe: settles it. Anything left FATE_SENT comes again. */
    postern_status (*confirm)(struct writing *writing);
    /* Asks whether all is as a batch will need it, and says what it sees (probe_..., kit_say); see
     * postern_sink.probe. NULL = there is nothing to ask. */
    postern_status (*probe)(struct probing *probing);
};

/* ---- settle.c: what became of the request's event `member` (its place in the body), or of the rest */

void settle_accepted(struct writing *writing, size_t member);
/* `kind` is a constant that equal refusals share; the words are the receiver's. */
void settle_rejected(struct writing *writing, size_t member, const char *kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
enum fate fate_of(const struct writing *writing, size_t member);
/* The same for an event of the batch, after its request: for confirm. */
void settle_event_accepted(struct writing *writing, size_t index);

/* ---- read.c */

/* The body as JSON, NULL if it is none; a member's text, or number as text, empty if it is not there. */
const postern_json_value *read_json(const struct sender *sender, const postern_http_response *response);
postern_text read_text(const struct sender *sender, const postern_json_value *object, const char *name);

/* The same of what a batch's request is answered. */
const postern_json_value *answer_json(const struct writing *writing, const struct judged_answer *answer);
postern_text answer_text(const struct writing *writing, const postern_json_value *object, const char *name);
int64_t answer_integer(const struct writing *writing, const postern_json_value *object, const char *name,
                       int64_t otherwise);
void answer_say(struct judged_answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- words.c */

/* How many of the bytes are whole characters (UTF-8). */
size_t whole_characters(const char *text, size_t size);

/* ---- instance.c */

/* The URL to send to; a template. False if out of memory. */
bool sink_set_url(struct http_instance *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sink_warn(const struct http_instance *sink, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Without slashes at its end. */
postern_text without_slashes(postern_text url);
/* The option `url` so. */
postern_text sink_base_url(const struct http_instance *sink);
/* And without this path, which it may have at its end or not. */
postern_text sink_base_url_before(const struct http_instance *sink, const char *path);
/* Waits, but no longer than until Postern wants the sink to end: false then. */
bool sink_wait(const struct http_instance *sink, int64_t ms);

/* ---- headers.c */

/* In the place of one of that name. The texts must live until the request is sent. */
void headers_set(struct headers *headers, postern_text name, postern_text value);
/* What lies in the writer; the header is left out if that is empty. */
void headers_set_written(struct headers *headers, const char *name, const struct kit_writer *value);
/* A value with places filled in. Whoever sends a mail chooses what stands in some of them, and no header can
 * have a control character: it becomes a space. */
void header_write_template(struct kit_writer *value, postern_text text, const postern_sink_event *event);

/* ---- send.c */

/* One HTTP request as it goes out. */
struct parcel {
    const char *method, *content_type, *coding; /* the last two: NULL = none */
    postern_text url, body;
};

/* An exchange beside the batch's requests, with the same credentials and headers. */
postern_status send_aside(const struct sender *sender, const struct parcel *parcel,
                          postern_http_response *response);
struct sender sender_of(const struct writing *writing);

/* ---- probe.c */

/* An exchange with the receiver; probe_get: GET of this URL; probe_send: as a batch's request, with this
 * body. They fail as http/1 does. */
postern_status probe_ask(struct probing *probing, const struct parcel *parcel,
                         postern_http_response *response);
postern_status probe_get(struct probing *probing, postern_http_response *response, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
postern_status probe_send(struct probing *probing, const char *body, postern_http_response *response);
/* POSTERN_OK if the answer is a good one, by the preset's table of answers and the common one. Else *error
 * says what the receiver answered to the question `what`, and what to do. */
postern_status probe_expect(const struct probing *probing, const char *what,
                            const postern_http_response *response);
/* The same, but a question that this user may not ask, or that this receiver does not know, is said and fails
 * nothing: *answered tells. */
postern_status probe_expect_if_allowed(const struct probing *probing, const char *what,
                                       const postern_http_response *response, bool *answered);
/* Says that this question is not answered to this user, or not known to this receiver: no failure. */
void probe_unanswered(const struct probing *probing, const char *what, const postern_http_response *response);

/* ---- token.c */

/* The first 16 bytes of SHA-256 over the request's events, in hex: equal whenever the same events are sent.
 */
void write_token(const struct writing *writing, struct kit_writer *writer);

/* ---- forms.c */

int64_t event_time(const postern_sink_event *event);             /* its own, else when it was received */
void write_timestamp(struct kit_writer *writer, int64_t ms);     /* as RFC 3339 */
void write_epoch_seconds(struct kit_writer *writer, int64_t ms); /* "1795752000.123" */
/* The event as a JSON value: its text, or a ready line as a string. */
void write_event_value(struct kit_writer *writer, const postern_sink_event *event);
/* A template with its places filled in; what does not fit is cut off behind a whole character. */
#define TEMPLATE_ROOM 2048
postern_text fill_template(char *memory, size_t size, postern_text text, const postern_sink_event *event);
/* "name":"value", with the template's places filled in; nothing if that is empty. Returns whether it wrote.
 */
void write_member(struct kit_writer *writer, const char *before, const char *name, postern_text value);
void write_member_template(struct kit_writer *writer, const char *before, const char *name, postern_text text,
                           const postern_sink_event *event);
/* A JSON object with those members in front (texts) that it lacks. */
void write_object(struct kit_writer *writer, postern_text object, const postern_pair *members, size_t count);
/* The same of an event, which is an object; a ready line becomes the member "message" of one. */
void write_document(struct kit_writer *writer, const postern_sink_event *event, const postern_pair *members,
                    size_t count);
/* Takes the writer back to where it was. */
void writer_cut(struct kit_writer *writer, size_t size);

#endif
