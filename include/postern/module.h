/* postern/module.h: the whole contract between Postern's core and a module.
 *
 * A module is one shared object that exports one data symbol, `postern_module_entry`. It may offer sources
 * (where events come from), sinks (where they go), or both. This header needs only the C standard library,
 * and nothing in it is a macro that you must write code inside. Start from examples/sink_minimal or
 * examples/source_minimal.
 *
 * The rules:
 *  1. Version.  A host refuses a module of another POSTERN_ABI_MAJOR and accepts every minor.
 *  2. Size.     A struct whose first field is `size` may grow at its end in a later minor. Whoever
 *               allocates it sets `size = sizeof(...)`. Read or write a field that came after minor 0 only if
 *               POSTERN_HAS(pointer, field). A struct without `size` is frozen: it never changes.
 *  3. Services  of the host are tables found by name and version ("json/1"): see `postern_host.service`.
 *  4. Memory.   Nobody frees what the other side allocated. Inputs are borrowed until the call returns.
 *               Outputs live in the call's arena (or are constants) and are freed by the core.
 *  5. Threads.  Each function carries one of these marks:
 *                 [setup]       one thread, before or after all other calls on the instance
 *                 [concurrent]  any number of threads at once on one instance
 *                 [exclusive]   any thread, never two at once on one instance
 *                 [any]         a host function that every thread may call
 *  6. Text      is UTF-8 with a length and not NUL-terminated, unless it is `const char *`.
 *  7. Errors    are a negative postern_status; words for the user go into `*error`. The core puts the
 *               context ("acme/ttp-url: ") in front, so say only what went wrong, and in `remedy` what to do.
 *  8. Control   stays where it is: no exception, longjmp, signal handler or fork crosses this boundary.
 *  9. Units.    A name that ends in _ms is in milliseconds; points in time count from 1970-01-01 UTC. Sizes
 *               are bytes.
 *
 * Each declaration says since which version of the ABI it exists; a field without a mark of its own is as old
 * as its struct.
 */
#ifndef POSTERN_MODULE_H
#define POSTERN_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. A module copies it into its postern_module; the host's is in postern_host.
 * Since 1.0. */
#define POSTERN_ABI_MAJOR    1u
#define POSTERN_ABI_MINOR    0u
#define POSTERN_MODULE_MAGIC 0x4e545350u /* the bytes "PSTN" on a little-endian machine */

/* True if the struct that `pointer` points to is large enough to contain `field`; see rule 2. Since 1.0. */
#define POSTERN_HAS(pointer, field)                                                                          \
    ((pointer)->size >=                                                                                      \
     (size_t)((const char *)&(pointer)->field - (const char *)(pointer)) + sizeof((pointer)->field))

/* ---- Basic types ---- */

/* A span of bytes that belongs to somebody else: who, and how long it lives, is said where it is used (rule 4
 * if it is not). `data` may be NULL only if `size` is 0. Frozen. Since 1.0. */
typedef struct postern_text {
    const char *data;
    size_t size;
} postern_text;

/* A name and its value, for example an HTTP header or an entry of a sink's state. Frozen. Since 1.0. */
typedef struct postern_pair {
    postern_text name;
    postern_text value;
} postern_pair;

/* Result of a call: POSTERN_OK or more is success, less than 0 is a failure. An integer and not an enum,
 * because the size of an enum may change as values are added. An unknown negative value is treated as
 * POSTERN_E_RETRY. Since 1.0, with all values below. */
typedef int32_t postern_status;

#define POSTERN_OK 0
/* From a sink's write only: commit the state entries that I set and call write again with this same batch.
 * For sinks that must have something on record before they act. After 10,000 in a row the core takes it for a
 * failure. */
#define POSTERN_COMMIT_STATE 1

#define POSTERN_E_INVALID     (-1) /* the caller broke this contract */
#define POSTERN_E_MEMORY      (-2) /* out of memory, or a limit on memory was reached */
#define POSTERN_E_CONFIG      (-3) /* the user must change the configuration; trying again does not help */
#define POSTERN_E_UNSUPPORTED (-4) /* asked for something this side does not offer */
#define POSTERN_E_RETRY       (-5) /* temporary: the core backs off and calls again; see error.retry_after_ms */
#define POSTERN_E_PROTOCOL    (-6)  /* the answer makes no sense: the core asks again with `attempt` raised */
#define POSTERN_E_CREDENTIALS (-7)  /* the account's credentials were refused */
#define POSTERN_E_PERMISSION  (-8)  /* the credentials are good but may not read this stream */
#define POSTERN_E_LICENSE     (-9)  /* the account does not have the product behind this stream */
#define POSTERN_E_POSITION    (-10) /* the vendor refused the position: start the pass again without one */
#define POSTERN_E_IO          (-11) /* an operation of the system failed (files, sockets) */
#define POSTERN_E_LIMIT       (-12) /* a configured limit was reached */
#define POSTERN_E_STOPPED     (-13) /* given up because the host asked for it: interrupt, end of the program */

/* Words for a failure, shown to the user as they are. The caller allocates and zeroes it and sets `size`; the
 * callee fills it only on failure, and may leave it alone: then the status speaks for itself. Never NULL in
 * calls from the core; a module may pass NULL to a service. No secrets, no signed URLs. Since 1.0. */
typedef struct postern_error {
    uint32_t size;
    postern_status code;    /* optional: what the function returns counts */
    int64_t retry_after_ms; /* with POSTERN_E_RETRY: try again after so long; 0 = the core decides */
    char message[480];      /* what went wrong, NUL-terminated: "no connection to 192.0.2.7" */
    char remedy[320];       /* what the user can do, NUL-terminated: "check the firewall"; empty if nothing */
} postern_error;

/* The memory of one call: allocate with postern_host.allocate, never free. The core frees all of it after the
 * call, so nothing from it may be kept in the instance. It has a limit. Since 1.0. */
typedef struct postern_arena postern_arena;

/* ---- Options: declared as data, so that the core checks, documents and prints them ---- */

/* What an option holds. The user writes it in Lua; a value of another type never reaches the module.
 * Since 1.0. */
#define POSTERN_OPTION_TEXT     1u /* read with option_text */
#define POSTERN_OPTION_INTEGER  2u /* read with option_integer; check its range in create */
#define POSTERN_OPTION_BOOLEAN  3u /* read with option_integer: 0 or 1 */
#define POSTERN_OPTION_DURATION 4u /* written "15m"; read with option_integer, in milliseconds */
#define POSTERN_OPTION_SIZE     5u /* written "64KiB"; read with option_integer, in bytes */
#define POSTERN_OPTION_LIST     6u /* list of texts; read with option_item */
#define POSTERN_OPTION_SECRET   7u /* text from env, file or vault; never logged; read with option_text */
/* File path, absolute; read with option_text. %{account} and the like stand in it as the user wrote them: the
 * module puts the values in. */
#define POSTERN_OPTION_PATH 8u

/* One option of a source or a sink, constant data of the module. Frozen. A table of options ends with an
 * entry whose name is NULL. Since 1.0. */
typedef struct postern_option {
    const char *name;          /* [a-z0-9_], as the user writes it */
    uint32_t type;             /* POSTERN_OPTION_... */
    uint32_t required;         /* 1: must be given */
    const char *default_value; /* as the user would write it ("15m", "true"); NULL = absent. None for lists,
                                * secrets and required options */
    const char *help;          /* one line, shown by `postern modules` */
} postern_option;

/* The checked option values of one instance; belongs to the core, lives until destroy has returned.
 * Since 1.0. */
typedef struct postern_options postern_options;

/* ---- The host ---- */

/* What the core offers to modules; given to create, constant, lives as long as the process. Since 1.0. */
typedef struct postern_host postern_host;
struct postern_host {
    uint32_t size;
    uint16_t abi_major, abi_minor; /* the host's */
    const char *version;           /* of Postern, for messages */

    /* The table of a service by its name (POSTERN_SERVICE_...), or NULL if this host does not offer it: then
     * do without, or fail in create with POSTERN_E_UNSUPPORTED. Lives as long as the process. [any] */
    const void *(*service)(const char *name);
    /* `bytes` of zeroed memory, aligned to 16 bytes; NULL if the arena's limit is reached: return
     * POSTERN_E_MEMORY. [one arena: one thread] */
    void *(*allocate)(postern_arena *arena, size_t bytes);

    /* Values of options by name, defaults applied; texts live as long as the instance. False, with *value
     * untouched, if the option is absent, unknown or of a type that is read with another function. [any]
     * option_text: texts, paths, secrets. option_integer: integers, durations (ms), sizes (bytes), booleans
     * (0 or 1). option_item: element `index` of a list, from 0; false past its end. */
    bool (*option_text)(const postern_options *options, const char *name, postern_text *value);
    bool (*option_integer)(const postern_options *options, const char *name, int64_t *value);
    bool (*option_item)(const postern_options *options, const char *name, size_t index, postern_text *value);
};

/* Given to every call that does work, so that a module needs no clock and no random numbers of its own, and
 * tests can set them. Valid until the call returns. Since 1.0. */
typedef struct postern_call {
    uint32_t size;
    /* 1 at the first try. Source: one more each time on_response failed with POSTERN_E_PROTOCOL, so that
     * damage that stays can be set aside at last. Sink: one more after each failure. */
    uint32_t attempt;
    postern_arena *arena;  /* memory of this call */
    int64_t now_ms;        /* wall clock, UTC, ms since 1970, corrected by the server's clock for sources */
    uint64_t random;       /* fresh for every call; fixed in tests; not for keys */
    postern_text account;  /* source: the account's name; sink: empty. For messages only */
    postern_text instance; /* the name of the stream or of the sink in the configuration */
} postern_call;

/* ---- Service "log/1" ---- */

/* Since 1.0. */
#define POSTERN_SERVICE_LOG "log/1"
#define POSTERN_LOG_ERROR   1
#define POSTERN_LOG_WARNING 2
#define POSTERN_LOG_INFO    3
#define POSTERN_LOG_DEBUG   4

typedef struct postern_log {
    uint32_t size;
    /* Writes one line for the operator on stderr: time, level, instance (postern_call.instance; may be
     * empty), message (NUL-terminated; copied; control characters are made visible). It may wait for stderr.
     * Failures need no line: the core logs what the error says. Never pass a secret or the content of a mail.
     * [any] */
    void (*write)(int32_t level, postern_text instance, const char *message);
} postern_log;

/* ---- Service "json/1": read JSON without a JSON library ---- */

/* Since 1.0. */
#define POSTERN_SERVICE_JSON "json/1"
#define POSTERN_JSON_NULL    0
#define POSTERN_JSON_BOOLEAN 1
#define POSTERN_JSON_NUMBER  2
#define POSTERN_JSON_STRING  3
#define POSTERN_JSON_ARRAY   4
#define POSTERN_JSON_OBJECT  5

/* A value of a parsed document: constant, lives in the arena that it was parsed into. Since 1.0. */
typedef struct postern_json_value postern_json_value;

typedef struct postern_json {
    uint32_t size;
    /* Parses one whole document (RFC 8259, nothing behind it) into *value. The text is not copied and must
     * outlive the value. POSTERN_E_PROTOCOL if it is no JSON (*error names the byte), POSTERN_E_MEMORY if the
     * arena is too small; *value is then untouched. [one arena: one thread] */
    postern_status (*parse)(postern_arena *arena, postern_text text, const postern_json_value **value,
                            postern_error *error);
    /* POSTERN_JSON_...; a NULL value reads as POSTERN_JSON_NULL in all that follows. [any] */
    int32_t (*type)(const postern_json_value *value);
    /* The member `key` of an object (the first, if there are several), or NULL. [any] */
    const postern_json_value *(*get)(const postern_json_value *object, const char *key);
    /* Walks an array or object in its order. Start with *item = NULL; false at the end, and at once for any
     * other value. *key is empty in arrays, and as written (escapes kept) in objects; `key` may be NULL.
     * [any] */
    bool (*next)(const postern_json_value *container, const postern_json_value **item, postern_text *key);
    /* The text of a string, unescaped: copied into the arena if it holds escapes, else a part of the parsed
     * text. False, with *text untouched, if it is no string or the arena is full. [one arena: one thread] */
    bool (*text)(postern_arena *arena, const postern_json_value *value, postern_text *text);
    /* The number; false, with *integer untouched, unless it is one that fits exactly. [any] */
    bool (*integer)(const postern_json_value *value, int64_t *integer);
    /* True if the value is the literal true. [any] */
    bool (*boolean)(const postern_json_value *value);
    /* The exact source text of the value, a part of the parsed text; "null" for NULL. [any] */
    postern_text (*raw)(const postern_json_value *value);
} postern_json;

/* ---- Service "unpack/1": gzip and zip within the core's limits, salvaging what is whole ---- */

/* Since 1.0. */
#define POSTERN_SERVICE_UNPACK "unpack/1"
#define POSTERN_UNPACK_GZIP    1
#define POSTERN_UNPACK_ZIP     2

/* One member of an archive (gzip has one). All of it lives until the callback returns. Since 1.0. */
typedef struct postern_member {
    uint32_t size;
    uint32_t index;       /* 0, 1, 2 ... in the order of the archive */
    postern_text name;    /* as in the archive: untrusted, for recognising only, never for a file system */
    postern_text data;    /* what could be unpacked; all of it if damage is NULL */
    const char *damage;   /* NULL, or why the member is not whole: "ends early", "checksum is wrong" ... */
    postern_text archive; /* the member's packed bytes in the archive, for setting aside; may be empty */
} postern_member;

typedef struct postern_unpack {
    uint32_t size;
    /* Calls `member` on this thread for each member of `bytes` in order, handing `context` on; `format` is
     * POSTERN_UNPACK_... . A status < 0 from `member` ends the walk and is returned. After a damaged member
     * the walk goes on at the next local header; a central directory is not needed. Fails with
     * POSTERN_E_PROTOCOL if not one member could be recognised, with POSTERN_E_LIMIT if the expansion passes
     * a limit (what came before has been delivered). An empty zip has no members and succeeds. [one arena:
     * one thread] */
    postern_status (*each)(postern_arena *arena, int32_t format, postern_text bytes,
                           postern_status (*member)(void *context, const postern_member *member),
                           void *context, postern_error *error);
} postern_unpack;

/* ---- Sources: no IO, no state ---- */

/* A stream of kind WINDOW is read by time range: the core decides from when to when, in passes, and the
 * position dies with the pass. TOKEN follows the vendor's token: the position is the stream's place and is
 * kept. Since 1.0. */
#define POSTERN_STREAM_WINDOW 1u
#define POSTERN_STREAM_TOKEN  2u

/* A field that says nothing about which event it is and is left out of the event's identity. Frozen. A table
 * ends with an entry whose name is NULL. Since 1.0. */
typedef struct postern_volatile_field {
    const char *name;         /* of a member at the top of the event */
    const char *value_prefix; /* only values that start so are left out; NULL = every value */
} postern_volatile_field;

/* One stream of a source: constant data of the module. What an account has of it is acme/NAME. Since 1.0. */
typedef struct postern_stream {
    uint32_t size;
    uint32_t kind;    /* POSTERN_STREAM_... */
    const char *name; /* the same as the source's, or "<source>-<part>" if there are several; [a-z0-9-] */
    const char
        *auth; /* the authentication profile, which the core applies: the stream exists for accounts that
                * offer it. Today "mimecast/1.0" (signed requests), "mimecast/2.0" (OAuth), "none" */
    const char
        *permission; /* what the user must grant, in the vendor's words: "Monitoring | URL Protection | Read";
                      * shown when a call fails with POSTERN_E_PERMISSION and has no remedy. Not NULL */
    const postern_volatile_field *volatile_fields; /* NULL = none */
} postern_stream;

/* The range of one pass, both ends inclusive as the vendor understands them. The same on every page of the
 * pass. On a token stream both are 0. Valid until the call returns. Since 1.0. */
typedef struct postern_pass {
    uint32_t size;
    int64_t from_ms;
    int64_t until_ms;
} postern_pass;

/* What to ask the vendor. The core zeroes it and sets `size`, the source fills it; texts live in the call's
 * arena or are constants, and the core copies them. The core adds authentication and sends it, again if the
 * network fails. Since 1.0. */
typedef struct postern_request {
    uint32_t size;
    uint32_t timeout_ms;         /* 0 = the setting */
    const char *method;          /* "GET" or "POST"; NULL = "GET" */
    postern_text path;           /* starts with '/', below the account's base URL; may hold a query */
    postern_text body;           /* empty = none */
    const char *content_type;    /* of the body; NULL = application/json */
    const postern_pair *headers; /* further headers; never credentials */
    size_t header_count;
} postern_request;

/* A file that an answer names. The core fetches it without credentials, several at once, and hands each to
 * on_response with response.download set; what on_response then says about outcome and position is not looked
 * at. The position moves when all downloads of the answer are done. The source sets `size`. At most 10,000 in
 * one answer, and none in the answer to a download. Since 1.0. */
typedef struct postern_download {
    uint32_t size;
    postern_text url; /* absolute; https to a public address, else it is refused; never logged */
    postern_text key; /* stable name of the file: not fetched again when the page is asked for again */
    postern_text tag; /* whatever the source wants handed back with the file */
} postern_download;

/* What the vendor answered. Valid until the call returns. Since 1.0. */
typedef struct postern_response {
    uint32_t size;
    int32_t status;              /* HTTP; 3xx, 429, 5xx and transport trouble never get here */
    const postern_pair *headers; /* names in lower case */
    size_t header_count;
    postern_text body; /* content coding removed. Empty if it was larger than the response limit: set what
                        * the headers say (the next token); the core keeps the reason as a dead letter */
    const postern_download *download; /* NULL, or the download that this answers */
} postern_response;

/* One event as the vendor sent it. The source sets `size`; all is copied. Since 1.0. */
typedef struct postern_event {
    uint32_t size;
    uint32_t flags;    /* 0 */
    int64_t time_ms;   /* the event's own time, UTC; 0 = unknown */
    postern_text type; /* the log type: "receipt", "audit" ...; may be empty */
    postern_text json; /* one JSON object, its exact text; may point into the response. What is none, or
                        * larger than the record limit, the core sets aside by itself */
} postern_event;

/* Bytes that could not be read as events: the core keeps them (a very long one in part) among the dead
 * letters with the reason. The source sets `size`; all is copied. Since 1.0. */
typedef struct postern_set_aside {
    uint32_t size;
    postern_text name;  /* where it was: the member's name, "line 17" ... */
    postern_text bytes; /* what it was */
    const char *reason; /* why, in the user's words */
} postern_set_aside;

/* How a pass stands after an answer. Since 1.0. */
#define POSTERN_MORE        1 /* ask again at once with the new position */
#define POSTERN_END         2 /* the pass has been read to its end (token stream: caught up for now) */
#define POSTERN_NOTHING_NEW 3 /* the vendor said that there is nothing new */

/* Where on_response puts what it found. Nothing is kept unless on_response returns POSTERN_OK; then all is
 * kept in one transaction with the new position. The core sets `size`; valid until on_response returns.
 * Since 1.0. */
typedef struct postern_answer postern_answer;
struct postern_answer {
    uint32_t size;
    int32_t outcome;        /* set by the source: POSTERN_MORE, POSTERN_END or POSTERN_NOTHING_NEW */
    postern_text position;  /* set by the source: opaque text without NUL, at most 64 KiB; empty = none. The
                             * core copies and stores it, and hands it to the next call of next */
    uint32_t keep_position; /* set to 1 by the source: leave the position as it was */

    /* The three ways to hand something over; inputs are copied before they return. A status < 0 must be
     * returned from on_response as it is. [the thread of the call] */
    postern_status (*event)(postern_answer *answer, const postern_event *event);
    postern_status (*set_aside)(postern_answer *answer, const postern_set_aside *what);
    postern_status (*download)(postern_answer *answer, const postern_download *download);
};

/* Default times of a source, which the user may change; 0 = the core's default. Not negative. Since 1.0. */
typedef struct postern_schedule {
    uint32_t size;
    int64_t interval_ms;     /* between two polls */
    int64_t delay_ms;        /* the newest events are left for the next poll */
    int64_t settle_ms;       /* so far back is read again, for events that appear late; at least delay_ms */
    int64_t lookback_ms;     /* where a new account starts; 0 on token streams: at the oldest */
    int64_t replay_limit_ms; /* how far back a window stream goes after its credentials were renewed */
    int64_t slice_ms;        /* the longest range of one pass */
    int64_t remember_ms;     /* how long the vendor may serve the same file of a token stream again */
} postern_schedule;

/* A kind of source: constant data and functions. The core makes one instance for all accounts. Since 1.0. */
typedef struct postern_source {
    uint32_t size;
    const char *name;                     /* unique among all modules: "ttp-url" */
    const char *title;                    /* for people: "TTP URL Protect clicks" */
    const postern_stream *const *streams; /* ends with NULL */
    const postern_option *options;        /* NULL = none */
    const postern_schedule *schedule;     /* NULL = the core's defaults */

    /* Checks the options and makes the instance: *self is handed to all other calls. On failure it has freed
     * what it made, and destroy is not called; POSTERN_E_CONFIG names the wrong option. No IO. NULL = no
     * instance data. [setup] */
    postern_status (*create)(const postern_host *host, const postern_options *options, void **self,
                             postern_error *error);
    /* Frees the instance; no call is under way. Not called if *self is NULL. May be NULL. [setup] */
    void (*destroy)(void *self);

    /* What to ask next, from the pass and the position (empty = the first page, or the vendor's oldest)
     * alone: the same input gives the same request. No IO, no waiting. On failure the core takes the status
     * as from on_response. [concurrent] */
    postern_status (*next)(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error);
    /* Reads an answer. `position` is the one that the request was made from. Must look at the HTTP status and
     * at failures inside the body. No IO, no waiting. POSTERN_OK keeps all that it handed over; a failure
     * keeps nothing, and the code says how it goes on: POSTERN_E_PROTOCOL asks again with attempt raised,
     * _POSITION starts the pass again, _CREDENTIALS counts against the account, _PERMISSION, _LICENSE,
     * _CONFIG and _UNSUPPORTED look again every hour, all others back off and ask again. [concurrent] */
    postern_status (*on_response)(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error);
} postern_source;

/* ---- Sinks: own their IO, run on a thread of their own ---- */

/* One event on its way out. All of it lives until write returns. Since 1.0. */
typedef struct postern_sink_event {
    uint32_t size;
    uint32_t flags;      /* POSTERN_EVENT_... */
    int64_t time_ms;     /* the event's own time, UTC; 0 = unknown */
    int64_t received_ms; /* when Postern received it; stored, so the same at every delivery */
    /* For the receiver to recognise repeats: 32 hex digits, with "-n" for the n-th event that a script made
     * of one input. Stable. */
    postern_text id;
    postern_text account, source, stream, type; /* names; `type` is the log type and may be empty */
    postern_text json; /* what to write: one JSON text without line breaks, no '\n' behind it */
} postern_sink_event;

/* Flag of an event. Since 1.0. */
#define POSTERN_EVENT_REPLAY 1u /* sent again on the user's request (replay, dead letter retried) */

/* Events in order, as many as there were in one page of the journal. Sent again after a failure or a crash, a
 * batch has the same id and the same bytes, unless the user changed the scripts meanwhile. Lives until write
 * returns. Since 1.0. */
typedef struct postern_batch {
    uint32_t size;
    uint32_t attempt; /* 1 = first try by this process */
    uint64_t id;      /* grows from batch to batch of one delivery; stable over retries and restarts */
    const postern_sink_event *const *events;
    size_t count;
    size_t bytes; /* sum of the json sizes */
} postern_batch;

/* Where write and idle put what the core must know. The core sets `size`; valid until the call returns.
 * Since 1.0. */
typedef struct postern_result postern_result;
struct postern_result {
    uint32_t size;
    uint32_t reserved;
    /* Event `index` of the batch can never be accepted: it goes to the dead letters with the reason (copied;
     * not NULL), if write then succeeds. Fails with POSTERN_E_INVALID (no such event, or called from idle) or
     * POSTERN_E_MEMORY. [the thread of the call] */
    postern_status (*reject)(postern_result *result, size_t index, const char *reason);
    /* Sets an entry of the sink's committed state; an empty value removes it. Committed together with the
     * cursor if write returns POSTERN_OK, alone if it returns POSTERN_COMMIT_STATE, else forgotten. A key is
     * 1 byte to 4 KiB, a value at most 64 KiB; both are copied. Fails with POSTERN_E_INVALID or
     * POSTERN_E_MEMORY. [the thread of the call] */
    postern_status (*set_state)(postern_result *result, postern_text key, postern_text value);
};

/* A kind of sink: constant data and functions. The core makes one instance, with a thread of its own, for
 * each `sink "name" { type = ... }`. Since 1.0. */
typedef struct postern_sink {
    uint32_t size;
    const char *name;              /* unique among all modules: "file"; `type` in the configuration */
    const char *title;             /* for people */
    const postern_option *options; /* NULL = none */

    /* Checks the options and makes the instance: *self is handed to all other calls. On failure it has freed
     * what it made, and destroy is not called; POSTERN_E_CONFIG names the wrong option. No IO: that is
     * open's. May be NULL: no instance data. [setup] */
    postern_status (*create)(const postern_host *host, const postern_options *options, void **self,
                             postern_error *error);
    /* Frees the instance; it is closed. Not called if *self is NULL. May be NULL. [setup] */
    void (*destroy)(void *self);
    /* Connects or opens; called before the first batch and after each close. `state` holds the `state_count`
     * entries that were committed, until open returns. On failure it has let go of what it opened; the core
     * does not call close, backs off and calls open again. May block. [exclusive] */
    postern_status (*open)(void *self, const postern_call *call, const postern_pair *state,
                           size_t state_count, postern_error *error);
    /* Delivers a batch. Returns POSTERN_OK once every event that it did not reject is safe (on disk,
     * acknowledged); POSTERN_COMMIT_STATE (see there); POSTERN_E_RETRY, _IO: the core calls close, backs off,
     * calls open and sends the same batch again, and so after every other failure; POSTERN_E_CONFIG: the
     * same, logged as an error that the user must mend. A failed batch may have been written in part: the
     * state tells the sink how far. May block, but a sink that still blocks 5 s after Postern was told to
     * stop is left behind. [exclusive] */
    postern_status (*write)(void *self, const postern_call *call, const postern_batch *batch,
                            postern_result *result, postern_error *error);
    /* Called about every second while there is nothing to write, for rotation by age and the like; set_state
     * works as in write, reject does not. A failure is logged; the core calls close, and open before the next
     * batch. May be NULL. [exclusive] */
    postern_status (*idle)(void *self, const postern_call *call, postern_result *result,
                           postern_error *error);
    /* Lets go of what open opened, without a claim that anything more is safe: after a failed write and at
     * the end. May be NULL. [exclusive] */
    void (*close)(void *self);
} postern_sink;

/* ---- The one symbol ---- */

/* What a module is. Constant data that lives as long as the module is loaded, which is until the process
 * ends. Since 1.0. */
typedef struct postern_module {
    uint32_t size;
    uint32_t magic;                /* POSTERN_MODULE_MAGIC */
    uint16_t abi_major, abi_minor; /* POSTERN_ABI_MAJOR, POSTERN_ABI_MINOR: the header it was built with */
    uint32_t reserved;             /* 0 */
    const char *name;              /* unique: "mimecast"; [a-z0-9-_] */
    const char *version;           /* of the module, for people */
    const char *license;           /* SPDX identifier; NULL = not stated */
    const char *summary;           /* one line */
    const postern_source *const *sources; /* ends with NULL; NULL = none */
    const postern_sink *const *sinks;     /* ends with NULL; NULL = none */
} postern_module;

/* Marks the symbol as visible, so that the module can be built with -fvisibility=hidden. Since 1.0. */
#define POSTERN_EXPORT __attribute__((visibility("default")))
extern POSTERN_EXPORT const postern_module postern_module_entry;

#ifdef __cplusplus
}
#endif
#endif
