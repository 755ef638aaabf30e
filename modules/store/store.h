/* The sinks of object stores. One way of a batch for all of them: it is split by what the key's placeholders
 * make of each event (partition.c), each part becomes one object (object.c) whose key holds a token of its
 * content (key.c), and the store's own code puts it there (s3.c, azure.c, gcs.c). So a batch that comes again
 * overwrites itself. What answers mean stands in answer.c. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "shared/cloud/digest.h"
#include "shared/cloud/token.h"
#include "shared/pack/pack.h"
#include <postern/kit.h>
#include <stdatomic.h>

#define KEY_LIMIT       1024 /* of S3, Azure and Google alike */
#define TOKEN_SIZE      32   /* hexadecimal digits of an object's token */
#define HEADERS_LIMIT   8    /* that the user may add to each object */
#define CREDENTIAL_SIZE 4096

struct parquet_schema;

enum store_format { FORMAT_NDJSON, FORMAT_PARQUET };

/* What one kind of store does by itself. */
struct store_kind;

struct store {
    const postern_host *host;
    const postern_http *http;
    const postern_log *log; /* may be NULL */
    const struct store_kind *kind;
    postern_text key; /* the template */
    enum store_format format;
    enum pack_kind compression;
    int level;
    bool create_only;
    int64_t object_limit;
    postern_text schema_path, rest_column;
    struct parquet_schema *schema; /* NULL = inferred */
    postern_pair headers[HEADERS_LIMIT];
    size_t header_count;
    _Atomic int64_t clock_offset_ms; /* how far the store's clock is ahead of ours */
    char *endpoint;                  /* "https://host[:port][/path]", without a slash behind */
    void *own;                       /* of the kind */
};

/* One object on its way. */
struct store_object {
    postern_text key;
    postern_text body;
    const char *content_type;
};

/* What is asked of a store beside putting. */
struct store_question {
    const char *method;
    postern_text key; /* empty = the bucket is meant */
    const postern_pair *query;
    size_t query_count;
    const char *shown;
};

/* `postern sink test` at work. */
struct store_probing {
    struct store *store;
    const postern_call *call;
    const postern_report *report;
    postern_http_response response; /* the last answer */
};

struct store_kind {
    postern_status (*create)(struct store *store, postern_error *error);
    void (*destroy)(struct store *store);
    /* Looks for credentials that can only be found now. May be NULL. */
    postern_status (*open)(struct store *store, const postern_call *call, postern_error *error);
    postern_status (*put)(struct store *store, const postern_call *call, const struct store_object *object,
                          postern_error *error);
    /* GET and DELETE of an object, and questions about the bucket. */
    postern_status (*ask)(struct store *store, const postern_call *call,
                          const struct store_question *question, postern_http_response *response,
                          postern_error *error);
    /* Asks about the bucket. */
    postern_status (*probe)(struct store_probing *probing, postern_error *error);
    bool appends; /* to blobs that grow, which it must be able to read */
};

extern const struct store_kind s3_kind, azure_kind, azure_append_kind, gcs_kind;

/* ---- key.c ---- */

/* The template can make keys: it knows every placeholder, %{token} is among them (of blobs that grow
 * %{part}), no part of it is "." or "..". */
postern_status key_check(postern_text template, bool appends, postern_error *error);

/* What an object's key is made of beside its first event. */
struct key_parts {
    postern_text token; /* TOKEN_SIZE digits; empty: only what parts events is wanted */
    postern_text part;  /* of blobs that grow, in the place of token and batch; or empty */
    const char *suffix; /* "ndjson.gz" */
    uint64_t batch;
};
/* What of the key is the same for all objects, up to a slash: "logs/" or "". */
postern_text key_fixed(postern_text template);
void key_write(struct kit_writer *writer, postern_text template, const postern_sink_event *event,
               const struct key_parts *parts);

/* ---- partition.c: events of a batch that go into one object ---- */

#define NO_EVENT SIZE_MAX

struct partition {
    size_t first, last; /* of its events; the next one of each is in partitions.next */
    size_t count;
    size_t bytes; /* of their texts */
    postern_text name;
};

struct partitions {
    struct partition *list; /* in the order of their first events */
    size_t count;
    size_t *next; /* by event; NO_EVENT = its partition's last */
};

/* In the arena. Fails with POSTERN_E_MEMORY alone. */
postern_status partitions_make(const struct store *store, postern_arena *arena, const postern_batch *batch,
                               struct partitions *partitions, postern_error *error);

/* ---- object.c ---- */

/* "ndjson.gz" and "application/gzip", by format and compression. */
const char *object_suffix(const struct store *store);
const char *object_content_type(const struct store *store);

/* The token of an object's content: of the id, the length and the text of each event that goes into it. */
bool object_token(const struct store *store, const postern_batch *batch, const struct partitions *partitions,
                  const struct partition *partition, char token[TOKEN_SIZE + 1]);

/* An object's bytes, in memory that object_body_free gives back. */
struct object_body {
    struct pack_stream *stream;
    struct parquet_writer *parquet;
    postern_text bytes;
};
/* Events that can be no row of a Parquet file are rejected. */
postern_status object_body_make(const struct store *store, const postern_batch *batch,
                                const struct partitions *partitions, const struct partition *partition,
                                postern_result *result, struct object_body *body, postern_error *error);
void object_body_free(struct object_body *body);

/* ---- answer.c ---- */

enum store_verdict {
    VERDICT_DONE,
    VERDICT_RETRY,  /* temporary */
    VERDICT_CONFIG, /* the user must mend it */
    VERDICT_CLOCK,  /* refused for our time: take theirs, once */
    VERDICT_RENEW,  /* refused for a credential that has run out: get another, once */
};

/* What an answer means; fills *error unless it is done. `shown`: what was asked, for words ("PUT of bucket
 * logs"). `there_is_done`: an object that is there already is ours. */
enum store_verdict answer_judge(const postern_http_response *response, bool there_is_done, const char *shown,
                                postern_error *error);
/* True if an answer means that this identity may not do that, and nothing else is wrong. */
bool answer_lacks_right(const postern_http_response *response);
/* The text of an XML element of that name in an answer, or of a JSON member; empty if there is none. */
postern_text answer_element(postern_text body, const char *name);

/* ---- store.c: what the three sinks are made of, as postern_sink says ---- */

postern_status store_create(const postern_host *host, void **self, postern_error *error);
void store_destroy(void *self);
postern_status store_open(void *self, const postern_call *call, const postern_pair *state, size_t count,
                          postern_error *error);
postern_status store_write(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error);

/* ---- probe.c ---- */

postern_status store_probe(void *self, const postern_call *call, const postern_report *report,
                           postern_error *error);
/* Asks, with the answer in probing->response. */
postern_status probe_ask(struct store_probing *probing, const struct store_question *question,
                         postern_error *error);
/* The same about what delivery needs not to know: true if it was answered. What it may not know is said, and
 * forgiven: then and after every answer the status is POSTERN_OK. */
bool probe_may_ask(struct store_probing *probing, const struct store_question *question,
                   postern_status *status, postern_error *error);

/* ---- request.c ---- */

/* Makes one request; `sign` adds what lets it in, at the time `now_ms` of the store's clock. After a verdict
 * of CLOCK or RENEW it is signed and sent once more. */
struct store_request {
    const char *method;
    postern_text url;
    postern_text body;
    const char *shown;
    bool there_is_done;
    void *context; /* of sign and renew */
    /* `headers` has room for STORE_HEADERS. May change the URL. */
    postern_status (*sign)(struct store *store, const postern_call *call, struct store_request *request,
                           int64_t now_ms, postern_pair *headers, size_t *count, postern_error *error);
    /* Forgets the credential that was refused; false if there is no other. May be NULL. */
    bool (*renew)(struct store *store, struct store_request *request);
};

#define STORE_HEADERS 24

postern_status store_exchange(struct store *store, const postern_call *call, struct store_request *request,
                              postern_http_response *response, postern_error *error);

/* Sets store->endpoint: the option, or else what `format` and `value` make. */
postern_status store_set_endpoint(struct store *store, const char *format, postern_text value,
                                  postern_error *error);
/* Host and port of the endpoint, and the path behind them. */
postern_text store_endpoint_host(const struct store *store);
postern_text store_endpoint_path(const struct store *store);

#endif
