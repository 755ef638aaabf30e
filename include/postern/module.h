/* postern/module.h: the whole contract between Postern's core and a module.
 *
 * A module is one shared object that exports one data symbol, `postern_module_entry`. It may offer sources
 * (where events come from), authentication profiles (how sources are let in) and sinks (where events go).
 * This header needs only the C standard library, and nothing in it is a macro that you must write code
 * inside. postern/kit.h beside it has inline helpers and is no part of the contract. Start from
 * examples/sink_minimal or examples/source_minimal.
 *
 * The rules:
 *  1. Version.  A host refuses a module of another POSTERN_ABI_MAJOR, and one whose `needs_minor` is newer
 *               than the host's minor ("needs ABI 1.N"). Within one major the ABI only grows.
 *  2. Size.     A struct whose first field is `size` may grow at its end in a later minor. Whoever
 *               allocates it sets `size = sizeof(...)` and zeroes what it does not use. Read or write a field
 *               that came after minor 0 only if POSTERN_HAS(pointer, field). A struct without `size` is
 *               frozen: it never changes. Tables of such structs are arrays of pointers that end with NULL.
 *  3. Flags     that this header does not name are 0. A flag, a type or a kind that a host does not know
 *               makes it refuse the module ("needs ABI 1.N").
 *  4. Memory.   Nobody frees what the other side allocated. Inputs are borrowed until the call returns.
 *               Outputs live in the call's arena (or are constants) and are freed by the core.
 *  5. Threads.  Each function carries one of these marks:
 *                 [setup]       one thread, before or after all other calls on the instance
 *                 [concurrent]  any number of threads at once on one instance
 *                 [exclusive]   any thread, never two at once on one instance
 *                 [any]         every thread, at any time between create and destroy
 *  6. Text      is UTF-8 with a length and not NUL-terminated, unless it is `const char *`.
 *  7. Errors    are a negative postern_status; words for the user go into `*error`. The core puts the
 *               context ("acme/ttp-url: ") in front, so say only what went wrong, and in `remedy` what to do.
 *  8. Control   stays where it is: no exception, longjmp or signal handler crosses this boundary. A module
 *               starts no process with fork alone (posix_spawn is free to it), changes no signal mask of a
 *               thread that is not its own, and blocks all signals in threads that it makes.
 *  9. Units.    A name that ends in _ms is in milliseconds; points in time count from 1970-01-01 UTC. Sizes
 *               are bytes.
 * 10. Libraries. A module may link what it likes, libcurl too: the core has called curl_global_init before
 *               any module is loaded, and a module calls neither that nor curl_global_cleanup. Names with
 *               external linkage other than postern_module_entry stay hidden (-fvisibility=hidden). Go is not
 *               supported: its runtime takes over signal handling and threads of the whole process and
 *               cannot be unloaded.
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
#define POSTERN_ABI_MINOR    3u
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

/* Result of a call: POSTERN_OK is success, less than 0 is a failure. An integer and not an enum,
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
    uint32_t flags; /* 0 */
    /* Optional: what the function returns counts. */
    postern_status code;
    uint32_t reserved; /* 0 */
    /* With POSTERN_E_RETRY: try again after so long, at most a day; 0 = the core decides. */
    int64_t retry_after_ms;
    /* What went wrong, NUL-terminated: "no connection to 192.0.2.7". */
    char message[480];
    /* What the user can do, NUL-terminated: "check the firewall"; empty if nothing. */
    char remedy[320];
} postern_error;

/* The memory of one call: allocate with postern_host.allocate, never free. The core frees all of it after the
 * call, so nothing from it may be kept in the instance. It has a limit. Since 1.0. */
typedef struct postern_arena postern_arena;

/* ---- Options: declared as data, so that the core checks, documents and prints them ---- */

/* What an option holds. The user writes it in Lua; a value of another type never reaches the module.
 * Since 1.0. */
#define POSTERN_OPTION_TEXT     1u  /* read with option_text */
#define POSTERN_OPTION_INTEGER  2u  /* read with option_integer */
#define POSTERN_OPTION_BOOLEAN  3u  /* read with option_integer: 0 or 1 */
#define POSTERN_OPTION_DURATION 4u  /* written "15m"; read with option_integer, in milliseconds */
#define POSTERN_OPTION_SIZE     5u  /* written "64KiB"; read with option_integer, in bytes */
#define POSTERN_OPTION_LIST     6u  /* list of texts; read with option_item */
#define POSTERN_OPTION_SECRET   7u  /* text from env or file; never logged; read with option_text */
#define POSTERN_OPTION_PATH     8u  /* absolute file path; read with option_text */
#define POSTERN_OPTION_MAP      9u  /* texts by name, some may be secret; read with option_pair */
#define POSTERN_OPTION_TEMPLATE 10u /* text with placeholders (see below); read with option_text */
/* A point in time, only as a parameter of a lookup: written 2026-01-31, 2026-01-31T23:59:59Z, or 24h for so
 * long ago; read with option_integer, in milliseconds since 1970. Since 1.2. */
#define POSTERN_OPTION_TIME 11u

/* The placeholders of a template, put in by the module (postern/kit.h has the code): %{account}, %{source},
 * %{stream}, %{type}, %{date} (UTC day of received_ms, YYYY-MM-DD), %{id}. Since 1.3, too: %{hour} (UTC hour
 * of received_ms, 00 to 23) and %{.a.b}, the value of the member b of the member a of the event's text if
 * that is JSON: a text without its quotes and escapes, a number as it is written, true or false; nothing if
 * there is no such value. Members whose name holds dots are found, too. The core refuses any other in the
 * configuration, and those two for sinks of modules that were built for an older ABI. Since 1.0. */

/* Flags of an option. Since 1.0. */
#define POSTERN_OPTION_REQUIRED 1u /* must be given; has no default */
/* TEXT, SECRET, PATH and TEMPLATE: one value or a list of them; read with option_item. Has no default. */
#define POSTERN_OPTION_REPEATABLE 2u
#define POSTERN_OPTION_HIDDEN     4u /* not shown by `postern modules` */
/* PATH, LIST and MAP: the texts may hold placeholders and are checked for them. */
#define POSTERN_OPTION_TEMPLATES 8u

/* One option of a source, a sink or an account, or a parameter of a lookup: constant data of the module.
 * Since 1.0. */
typedef struct postern_option {
    uint32_t size;
    uint32_t flags;    /* POSTERN_OPTION_REQUIRED ... */
    uint32_t type;     /* POSTERN_OPTION_TEXT ... */
    uint32_t reserved; /* 0 */
    /* [a-z0-9_], as the user writes it; unique in its table. */
    const char *name;
    /* As the user would write it ("15m", "true"); NULL = absent. None for lists, maps, secrets, and required
     * or repeatable options. */
    const char *default_value;
    /* One line, shown by `postern modules`. */
    const char *help;
    /* INTEGER, DURATION (ms) and SIZE (bytes): both ends inclusive; both 0 = any. */
    int64_t minimum, maximum;
    /* TEXT and each text of a LIST: the only values allowed, ends with NULL; NULL = any. For a TEXT with the
     * choice "true" or "false" the user may write that boolean, too (since 1.3). */
    const char *const *choices;
} postern_option;

/* ---- The host ---- */

typedef struct postern_call postern_call;

/* What the core offers to one instance of a source or a sink, and the first argument of every service. Given
 * to create, constant, lives until destroy has returned. Since 1.0. */
typedef struct postern_host postern_host;
struct postern_host {
    uint32_t size;
    uint32_t flags;                /* 0 */
    uint32_t abi_major, abi_minor; /* the host's */
    /* Of Postern, for messages. */
    const char *version;
    /* Name of the source or sink in the configuration, for messages; lives as long as the host. */
    postern_text instance;
    /* The `data` of the postern_source, postern_sink or postern_lookup that this is an instance of. */
    const void *data;

    /* The table of a service by its name (POSTERN_SERVICE_...), or NULL if this host does not offer it: then
     * do without, or fail in create with POSTERN_E_UNSUPPORTED. Lives as long as the host. [any] */
    const void *(*service)(const postern_host *host, const char *name);
    /* `bytes` of zeroed memory, aligned to 16 bytes; NULL if the arena's limit is reached: return
     * POSTERN_E_MEMORY. [one arena: one thread] */
    void *(*allocate)(const postern_host *host, postern_arena *arena, size_t bytes);
    /* True once the sink was interrupted, as at the end of the program: give up waiting. False for sources,
     * which never wait. [any] */
    bool (*stopping)(const postern_host *host);

    /* Values of the instance's options by name, defaults applied; texts live as long as the host. False, with
     * the output untouched, if the option is absent, unknown or of a type that is read with another function.
     * option_item: element `index`, from 0, of a list or a repeatable option; option_pair: of a map, in the
     * order of the names; false past the end. [any] */
    bool (*option_text)(const postern_host *host, const char *name, postern_text *value);
    bool (*option_integer)(const postern_host *host, const char *name, int64_t *value);
    bool (*option_item)(const postern_host *host, const char *name, size_t index, postern_text *value);
    bool (*option_pair)(const postern_host *host, const char *name, size_t index, postern_pair *pair);

    /* The same for the options that the account of a call has given for this source
     * (postern_source.account_options). Texts live until the call returns. [the thread of the call] */
    bool (*account_text)(const postern_host *host, const postern_call *call, const char *name,
                         postern_text *value);
    bool (*account_integer)(const postern_host *host, const postern_call *call, const char *name,
                            int64_t *value);
    bool (*account_item)(const postern_host *host, const postern_call *call, const char *name, size_t index,
                         postern_text *value);
    bool (*account_pair)(const postern_host *host, const postern_call *call, const char *name, size_t index,
                         postern_pair *pair);
};

/* Option values as the core keeps them: read through the host. Since 1.0. */
typedef struct postern_options postern_options;

/* Flags of a call. Since 1.3. */
/* To a sink: `postern sink test` calls, in a process of its own and with an instance of its own, maybe beside
 * the one that delivers. `state` is empty, and what set_state sets is thrown away. See
 * POSTERN_SINK_KNOWS_TEST. */
#define POSTERN_CALL_TEST 1u

/* Given to every call that does work, so that a module needs no clock and no random numbers of its own, and
 * tests can set them. Valid until the call returns. Since 1.0. */
struct postern_call {
    uint32_t size;
    uint32_t flags; /* POSTERN_CALL_... */
    /* 1 at the first try. Source: one more each time on_response failed with POSTERN_E_PROTOCOL, so that
     * damage that stays can be set aside at last. Sink: one more after each failure. */
    uint32_t attempt;
    uint32_t reserved; /* 0 */
    /* Memory of this call. */
    postern_arena *arena;
    /* Wall clock, UTC, since 1970; corrected by the server's clock for sources. */
    int64_t now_ms;
    /* Fresh for every call; fixed in tests; not for keys. */
    uint64_t random;
    /* Source: the account's name; sink: empty. For messages only. */
    postern_text account;
    /* Source: read with account_text and its sisters; sink: NULL. */
    const postern_options *account_options;
    /* Sink: the time for ages that a sink keeps in its state. It only goes on, over restarts too, whatever
     * clocks are set to; only differences mean something. Source: 0. Since 1.1. */
    int64_t steady_ms;
};

/* ---- Service "log/1" ---- */

/* Since 1.0. */
#define POSTERN_SERVICE_LOG "log/1"
#define POSTERN_LOG_ERROR   1
#define POSTERN_LOG_WARNING 2
#define POSTERN_LOG_INFO    3
#define POSTERN_LOG_DEBUG   4

typedef struct postern_log {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* Writes one line for the operator on stderr: time, level, the instance's name, message (NUL-terminated;
     * copied, at most 2 KiB of it; control characters are replaced). It may wait for stderr. Failures need no
     * line: the core logs what the error says. Never pass a secret or the content of a mail. [any] */
    void (*write)(const postern_host *host, int32_t level, const char *message);
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
    uint32_t flags; /* 0 */
    /* Parses one whole document (RFC 8259, nothing behind it) into *value. The text is not copied and must
     * outlive the value. POSTERN_E_PROTOCOL if it is no JSON (*error names the byte), POSTERN_E_LIMIT if it
     * is longer than the limit on records, POSTERN_E_MEMORY if the arena is too small; *value is then
     * untouched. [one arena: one thread] */
    postern_status (*parse)(const postern_host *host, postern_arena *arena, postern_text text,
                            const postern_json_value **value, postern_error *error);
    /* POSTERN_JSON_...; a NULL value reads as POSTERN_JSON_NULL in all that follows. [any] */
    int32_t (*type)(const postern_host *host, const postern_json_value *value);
    /* The member `key` of an object (the first, if there are several), or NULL. [any] */
    const postern_json_value *(*get)(const postern_host *host, const postern_json_value *object,
                                     postern_text key);
    /* Walks an array or object in its order. Start with *item = NULL; false at the end, and at once for any
     * other value. *key is empty in arrays, and as written (escapes kept) in objects; `key` may be NULL.
     * [any] */
    bool (*next)(const postern_host *host, const postern_json_value *container,
                 const postern_json_value **item, postern_text *key);
    /* The text of a string, unescaped: copied into the arena if it holds escapes, else a part of the parsed
     * text. False, with *text untouched, if it is no string or the arena is full. [one arena: one thread] */
    bool (*text)(const postern_host *host, postern_arena *arena, const postern_json_value *value,
                 postern_text *text);
    /* The number; false, with *integer untouched, unless it is one that fits exactly. [any] */
    bool (*integer)(const postern_host *host, const postern_json_value *value, int64_t *integer);
    /* True if the value is the literal true. [any] */
    bool (*boolean)(const postern_host *host, const postern_json_value *value);
    /* The exact source text of the value, a part of the parsed text; "null" for NULL. [any] */
    postern_text (*raw)(const postern_host *host, const postern_json_value *value);
} postern_json;

/* ---- Service "unpack/1": gzip and zip within the core's limits, salvaging what is whole ---- */

/* Since 1.0. */
#define POSTERN_SERVICE_UNPACK "unpack/1"
#define POSTERN_UNPACK_GZIP    1
#define POSTERN_UNPACK_ZIP     2

/* One member of an archive (gzip has one). All of it lives until the callback returns. Since 1.0. */
typedef struct postern_member {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* 0, 1, 2 ... in the order of the archive. */
    uint64_t index;
    /* As in the archive: untrusted, for recognising only, never for a file system. */
    postern_text name;
    /* What could be unpacked; all of it if damage is NULL. */
    postern_text data;
    /* NULL, or why the member is not whole: "ends early", "checksum is wrong" ... */
    const char *damage;
    /* The member's packed bytes in the archive, for setting aside; may be empty. */
    postern_text archive;
} postern_member;

typedef struct postern_unpack {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* Calls `member` on this thread for each member of `bytes` in order, handing `context` on; `format` is
     * POSTERN_UNPACK_... . A status < 0 from `member` ends the walk and is returned. After a damaged member
     * the walk goes on at the next local header; a central directory is not needed. Fails with
     * POSTERN_E_PROTOCOL if not one member could be recognised, with POSTERN_E_LIMIT if the expansion passes
     * a limit of the configuration (what came before has been delivered). An empty zip has no members and
     * succeeds. [one arena: one thread] */
    postern_status (*each)(const postern_host *host, postern_arena *arena, int32_t format, postern_text bytes,
                           postern_status (*member)(void *context, const postern_member *member),
                           void *context, postern_error *error);
} postern_unpack;

/* ---- Service "http/1": one exchange on the caller's thread ---- */

/* For sinks: it blocks. A sink with the flag POSTERN_SINK_HTTP gets these options of its own, which the
 * service reads by itself: ca_file, client_certificate, client_key, proxy, timeout, connect_timeout,
 * response_limit, allow_http (hosts that may be reached without TLS; loopback addresses always may). What is
 * not given comes from `http { ... }` of the configuration. Since 1.0. */
#define POSTERN_SERVICE_HTTP "http/1"

/* Flags of a request. Since 1.0. */
#define POSTERN_HTTP_GZIP 1u /* the body is sent packed, with Content-Encoding: gzip */

/* One request. Since 1.0. */
typedef struct postern_http_request {
    uint32_t size;
    uint32_t flags;
    /* "GET", "POST", "PUT", "DELETE", "HEAD" or "PATCH"; NULL = "GET". */
    const char *method;
    /* Absolute; https, or http where that is allowed. User and password in it are refused. */
    postern_text url;
    /* Further headers, at most 128. Content-Length, Host, Connection, Transfer-Encoding, Accept-Encoding,
     * Expect and, with POSTERN_HTTP_GZIP, Content-Encoding are the core's. */
    const postern_pair *headers;
    size_t header_count;
    /* None with "GET" and "HEAD". */
    postern_text body;
    /* From the first byte sent to the last received; 0 = the option `timeout`. */
    int64_t timeout_ms;
} postern_http_request;

/* The answer; all of it lives in the arena of the exchange. Since 1.0. */
typedef struct postern_http_response {
    uint32_t size;
    uint32_t flags;    /* 0 */
    int32_t status;    /* HTTP */
    uint32_t reserved; /* 0 */
    /* Names in lower case. */
    const postern_pair *headers;
    size_t header_count;
    /* Content coding removed. */
    postern_text body;
    /* From Retry-After, as seconds or as a date, at most 15 minutes; 0 = there was none. */
    int64_t retry_after_ms;
} postern_http_response;

typedef struct postern_http {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* Sends the request and waits for the whole answer, on kept connections where it can. Any answer is
     * POSTERN_OK, whatever its HTTP status; a redirect is an answer and is not followed, so that no
     * credential goes elsewhere. Fails with POSTERN_E_RETRY (DNS, connection, TLS, time-out, an answer that
     * ends early), POSTERN_E_CONFIG (URL, certificate or key that cannot be used, TLS that is refused),
     * POSTERN_E_LIMIT (answer larger than response_limit), POSTERN_E_STOPPED (interrupt, or the program
     * ends), POSTERN_E_INVALID (a request that is not as above), POSTERN_E_UNSUPPORTED (an unknown flag) or
     * POSTERN_E_MEMORY. The caller sets response->size. Words in *error never hold headers, bodies or
     * the query of the URL. [any; one arena: one thread] */
    postern_status (*exchange)(const postern_host *host, postern_arena *arena,
                               const postern_http_request *request, postern_http_response *response,
                               postern_error *error);
} postern_http;

/* ---- Service "metrics/1": counters and gauges ---- */

/* Since 1.0. */
#define POSTERN_SERVICE_METRICS "metrics/1"

/* One series: belongs to the core, lives as long as the host. Since 1.0. */
typedef struct postern_metric postern_metric;

typedef struct postern_metrics {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* The series of that name and those labels, made at the first call; the core adds the instance's name as
     * a label. `name` and the names of labels match [a-z][a-z0-9_]* (at most 128 bytes); a
     * counter's ends in _total. At most 16 labels, each once, none called "instance", with values of at most
     * 256 bytes. NULL if that is not so, if out of memory, if there are more than 1,000 series of one
     * instance, or if any instance has a metric of that name and the other kind. [any] */
    postern_metric *(*counter)(const postern_host *host, const char *name, const char *help,
                               const postern_pair *labels, size_t label_count);
    postern_metric *(*gauge)(const postern_host *host, const char *name, const char *help,
                             const postern_pair *labels, size_t label_count);
    /* Adds to a counter (not less than 0) or to a gauge; sets a gauge. A NULL metric is left alone. [any] */
    void (*add)(const postern_host *host, postern_metric *metric, double amount);
    void (*set)(const postern_host *host, postern_metric *metric, double value);
} postern_metrics;

/* ---- Authentication profiles: data; the core keeps the credentials, signs and renews ---- */

/* The schemes that this host knows, by name. Since 1.0.
 *   "none"                       nothing is added
 *   "basic"                      roles: username, password
 *   "bearer"                     role: token; Authorization: Bearer TOKEN
 *   "header"                     role: value; the header that `header` names
 *   "oauth2-client-credentials"  roles: client_id, client_secret; a token from `token_path`, renewed before
 *                                it expires and once after a 401
 *   "mimecast-v1"                roles: app_id, app_key, access_key, secret_key; signed requests of its
 *                                API 1.0
 */

/* What a credential must look like, so that a slip of the copying hand shows before the first request.
 * Since 1.0. */
#define POSTERN_SYNTAX_PRINTABLE 0u /* printable ASCII without blanks */
#define POSTERN_SYNTAX_GUID      1u
#define POSTERN_SYNTAX_BASE64    2u
#define POSTERN_SYNTAX_ANY       3u /* any UTF-8 without control characters */

/* Flags of a credential. Since 1.0. */
#define POSTERN_CREDENTIAL_PUBLIC 1u /* may be shown: an id, not a secret */

/* One key that an account must give. Since 1.0. */
typedef struct postern_credential {
    uint32_t size;
    uint32_t flags;    /* POSTERN_CREDENTIAL_... */
    uint32_t syntax;   /* POSTERN_SYNTAX_... */
    uint32_t reserved; /* 0 */
    /* [a-z0-9_], as the user writes it in `account`; not a word that `account` has by itself. */
    const char *name;
    /* Which input of the scheme it is; NULL = the same as the name. */
    const char *role;
    /* For people: "Application ID". */
    const char *title;
    /* One line: what it looks like and where to find it. */
    const char *help;
} postern_credential;

/* A host that is known to belong to the vendor. Since 1.0. */
typedef struct postern_known_host {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* "eu-api.example.com", or with any labels in front "*.services.example.com". */
    const char *host;
    /* For people: "Europe (excluding Germany)". */
    const char *region;
} postern_known_host;

/* How the sources of one API are let in. Constant data of the module. Since 1.0. */
typedef struct postern_auth {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* What the user writes as `api` in an account to choose this profile; 0 = no number. An account may also
     * say auth = "NAME", or just give the credentials of the only profile that has those. */
    uint32_t api;
    uint32_t reserved; /* 0 */
    /* Unique among all modules, [a-z0-9./_-]: "vendor/2.0". */
    const char *name;
    /* For people: "API 2.0 (OAuth)". */
    const char *title;
    /* See above. */
    const char *scheme;
    /* oauth2: path of the token endpoint below the base URL, and the scope (NULL = none). */
    const char *token_path;
    const char *scope;
    /* header: the header's name. */
    const char *header;
    const postern_credential *const *credentials; /* ends with NULL; NULL = none */
    /* Ends with NULL. A base URL of another host needs allow_host in the account. NULL = any host. */
    const postern_known_host *const *hosts;
    /* base_url if the account gives none; NULL = it must give one. */
    const char *base_url;
    /* What to click, in one line each: to make the credentials, and when they are refused. NULL = no words.
     */
    const char *setup_help;
    const char *refused_help;
} postern_auth;

/* ---- Sources: no IO, no state ---- */

/* A stream of kind WINDOW is read by time range: the core decides from when to when, in passes, and the
 * position dies with the pass. TOKEN follows the vendor's token: the position is the stream's place and is
 * kept. PUSH is fed by requests that others send to Postern; a host of 1.0 refuses a module that has one with
 * "not yet". Since 1.0. */
#define POSTERN_STREAM_WINDOW 1u
#define POSTERN_STREAM_TOKEN  2u
#define POSTERN_STREAM_PUSH   3u
/* SNAPSHOT is a list that is whole at every poll, such as a queue: no log of it exists, items appear and
 * vanish. The source pages through it (the position dies with the poll; POSTERN_END on the last page, and
 * POSTERN_NOTHING_NEW for an empty list) and hands over every item as an event whose `id` is the item's key;
 * without one its text is. An item is there once, however often a poll shows it. The core compares with what
 * it remembers: what is new becomes an event as it came; what two whole polls in a row did not show, one with
 * the text last seen, the stream's `left_type` and the time of the first of them. A text that changes makes
 * no event. A poll that is broken off, or that holds something that cannot be read (set_aside), lets nothing
 * leave that may hide in it. Since 1.2. */
#define POSTERN_STREAM_SNAPSHOT 4u

/* A field that says nothing about which event it is and is left out of the event's identity. Since 1.0. */
typedef struct postern_volatile_field {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* A member of the event, or a path of members with dots between: "meta.offset". Elements of lists are
     * walked through. */
    const char *path;
    /* Only texts that start so are left out; NULL = every value. */
    const char *value_prefix;
} postern_volatile_field;

/* Default times of a source, which the user may change; 0 = the core's default. Not negative. Since 1.0. */
typedef struct postern_schedule {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* Between two polls. */
    int64_t interval_ms;
    /* The newest events are left for the next poll. */
    int64_t delay_ms;
    /* So far back is read again, for events that appear late; at least delay_ms. */
    int64_t settle_ms;
    /* Where a new account starts; 0 on token streams: at the oldest. */
    int64_t lookback_ms;
    /* How far back a window stream goes after its credentials were renewed. */
    int64_t replay_limit_ms;
    /* The longest range of one pass. */
    int64_t slice_ms;
    /* How long the vendor may serve the same file of a token stream again. */
    int64_t remember_ms;
} postern_schedule;

/* How often the vendor lets itself be asked, where it counts several streams together. The streams of one
 * account whose quotas have the same name share one; the user may change the numbers. Downloads do not count.
 * Constant data of the module. Since 1.2. */
typedef struct postern_quota {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* [a-z0-9-]: "siem". */
    const char *name;
    /* So many requests, 1 at least, in any span of window_ms. */
    int64_t calls;
    int64_t window_ms;
} postern_quota;

/* One stream of a source: constant data of the module. What an account has of it is acme/NAME. Two streams of
 * one source may have one name if their authentication differs: so one source serves two APIs. `next` and
 * `on_response` are told which it is by this very pointer. Since 1.0. */
typedef struct postern_stream {
    uint32_t size;
    uint32_t flags;    /* 0 */
    uint32_t kind;     /* POSTERN_STREAM_... */
    uint32_t reserved; /* 0 */
    /* The same as the source's, or "<source>-<part>" if there are several; [a-z0-9-]. */
    const char *name;
    /* Name of the authentication profile, of this or another module: the stream exists for accounts that have
     * it. */
    const char *auth;
    /* What the user must grant, in the vendor's words: "Monitoring | URL Protection | Read"; shown when a
     * call fails with POSTERN_E_PERMISSION and has no remedy. Not NULL. */
    const char *permission;
    const postern_volatile_field *const *volatile_fields; /* ends with NULL; NULL = none */
    /* The module's own; the core does not look at it. */
    const void *data;
    /* The product of the vendor that holds this stream, in the vendor's words: "Audit Events"; shown when a
     * call fails with POSTERN_E_LICENSE or POSTERN_E_PERMISSION and has no remedy. NULL = no words.
     * Since 1.2. */
    const char *product;
    /* In place of the source's schedule; a time of 0 is the source's. NULL = the source's. Since 1.2. */
    const postern_schedule *schedule;
    /* NULL = none: only the account's rate bounds it. Since 1.2. */
    const postern_quota *quota;
    /* SNAPSHOT: the type of the event that tells that an item has gone; not NULL there. Since 1.2. */
    const char *left_type;
    /* What may be wrong, in one line, if the vendor has nothing at all to give, from its oldest on: a switch
     * in its console. Said by `postern check --live` where no stream with the same words has anything. NULL =
     * it may well be so. Since 1.2. */
    const char *empty_help;
} postern_stream;

/* The range of one pass, both ends inclusive as the vendor understands them. The same on every page of the
 * pass. On token and snapshot streams both are 0. Valid until the call returns. Since 1.0. */
typedef struct postern_pass {
    uint32_t size;
    uint32_t flags; /* 0 */
    int64_t from_ms;
    int64_t until_ms;
} postern_pass;

/* What to ask the vendor. The core zeroes it and sets `size`, the source fills it; texts live in the call's
 * arena or are constants, and the core copies them. The core adds authentication and sends it, again if the
 * network fails. Since 1.0. */
typedef struct postern_request {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* 0 = the setting. */
    int64_t timeout_ms;
    /* "GET" or "POST"; NULL = "GET". Anything else is refused. */
    const char *method;
    /* Starts with '/' and holds no control character; below the account's base URL, whose host and port it
     * cannot leave; may hold a query. */
    postern_text path;
    /* Empty = none. */
    postern_text body;
    /* Of the body; NULL = application/json. */
    const char *content_type;
    /* Further headers; never credentials. */
    const postern_pair *headers;
    size_t header_count;
} postern_request;

/* A file that an answer names. The core fetches it without credentials, several at once, and hands each to
 * on_response with response.download set; what on_response then says about outcome and position is not looked
 * at. The position moves when all downloads of the answer are done. The source sets `size`. At most 10,000 in
 * one answer (of those beyond, the keys are set aside), and none in the answer to a download. Since 1.0. */
typedef struct postern_download {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* Absolute; https to a public address, else it is refused (a private one may be named if the account's
     * base URL is one); never logged. */
    postern_text url;
    /* Stable name of the file: not fetched again when the page is asked for again. */
    postern_text key;
    /* Whatever the source wants handed back with the file. */
    postern_text tag;
    /* How large the vendor says that the file is, as it is sent; 0 = unknown. Only for planning how many are
     * fetched at once. Since 1.2. */
    int64_t bytes;
} postern_download;

/* What the vendor answered. Valid until the call returns. Since 1.0. */
typedef struct postern_response {
    uint32_t size;
    uint32_t flags;    /* 0 */
    int32_t status;    /* HTTP; 3xx, 429, 5xx and transport trouble never get here */
    uint32_t reserved; /* 0 */
    /* Names in lower case. */
    const postern_pair *headers;
    size_t header_count;
    /* Content coding removed. Empty if it was larger than the response limit: set what the headers say (the
     * next token); the core keeps the reason as a dead letter. */
    postern_text body;
    /* NULL, or the download that this answers. */
    const postern_download *download;
} postern_response;

/* One event as the vendor sent it. The source sets `size`; all is copied. Since 1.0. */
typedef struct postern_event {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* The event's own time, UTC; 0 = unknown. */
    int64_t time_ms;
    /* The log type: "receipt", "audit" ...; may be empty; an event whose type is longer than 256 bytes is set
     * aside. */
    postern_text type;
    /* One JSON object, its exact text; may point into the response. What is none, or larger than the record
     * limit, the core sets aside by itself. */
    postern_text json;
    /* The vendor's own unique key of the event, at most 1 KiB: the event's identity is made of it instead of
     * its text. Empty = there is none. */
    postern_text id;
} postern_event;

/* Flag of a set_aside: it is exactly one record of the list, so the record behind it is the next but one.
 * Since 1.1. */
#define POSTERN_SET_ASIDE_ONE 1u

/* Bytes that could not be read as events: the core keeps them among the dead letters with the reason; those
 * that follow each other with the same name and reason as one, a very long one in part, and those beyond the
 * limits of one answer as a number. The source sets `size`; all is copied. Since 1.0. */
typedef struct postern_set_aside {
    uint32_t size;
    uint32_t flags; /* POSTERN_SET_ASIDE_... */
    /* Where it was: the member's name, "line 17" ... */
    postern_text name;
    /* What it was. */
    postern_text bytes;
    /* Why, in the user's words. */
    const char *reason;
    /* Only in on_set_aside, and set by the core: the log type of the event that the source made of the bytes,
     * which the core then set aside; empty = it is not known. Since 1.1. */
    postern_text type;
} postern_set_aside;

/* How a pass stands after an answer. Since 1.0. */
#define POSTERN_MORE        1 /* ask again at once with the new position */
#define POSTERN_END         2 /* the pass has been read to its end (token stream: caught up for now) */
#define POSTERN_NOTHING_NEW 3 /* the vendor said that there is nothing new */

/* Flags of an answer. Since 1.0. */
#define POSTERN_ANSWER_KEEP_POSITION 1u /* set by the source: leave the position as it was */
/* Set by a source that fails with POSTERN_E_PROTOCOL because the answer is damaged: it has looked at all of
 * it, handed over every event that is whole and set aside the rest. Since 1.1. */
#define POSTERN_ANSWER_READ_ON 2u

/* Where on_response puts what it found. The position moves only if on_response returns POSTERN_OK, in one
 * transaction with what was handed over. If it fails, the events that it handed over are kept all the same
 * and recognised by their identity when they come again; what it set aside is remembered, and becomes a dead
 * letter when a later try succeeds, unless one of the tries could read what stands at its place. So a source
 * does best to hand over, at every try, all that is whole. The core sets `size`; valid until on_response
 * returns. Since 1.0. */
typedef struct postern_answer postern_answer;
struct postern_answer {
    uint32_t size;
    uint32_t flags; /* POSTERN_ANSWER_...; set by the source */
    /* Set by the source: POSTERN_MORE, POSTERN_END or POSTERN_NOTHING_NEW. */
    int32_t outcome;
    uint32_t reserved; /* 0 */
    /* Set by the source: opaque text without NUL, at most 64 KiB; empty = none. The core copies and stores
     * it, and hands it to the next call of next. */
    postern_text position;

    /* The three ways to hand something over; inputs are copied before they return. A status < 0 must be
     * returned from on_response as it is. [the thread of the call] */
    postern_status (*event)(postern_answer *answer, const postern_event *event);
    postern_status (*set_aside)(postern_answer *answer, const postern_set_aside *what);
    postern_status (*download)(postern_answer *answer, const postern_download *download);

    /* What follows belongs to the part of that name: a file of an archive. It lets the core see which parts
     * one try read and another did not. From a part that is damaged as a whole (its checksum is wrong, it
     * ends early) events are taken only if no try had it whole; damaged and without a name are bytes that
     * belong to no part. A status < 0 as above. Since 1.1. [the thread of the call] */
    postern_status (*part)(postern_answer *answer, postern_text name, bool is_damaged);
};

/* A request that somebody sent to a push stream. The core has checked who sends, and the size. Valid until
 * the call returns. Since 1.0. */
typedef struct postern_push_request {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* "POST" ... */
    postern_text method;
    /* What stands behind the stream's own path, and the query without its question mark. */
    postern_text path;
    postern_text query;
    /* Names in lower case; without the one that authenticates. */
    const postern_pair *headers;
    size_t header_count;
    /* Content coding removed. */
    postern_text body;
    /* The sender's address, for messages. */
    postern_text peer;
} postern_push_request;

/* What is answered to it. The core zeroes it and sets `size`; the sender gets it after all events of the
 * request have been committed, and 503 if they cannot be. Texts live in the call's arena or are constants.
 * Since 1.0. */
typedef struct postern_push_reply {
    uint32_t size;
    uint32_t flags;    /* 0 */
    int32_t status;    /* HTTP; 0 = 200 */
    uint32_t reserved; /* 0 */
    /* Of the body; NULL = text/plain. */
    const char *content_type;
    /* A challenge's answer and the like; empty = none. */
    postern_text body;
} postern_push_reply;

/* Flags of a source. Since 1.2. */
#define POSTERN_SOURCE_OFF 1u /* not read unless the user says enabled = true */

/* A kind of source: constant data and functions. The core makes one instance for all accounts. Since 1.0. */
typedef struct postern_source {
    uint32_t size;
    uint32_t flags; /* POSTERN_SOURCE_... */
    /* Unique among all modules: "ttp-url". */
    const char *name;
    /* For people: "TTP URL Protect clicks". */
    const char *title;
    const postern_stream *const *streams; /* ends with NULL */
    const postern_option *const *options; /* ends with NULL; NULL = none */
    /* What each account may set for this source: account "acme" { ["ttp-url"] = { ... } }; read with
     * postern_host.account_text and its sisters. None is REQUIRED: not every account uses the source. Ends
     * with NULL; NULL = none. */
    const postern_option *const *account_options;
    const postern_schedule *schedule; /* NULL = the core's defaults */
    /* The module's own; in postern_host.data of the instance. */
    const void *data;

    /* Makes the instance: *self is handed to all other calls. The options have been checked against their
     * table; POSTERN_E_CONFIG for what a table cannot say. On failure it has freed what it made, and destroy
     * is not called. No IO. NULL = no instance data. [setup] */
    postern_status (*create)(const postern_host *host, void **self, postern_error *error);
    /* Frees the instance; no call is under way. Not called if *self is NULL. May be NULL. [setup] */
    void (*destroy)(void *self);

    /* What to ask next, from the pass and the position (empty = the first page, or the vendor's oldest)
     * alone: the same input gives the same request. No IO, no waiting. On failure the core takes the status
     * as from on_response. NULL only if all streams are push streams. [concurrent] */
    postern_status (*next)(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error);
    /* Reads an answer. `position` is the one that the request was made from. Must look at the HTTP status and
     * at failures inside the body. No IO, no waiting. POSTERN_OK keeps all that it handed over; a failure
     * keeps nothing, and the code says how it goes on: POSTERN_E_PROTOCOL asks again with attempt raised,
     * _POSITION starts the pass again, _CREDENTIALS counts against the account, _PERMISSION, _CONFIG and
     * _UNSUPPORTED look again every hour, _LICENSE every day, all others back off and ask again. NULL only if
     * all streams are push streams. [concurrent] */
    postern_status (*on_response)(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error);
    /* Takes one request apart, as on_response takes an answer apart: events and what cannot be read go into
     * `answer`, whose outcome and position are not looked at, and which takes no downloads. No IO, no
     * waiting. On failure nothing is kept and the sender gets 400 (_INVALID, _PROTOCOL), 413 (_LIMIT) or 503.
     * NULL = no push streams. [concurrent] */
    postern_status (*on_push)(const void *self, const postern_call *call, const postern_stream *stream,
                              const postern_push_request *request, postern_answer *answer,
                              postern_push_reply *reply, postern_error *error);
    /* Reads again what was set aside, by itself or by the core, maybe by an older version of the source:
     * `postern dead retry`. What was set aside as one stands there with a line end between its parts. Events
     * and what still cannot be read go into `answer`, whose outcome and position are not looked at, and which
     * takes no downloads. All bytes must go into one of the two: what is in neither is gone. The events are
     * the same as on_response makes of them, with the same types and ids; those that are known fall out. No
     * IO, no waiting. On failure nothing changes. NULL = the source cannot: it stays as it is. Since 1.1.
     * [concurrent] */
    postern_status (*on_set_aside)(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_set_aside *what, postern_answer *answer,
                                   postern_error *error);
} postern_source;

/* ---- Sinks: own their IO, run on a thread of their own ---- */

/* One event on its way out. All of it lives until write returns. Since 1.0. */
typedef struct postern_sink_event {
    uint32_t size;
    uint32_t flags; /* POSTERN_EVENT_... */
    /* The event's own time, UTC; 0 = unknown. */
    int64_t time_ms;
    /* When Postern received it; stored, so the same at every delivery. */
    int64_t received_ms;
    /* For the receiver to recognise repeats: 32 hex digits, with "-n" for the n-th event that a script made
     * of one input. Stable. */
    postern_text id;
    /* Names; `type` is the log type and may be empty. */
    postern_text account, source, stream, type;
    /* What to write: valid UTF-8 without line breaks, no '\n' behind it. With POSTERN_EVENT_JSON one JSON
     * text, in which what no script changed stands as the vendor wrote it (a key twice or the escape of half
     * a surrogate pair, too); else a ready line of another form, such as CEF. */
    postern_text text;
} postern_sink_event;

/* Flags of an event. Since 1.0. */
#define POSTERN_EVENT_REPLAY 1u /* sent again on the user's request (replay, dead letter retried) */
#define POSTERN_EVENT_JSON   2u /* `text` is JSON */

/* Events in order: those of one or more pages of the journal, gathered until batch_events, batch_bytes or
 * batch_wait. Sent again after a failure or a crash, a batch has the same events, the same id and the same
 * bytes, unless the user changed the scripts meanwhile (see POSTERN_SINK_STABLE_BATCHES). Lives until write
 * returns. Since 1.0. */
typedef struct postern_batch {
    uint32_t size;
    uint32_t flags;    /* 0 */
    uint32_t attempt;  /* 1 = first try by this process */
    uint32_t reserved; /* 0 */
    /* Grows from batch to batch of one delivery; stable over retries and restarts. A dead letter that is
     * tried again comes between them as a batch of its own, whose id has the highest bit set
     * (kit_is_letter). */
    uint64_t id;
    /* Which delivery (pipeline and sink) it belongs to: 32 hex digits, stable over restarts and renaming.
     * With `id` it names the batch for ever. */
    postern_text delivery;
    const postern_sink_event *const *events;
    size_t count;
    /* Sum of the texts' sizes. */
    size_t bytes;
} postern_batch;

/* Where write and idle put what the core must know. The core sets `size`; valid until the call returns.
 * Since 1.0. */
typedef struct postern_result postern_result;
struct postern_result {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* Event `index` of the batch can never be accepted: it goes to the dead letters with the reason (copied;
     * not NULL), if write then succeeds. If write fails, the rejection is forgotten; but since 1.3 it stands
     * where another event of the batch was accepted, unless the failure is POSTERN_E_CONFIG: then the batch
     * comes again without either. If every event of a batch of two or more is rejected for the same
     * reason, the core takes that for a mistake of configuration: nothing goes to the dead letters, the sink
     * waits with that reason as advice and tries again slowly. Fails with POSTERN_E_INVALID (no such event,
     * or called from idle) or POSTERN_E_MEMORY. [the thread of the call] */
    postern_status (*reject)(postern_result *result, size_t index, const char *reason);
    /* Event `index` is safe, whatever write returns: if write fails, the batch that comes again is without it
     * (with the same id). Forgotten in a crash: the whole batch comes again then. Fails as reject does. [the
     * thread of the call] */
    postern_status (*accept)(postern_result *result, size_t index);
    /* Sets an entry of the sink's committed state; an empty value removes it. Committed together with the
     * cursor if write returns POSTERN_OK, alone if it returns POSTERN_COMMIT_STATE, else forgotten. A key is
     * 1 byte to 4 KiB, a value at most 64 KiB; both are copied. Fails with POSTERN_E_INVALID or
     * POSTERN_E_MEMORY. [the thread of the call] */
    postern_status (*set_state)(postern_result *result, postern_text key, postern_text value);
};

/* How much a sink wants at once, unless the user says otherwise (batch_events, batch_bytes, batch_wait,
 * parallel of `sink`); 0 = the core's default. Since 1.0. */
typedef struct postern_batching {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* The core stops gathering at so many events or bytes of text. A single page is never split, so a batch
     * may be larger: at most by one page. */
    int64_t events;
    int64_t bytes;
    /* How long it waits for more, after the first event. */
    int64_t wait_ms;
    /* With POSTERN_SINK_CONCURRENT: so many batches at once. */
    int64_t parallel;
} postern_batching;

/* Flags of a sink. Since 1.0. */
/* A batch has the same events after a crash: the core plans its end in the transaction that commits the one
 * before. Without the flag it may be gathered anew, larger or smaller. */
#define POSTERN_SINK_STABLE_BATCHES 1u
/* write may run for several batches at once, on several threads; the cursor moves over a gapless prefix. Such
 * a sink has no committed state: set_state fails. */
#define POSTERN_SINK_CONCURRENT 2u
/* The options of the service http/1 are options of this sink. */
#define POSTERN_SINK_HTTP 4u
/* open and write look at POSTERN_CALL_TEST. A sink that keeps its place in its state needs it, since the test
 * comes without that state: what it tries must change nothing that the instance which delivers has on record,
 * so it writes the event to a place of its own beside the real one (a further file, a stream of another name)
 * and removes that again. Without the flag a sink that has committed state is not tested. A sink without
 * state needs it not: the test event is delivered as any other. Since 1.3. */
#define POSTERN_SINK_KNOWS_TEST 8u

/* Where a probe says what it sees, for the person who waits for it. The core sets `size`; valid until the
 * call returns. Since 1.3. */
typedef struct postern_report postern_report;
struct postern_report {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* One line, in the user's words: "index logs-mail: 3 shards, green". `level` is POSTERN_LOG_INFO (as it
     * should be), POSTERN_LOG_WARNING (events get there, yet somebody should know) or POSTERN_LOG_ERROR (in
     * the way); `remedy` says what to do, NULL = nothing. Both NUL-terminated, copied, at most 2 KiB of each.
     * Never a secret. [the thread of the call] */
    void (*say)(const postern_report *report, int32_t level, const char *words, const char *remedy);
};

/* A kind of sink: constant data and functions. The core makes one instance, with a thread of its own, for
 * each `sink "name" { type = ... }`. A reload keeps an instance whose settings did not change. Since 1.0. */
typedef struct postern_sink {
    uint32_t size;
    uint32_t flags; /* POSTERN_SINK_... */
    /* Unique among all modules: "file"; `type` in the configuration. */
    const char *name;
    /* For people. */
    const char *title;
    const postern_option *const *options; /* ends with NULL; NULL = none */
    const postern_batching *batching;     /* NULL = the core's defaults: one page, no waiting */
    /* The module's own; in postern_host.data of the instance. */
    const void *data;

    /* Makes the instance: *self is handed to all other calls. The options have been checked against their
     * table; POSTERN_E_CONFIG for what a table cannot say. On failure it has freed what it made, and destroy
     * is not called. No IO: that is open's. May be NULL: no instance data. [setup] */
    postern_status (*create)(const postern_host *host, void **self, postern_error *error);
    /* Frees the instance; it is closed. Not called if *self is NULL. May be NULL. [setup] */
    void (*destroy)(void *self);
    /* Connects or opens; called before the first batch, or idle, and again after a close. `state` holds the
     * `state_count` entries that were committed, until open returns. On failure it has let go of what it
     * opened; the core does not call close, backs off and calls open again. May block. [exclusive] */
    postern_status (*open)(void *self, const postern_call *call, const postern_pair *state,
                           size_t state_count, postern_error *error);
    /* Delivers a batch. Returns POSTERN_OK once every event that it did not reject is safe: it survives the
     * end of this process and the loss of this machine's power, or another machine has acknowledged it.
     * "Given to the system" (a buffered write, an unacknowledged send) is not safe. POSTERN_COMMIT_STATE (see
     * there); POSTERN_E_RETRY, _IO: the core calls close, backs off, calls open and sends the same batch
     * again, and so after every other failure; POSTERN_E_CONFIG: the same, slowly, shown as an error that the
     * user must mend; POSTERN_E_STOPPED: the same, without counting as a failure. A failed batch may have
     * been written in part: the state tells the sink how far. May block, but ends within a second of
     * interrupt; a sink that still blocks 5 s after Postern was told to stop is left behind. [exclusive;
     * concurrent with POSTERN_SINK_CONCURRENT] */
    postern_status (*write)(void *self, const postern_call *call, const postern_batch *batch,
                            postern_result *result, postern_error *error);
    /* Called about every second while there is nothing to write, for rotation by age and the like; set_state
     * works as in write, reject and accept do not. The sink is opened for it though no batch has come. A
     * failure is logged; the core calls close, and open before the next batch or, backing off, before the
     * next call of idle. May be NULL. [exclusive] */
    postern_status (*idle)(void *self, const postern_call *call, postern_result *result,
                           postern_error *error);
    /* Lets go of what open opened, without a claim that anything more is safe: after a failed write and at
     * the end. May be NULL. [exclusive] */
    void (*close)(void *self);
    /* Open, write or idle shall end soon, with POSTERN_E_STOPPED if they did not get to their end;
     * host->stopping says so too, and http/1 gives up by itself. Called from another thread while they run;
     * must not wait. May be NULL. [any] */
    void (*interrupt)(void *self);
    /* Asks the receiver whether all is as a batch will need it and delivers nothing: version, health, rights,
     * whether the index, table or topic is there. Called by `postern sink test` between open and the one
     * batch that it writes, with POSTERN_CALL_TEST. POSTERN_OK: nothing that can be seen stands in the way. A
     * failure says what does; the batch is not written then. A question that the receiver does not let this
     * user ask is worth a line and is no failure. What it makes at the receiver it removes. Ends within a
     * second of interrupt. NULL = there is nothing to ask. Since 1.3. [exclusive] */
    postern_status (*probe)(void *self, const postern_call *call, const postern_report *report,
                            postern_error *error);
} postern_sink;

/* ---- Lookups: questions that a user asks by hand and no stream asks; no IO, no state ---- */

/* A column of the table in which results are shown on a terminal. Constant data of the module. Since 1.2. */
typedef struct postern_column {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* For people: "From". */
    const char *title;
    /* The member of a result, or a path of members with dots between; elements of lists are walked through.
     */
    const char *path;
} postern_column;

/* Where on_response of a lookup puts what it found. The core sets `size`; valid until the call returns.
 * Since 1.2. */
typedef struct postern_findings postern_findings;
struct postern_findings {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* Set by the lookup: POSTERN_MORE (ask again at once with the position) or POSTERN_END. */
    int32_t outcome;
    uint32_t reserved; /* 0 */
    /* Set by the lookup: opaque text, at most 16 MiB, in the call's arena; handed to the next call. A
     * position that comes twice in a row ends the lookup with an error. */
    postern_text position;
    /* One result: a JSON object, as the vendor wrote it; copied. A status < 0 must be returned from
     * on_response as it is. [the thread of the call] */
    postern_status (*result)(postern_findings *findings, postern_text json);
};

/* A kind of question: constant data and functions. Two lookups may have one name if their authentication
 * differs: so one question serves two APIs. The core makes an instance for one question; its host has the
 * parameters as options. Since 1.2. */
typedef struct postern_lookup postern_lookup;
struct postern_lookup {
    uint32_t size;
    uint32_t flags; /* 0 */
    /* What the user types: `postern NAME ACCOUNT`; [a-z0-9-]. A command of that name must exist: "trace". */
    const char *name;
    /* For people, one line. */
    const char *title;
    /* As of a stream: which accounts can ask, what they must be granted, and which product they must have. */
    const char *auth;
    const char *permission;
    const char *product; /* NULL = no words */
    /* Become options of the command line: "message_id" is given as --message-id. TEXT, INTEGER, BOOLEAN
     * (given or not), DURATION, SIZE and TIME, REPEATABLE ones too; no default for BOOLEAN. Ends with NULL.
     */
    const postern_option *const *parameters;
    const postern_column *const *columns; /* ends with NULL */
    /* The module's own; in postern_host.data of the instance. */
    const void *data;

    /* What to ask: as next of a source, from the host's options and the position (empty at first) alone.
     * POSTERN_E_INVALID: the parameters do not fit together; the message says why. [concurrent] */
    postern_status (*next)(const postern_host *host, const postern_call *call, const postern_lookup *lookup,
                           postern_text position, postern_request *request, postern_error *error);
    /* Reads an answer: as on_response of a source. It is asked once more after POSTERN_E_CREDENTIALS (with a
     * fresh token) and POSTERN_E_PROTOCOL; every other failure ends the lookup. What was handed over stays.
     * [concurrent] */
    postern_status (*on_response)(const postern_host *host, const postern_call *call,
                                  const postern_lookup *lookup, postern_text position,
                                  const postern_response *response, postern_findings *findings,
                                  postern_error *error);
};

/* ---- The one symbol ---- */

/* What a module is. Constant data that lives as long as the module is loaded, which is until the process
 * ends. Since 1.0. */
typedef struct postern_module {
    uint32_t size;
    uint32_t flags;                /* 0 */
    uint32_t magic;                /* POSTERN_MODULE_MAGIC */
    uint32_t abi_major, abi_minor; /* POSTERN_ABI_MAJOR, POSTERN_ABI_MINOR: the header it was built with */
    /* The oldest minor of a host that it can work with; 0 if it uses nothing newer or looks with POSTERN_HAS.
     */
    uint32_t needs_minor;
    /* Unique: "mimecast"; [a-z0-9-_]. */
    const char *name;
    /* Of the module, for people. */
    const char *version;
    /* SPDX identifier; NULL = not stated. */
    const char *license;
    /* One line. */
    const char *summary;
    const postern_source *const *sources; /* ends with NULL; NULL = none */
    const postern_sink *const *sinks;     /* ends with NULL; NULL = none */
    const postern_auth *const *auths;     /* ends with NULL; NULL = none */
    /* Ends with NULL; NULL = none. Since 1.2. */
    const postern_lookup *const *lookups;
} postern_module;

/* Marks the symbol as visible, so that the module can be built with -fvisibility=hidden. Since 1.0. */
#define POSTERN_EXPORT __attribute__((visibility("default")))
extern POSTERN_EXPORT const postern_module postern_module_entry;

#ifdef __cplusplus
}
#endif
#endif
