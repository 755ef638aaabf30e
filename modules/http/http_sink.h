/* The module "http": events to receivers that speak HTTP. One engine; what a receiver wants is a preset.
 *
 *   module.c          the sinks that the module offers
 *   presets/          one receiver each: its options, how an event and a body are written, what answers mean
 *   preset.h          what a preset gives, and what the engine offers to it
 *   options.h         the options that presets share
 *   sink.c            an instance: made from its options, opened
 *   instance.c        what the other files ask of an instance: words, waiting
 *   write.c           the road of a batch: its events in groups, their requests, what came of them
 *   settle.c          what became of an event
 *   groups.c          which events may stand in one request, and which of them together
 *   request.c         fills the body of a request, up to its limits
 *   send.c            one exchange: URL, packing, credentials
 *   headers.c         the headers of a request
 *   answer.c          what an answer means: the table
 *   read.c            what stands in an answer
 *   words.c           words for people: in one line, in whole characters
 *   probe.c           what a test asks before it writes: exchanges, and what their answers mean
 *   accept.c          what an answer must say beside its status
 *   counters.c        what is counted
 *   bisect.c          a request that was refused without a name: halves, until one event is left
 *   safety.c          many events refused for one reason are a mistake of the configuration
 *   authentication.c  how the receiver lets us in
 *   token.c           what names the content of a request
 *   target.c          a URL in its parts, for signatures
 *   forms.c           times and values as receivers write them
 *   message.h         messages of Protocol Buffers: written as bytes or as JSON, read
 */
#ifndef HTTP_SINK_H
#define HTTP_SINK_H

#include "preset.h"
#include "shared/pack/pack.h"
#include <pthread.h>
#include <stdatomic.h>

/* counters.c: what an instance counts. */
enum {
    COUNT_REQUESTS, /* + enum outcome; OUTCOME_BY_TABLE = there was no answer */
    COUNT_ACCEPTED = COUNT_REQUESTS + OUTCOME_CONFIGURATION + 1,
    COUNT_REJECTED,
    COUNT_PLAIN_BYTES, /* of bodies, before they are packed */
    COUNT_SENT_BYTES,
    COUNT_SPLIT_TOO_LARGE,
    COUNT_SPLIT_REFUSED,
    COUNT_THROTTLED,
    COUNT_WAIT_SECONDS,
    COUNTERS,
};

/* An instance. Constant after create, but for what is atomic or under a lock: several batches are written at
 * once. */
struct http_instance {
    const postern_host *host;
    const postern_http *http;
    const postern_json *json;
    const postern_log *log;
    const postern_metrics *metrics; /* NULL = nobody counts */
    postern_metric *counters[COUNTERS];
    const struct preset *preset;
    void *own; /* the preset's settings, from configure; freed with free */

    char *url; /* a template */
    bool url_has_places, headers_have_places;
    struct frame frame;
    const char *content_type, *method;
    size_t max_body, max_events;
    enum pack_kind packing;
    char *token_url,
        *scope; /* from configure, in the place of the options of these names; NULL = the options */
    int retry_status[MOST_STATUS], success_status[MOST_STATUS];
    size_t retry_status_count, success_status_count;
    struct authentication *authentication;

    /* The largest body that is tried: less than max_body after a 413, for as long as this instance lives: a
     * sink is opened anew after each failure. */
    atomic_size_t working_size;
    /* The batch of which something was accepted before the rest of it failed. */
    _Atomic uint64_t begun_batch;

    pthread_mutex_t lock; /* of what a preset keeps in `own` and changes */
};

/* sink.c: what every preset's postern_sink points to */
postern_status http_sink_create(const postern_host *host, void **self, postern_error *error);
void http_sink_destroy(void *self);
postern_status http_sink_open(void *self, const postern_call *call, const postern_pair *state, size_t count,
                              postern_error *error);

/* write.c */
postern_status http_sink_write(void *self, const postern_call *call, const postern_batch *batch,
                               postern_result *result, postern_error *error);

/* groups.c: the batch's events in the order in which they are sent: those that may share a request stand
 * together, and among them those of one part. ends[i] is true for the last one of its group. */
struct groups {
    size_t *order;
    bool *ends;
    size_t *parts; /* by event of the batch; NULL = there are none */
};
bool groups_make(const struct writing *writing, struct groups *groups);

/* request.c: the request over memory for one body. */
postern_status request_init(struct bundle *request, const struct http_instance *sink, size_t most_events,
                            postern_error *error);
void request_free(struct bundle *request);
/* Takes events from the front of order[0 .. count) that are still open, as many as fit and may go together;
 * one that can never be sent is rejected. Returns how many of `order` are done with. */
size_t request_fill(struct writing *writing, const size_t *order, const bool *ends, size_t count);

/* send.c: one exchange with what `request` holds; the answer is judged. */
postern_status send_request(struct writing *writing, struct judged_answer *answer);

void counters_init(struct http_instance *sink);
void count(const struct http_instance *sink, size_t counter, double amount);
void count_answer(const struct http_instance *sink, enum outcome outcome, const struct judged_answer *answer);

/* accept.c: whether an answer whose status means "delivered" says so, too, by the conditions of the preset
 * and of the option accept_if; OUTCOME_DELIVERED, or what accept_else says. */
enum outcome accept_judge(struct writing *writing, struct judged_answer *answer);

/* answer.c: what the answer means, by the preset's word, the user's and the table. */
enum outcome answer_judge(struct writing *writing, struct judged_answer *answer);
postern_status answer_fail(const struct writing *writing, const struct judged_answer *answer,
                           postern_status code);

/* What the status means by the preset's table and the common one; NULL = neither knows it. */
const struct answer_rule *answer_rule_for(const struct preset *preset, int status);

/* words.c: the beginning of the body in one line, for the user to see what the receiver says. */
void answer_quote(postern_text body, char *words, size_t size);
/* Words for people, a receiver's among them: in one line, and cut behind a whole character. */
void print_words(char *words, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* probe.c */
postern_status http_sink_probe(void *self, const postern_call *call, const postern_report *report,
                               postern_error *error);

/* settle.c: how many events of the request are to be sent again. */
size_t count_open(const struct writing *writing);

/* bisect.c: ranges of the order that are still to be sent. */
struct open_range {
    size_t from, count;
};
struct ranges {
    struct open_range stack[160];
    size_t depth;
};
void ranges_push(struct ranges *ranges, size_t from, size_t count);
bool ranges_pop(struct ranges *ranges, struct open_range *range);
/* The first `taken` of the range, of which `open` events are not settled, go in two halves. */
void bisect(struct writing *writing, struct ranges *ranges, const size_t *order, struct open_range taken);

/* safety.c: true if so many events from all over the batch were refused for one reason, and none taken, that
 * the mistake is not in them; *error says so. */
#define SAFETY_ENOUGH ((size_t)10)
bool safety_stops(const struct writing *writing, postern_error *error);
/* Enough were refused for one reason, and none taken, but not from all over the batch. */
bool safety_doubts(const struct writing *writing);

/* authentication.c */
struct authentication;
postern_status authentication_new(const struct http_instance *sink, struct authentication **made,
                                  postern_error *error);
void authentication_free(struct authentication *authentication);
/* Adds what lets the request in. */
postern_status authentication_add(const struct sender *sender, struct headers *headers,
                                  const struct parcel *parcel);
/* After a 401: true if a token was thrown away, so that another try has a fresh one. */
bool authentication_renew(struct authentication *authentication, const struct headers *headers);

#endif
