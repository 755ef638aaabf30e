/* `postern dead list`, `show` and `export`: they only look. */
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/show.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "commands/command.h"
#include "commands/dead.h"
#include "commands/dead_kinds.h"
#include "commands/output.h"
#include <cjson/cJSON.h>
#include <errno.h>
#include <postern/kit.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_WIDTH 10
#define ARENA_LIMIT ((size_t)1 << 30)

/* ---- A list ---- */

static bool print_line(void *context, const struct dead_letter *letter)
{
    char time[TIMESTAMP_SIZE];
    size_t *count = context;
    ++*count;
    show(stdout, "%-6lld %s %-8s %s/%s%s%s%s%s: %s\n", (long long)letter->id,
         timestamp_iso(letter->created_ms, time), dead_stage_name(letter->stage), letter->account,
         letter->stream, letter->delivery[0] ? " → " : "", letter->delivery, letter->name ? " " : "",
         letter->name ? letter->name : "", letter->reason ? letter->reason : "");
    return true;
}

static void print_kind(const struct dead_kind *kind)
{
    char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];
    show(stdout, "%8lld  %-8s %s%s%s: %s\n          %s to %s; the last is number %lld\n",
         (long long)kind->count, dead_stage_name(kind->stage), kind->where, kind->script[0] ? ", " : "",
         kind->script, kind->reason, timestamp_iso(kind->first_ms, first), timestamp_iso(kind->last_ms, last),
         (long long)kind->example);
}

static int count_kinds(struct journal *journal, const struct dead_filter *filter)
{
    _cleanup_(dead_kinds_free) struct dead_kinds kinds = {0};
    postern_error error = ERROR_INIT;
    if (dead_kinds_find(journal, filter, &kinds, &error) < 0) return command_fail(&error);
    for (size_t i = 0; i < kinds.count; i++)
        print_kind(&kinds.all[i]);
    if (kinds.count == 0) show(stdout, "no dead letters\n");
    return EXIT_OK;
}

int dead_list(struct journal *journal, const struct dead_options *options)
{
    size_t count = 0;
    postern_error error = ERROR_INIT;
    if (options->counts) return count_kinds(journal, &options->filter);
    if (dead_for_each(journal, &options->filter, false, print_line, &count, &error) < 0)
        return command_fail(&error);
    if (count == 0) show(stdout, "no dead letters\n");
    return EXIT_OK;
}

/* ---- One ---- */

static void print_field(const char *name, const char *value)
{
    if (value && value[0]) show(stderr, "%-*s %s\n", FIELD_WIDTH, name, value);
}

static void print_call(const struct vendor_call *call)
{
    print_field("endpoint", call->endpoint);
    if (call->status) show(stderr, "%-*s HTTP %d\n", FIELD_WIDTH, "answer", (int)call->status);
    print_field("request id", call->request_id);
}

/* With a line end behind it. False: *reason is an errno. */
static bool print_bytes(postern_text bytes, int *reason)
{
    bool ended = bytes.size > 0 && bytes.data[bytes.size - 1] == '\n';
    *reason = output_data(bytes);
    if (!*reason && !ended) *reason = output_data(TEXT("\n"));
    return *reason == 0;
}

static int exit_code(int reason)
{
    if (!reason || reason == EPIPE) return EXIT_OK;
    show(stderr, "postern: cannot write: %s\n", strerror(reason));
    return EXIT_INCOMPLETE;
}

/* What is known goes to stderr, the bytes alone to stdout: exactly as they are, if it is no terminal. */
int dead_show(struct journal *journal, int64_t id)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(ARENA_LIMIT);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    postern_error error = ERROR_INIT;
    if (!arena || journal_dead_list(journal, arena, id - 1, 1, true, &letters, &count, &error) < 0)
        return command_fail(&error);
    if (count == 0 || letters->id != id) {
        show(stderr, "postern: there is no dead letter %lld\n", (long long)id);
        return EXIT_INCOMPLETE;
    }
    char event_id[2 * EVENT_ID_SIZE + 1], created[TIMESTAMP_SIZE];
    digest_hex(letters->event_id, EVENT_ID_SIZE, event_id);
    print_field("reason", letters->reason);
    print_field("since", timestamp_iso(letters->created_ms, created));
    print_field("stage", dead_stage_name(letters->stage));
    print_field("account", letters->account);
    print_field("stream", letters->stream);
    print_field("type", letters->type);
    print_field("delivery", letters->delivery);
    print_field("where", letters->name);
    if (letters->delivery[0]) print_field("event id", event_id);
    print_call(&letters->call);
    print_field("script", letters->script);
    print_field("version", letters->script_hash);
    print_field("delivered", letters->settled);
    if (letters->retries) show(stderr, "%-*s %lld\n", FIELD_WIDTH, "retries", (long long)letters->retries);
    if (letters->traceback && letters->traceback[0]) {
        show(stderr, "%-*s ", FIELD_WIDTH, "traceback");
        show_lines(stderr, FIELD_WIDTH + 1, text_of(letters->traceback));
        show(stderr, "\n");
    }
    int reason = 0;
    if (letters->bytes.size == 0 || print_bytes(letters->bytes, &reason)) return EXIT_OK;
    return exit_code(reason);
}

/* ---- Export ---- */

struct export
{
    bool metadata;
    bool out_of_memory;
    int reason; /* an errno */
    size_t left_out;
};

static bool is_text(postern_text bytes)
{
    for (const char *at = bytes.data, *end = at + bytes.size; at < end;) {
        size_t length = *at ? kit_utf8_sequence(at, end) : 0;
        if (length == 0) return false;
        at += length;
    }
    return true;
}

/* As they are, or what no text can hold as base64. */
static bool add_bytes(cJSON *object, postern_text bytes)
{
    bool text = is_text(bytes);
    char *copy = malloc(text ? bytes.size + 1 : 4 * ((bytes.size + 2) / 3) + 1);
    if (!copy) return false;
    if (text) {
        memcpy(copy, bytes.data, bytes.size);
        copy[bytes.size] = '\0';
    } else {
        base64_encode((const unsigned char *)bytes.data, bytes.size, copy);
    }
    bool added = cJSON_AddStringToObject(object, text ? "bytes" : "bytes_base64", copy) != NULL;
    free(copy);
    return added;
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text && text[0]) cJSON_AddStringToObject(object, name, text);
}

static char *letter_object(const struct dead_letter *letter)
{
    char id[2 * EVENT_ID_SIZE + 1], time[TIMESTAMP_SIZE];
    cJSON *object = cJSON_CreateObject();
    digest_hex(letter->event_id, EVENT_ID_SIZE, id);
    cJSON_AddNumberToObject(object, "number", (double)letter->id);
    cJSON_AddStringToObject(object, "since", timestamp_iso(letter->created_ms, time));
    cJSON_AddStringToObject(object, "received", timestamp_iso(letter->received_ms, time));
    cJSON_AddStringToObject(object, "stage", dead_stage_name(letter->stage));
    add_text(object, "account", letter->account);
    add_text(object, "source", letter->source);
    add_text(object, "stream", letter->stream);
    add_text(object, "type", letter->type);
    add_text(object, "delivery", letter->delivery);
    if (letter->delivery[0]) add_text(object, "event_id", id);
    add_text(object, "reason", letter->reason);
    add_text(object, "where", letter->name);
    add_text(object, "endpoint", letter->call.endpoint);
    if (letter->call.status) cJSON_AddNumberToObject(object, "http_status", letter->call.status);
    add_text(object, "request_id", letter->call.request_id);
    add_text(object, "script", letter->script);
    add_text(object, "script_version", letter->script_hash);
    add_text(object, "traceback", letter->traceback);
    add_text(object, "delivered", letter->settled);
    cJSON_AddNumberToObject(object, "retries", (double)letter->retries);
    char *text = add_bytes(object, letter->bytes) ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    return text;
}

static bool export_letter(void *context, const struct dead_letter *letter)
{
    struct export *export = context;
    if (!export->metadata) {
        if (letter->delivery[0] && letter->stage != DEAD_JOURNAL)
            return print_bytes(letter->bytes, &export->reason);
        export->left_out++;
        return true;
    }
    _cleanup_(freep) char *object = letter_object(letter);
    export->out_of_memory = object == NULL;
    return object && print_bytes(text_of(object), &export->reason);
}

int dead_export(struct journal *journal, const struct dead_options *options)
{
    struct export export = {.metadata = options->metadata};
    postern_error error = ERROR_INIT;
    postern_status status = dead_for_each(journal, &options->filter, true, export_letter, &export, &error);
    if (status >= 0 && export.out_of_memory) status = error_no_memory(&error, NULL);
    if (status < 0) return command_fail(&error);
    if (export.left_out)
        show(stderr, "postern: %zu that hold no event are left out; --metadata exports them too\n",
             export.left_out);
    return exit_code(export.reason);
}
