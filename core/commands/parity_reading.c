#include "commands/parity_reading.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/smaller.h"
#include "base/text.h"
#include "commands/script_argument.h"
#include "engine/places.h"
#include "script/script.h"
#include <stdlib.h>
#include <string.h>

#define HOUR_MS       ((int64_t)60 * 60 * 1000)
#define MESSAGE_LIMIT ((size_t)64 << 10)

/* ---- What there is ------------------------------------------------------------------------------ */

static int side_of(const struct parity_reading *reading, const char *account)
{
    for (int side = 0; side < PARITY_SIDES; side++)
        if (strcmp(reading->account[side], account) == 0) return side;
    return -1;
}

static struct parity_range *range_of(struct parity_reading *reading, const char *source)
{
    for (size_t i = 0; i < reading->range_count; i++)
        if (strcmp(reading->ranges[i].source, source) == 0) return &reading->ranges[i];
    if (reading->range_count == PARITY_SOURCES) return NULL;
    struct parity_range *range = &reading->ranges[reading->range_count++];
    *range = (struct parity_range){
        .from_ms = INT64_MIN, .until_ms = INT64_MAX, .oldest_event_ms = {INT64_MAX, INT64_MAX}};
    text_to_string(text_of(source), range->source, sizeof range->source);
    return range;
}

enum parity_range_state parity_range_state(const struct parity_range *range)
{
    if (!range->has[PARITY_BEFORE]) return RANGE_NEW_ONLY;
    if (!range->has[PARITY_AFTER]) return RANGE_OLD_ONLY;
    if (!range->read[PARITY_AFTER]) return RANGE_UNREAD;
    if (range->is_list) return RANGE_LIST;
    return range->from_ms < range->until_ms ? RANGE_COMPARED : RANGE_QUIET;
}

static void take_stream(struct parity_reading *reading, enum parity_side side,
                        const struct stream_record *stream)
{
    struct parity_range *range = range_of(reading, stream->source);
    bool refused = stream->state == STREAM_NOT_LICENSED || stream->state == STREAM_NOT_PERMITTED;
    if (!range || (refused && side == PARITY_BEFORE)) return; /* what was never there is not lacking */
    bool came_far = stream->caught_up_ms > 0 && !refused;
    range->read[side] = came_far && (range->read[side] || !range->has[side]);
    range->has[side] = true;
    range->is_list |= stream->kind == POSTERN_STREAM_SNAPSHOT;
    int64_t until_ms = stream->kind == POSTERN_STREAM_WINDOW ? stream->settled_until_ms
                                                             : stream->caught_up_ms - reading->settle_ms;
    if (came_far) range->until_ms = smaller(range->until_ms, until_ms);
}

/* Up to when each source has been read: by the stream that had come least far. Streams that are read by range
 * know it exactly. */
static postern_status find_ends(struct parity_reading *reading, postern_error *error)
{
    _cleanup_(freep) struct stream_record *streams = NULL;
    size_t count = 0;
    postern_status status = journal_streams(reading->journal, &streams, &count, error);
    for (size_t i = 0; i < count; i++) {
        int side = side_of(reading, streams[i].account);
        if (side >= 0 && streams[i].state != STREAM_REMOVED)
            take_stream(reading, (enum parity_side)side, &streams[i]);
        stream_record_clear(&streams[i]);
    }
    return status;
}

/* ---- Pages -------------------------------------------------------------------------------------- */

static bool is_compared(void *context, int64_t stream_id, const char *account, const char *source)
{
    (void)stream_id, (void)source;
    return side_of(context, account) >= 0;
}

/* Calls `each` for all pages of both accounts; what cannot be read is passed over, as it is in delivery. */
static postern_status each_page(struct parity_reading *reading,
                                postern_status (*each)(struct parity_reading *reading, enum parity_side side,
                                                       const struct page_view *page, void *context,
                                                       postern_error *error),
                                void *context, postern_error *error)
{
    int64_t after = 0;
    for (;;) {
        const struct page_view *page = NULL;
        int64_t next = 0;
        postern_status status =
            journal_next_page(reading->journal, after, is_compared, reading, &page, &next, error);
        if (status == POSTERN_E_PROTOCOL && next > after) {
            after = next;
            continue;
        }
        if (status < 0 || !page) return status;
        after = page->sequence;
        status = each(reading, (enum parity_side)side_of(reading, page->account), page, context, error);
        page_release(page);
        if (status < 0) return status;
    }
}

struct first_pages {
    int64_t first_page_ms[PARITY_SIDES]; /* 0 = none yet */
};

static postern_status note_beginning(struct parity_reading *reading, enum parity_side side,
                                     const struct page_view *page, void *context, postern_error *error)
{
    struct first_pages *first_pages = context;
    struct parity_range *range = range_of(reading, page->source);
    struct journal_event event;
    (void)error;
    if (!first_pages->first_page_ms[side]) first_pages->first_page_ms[side] = page->received_ms;
    for (size_t cursor = 0; range && page_next_event(page, &cursor, &event);)
        if (event.time_ms)
            range->oldest_event_ms[side] = smaller(range->oldest_event_ms[side], event.time_ms);
    return POSTERN_OK;
}

/* From when on a side has all of a source: from its oldest event, or, once the journal has let go of pages,
 * from when the oldest page came. */
static postern_status find_beginnings(struct parity_reading *reading, postern_error *error)
{
    struct first_pages first_pages = {{0}};
    postern_status status = each_page(reading, note_beginning, &first_pages, error);
    for (size_t i = 0; i < reading->range_count; i++) {
        struct parity_range *range = &reading->ranges[i];
        bool read = range->read[PARITY_BEFORE] && range->read[PARITY_AFTER];
        if (!read || range->is_list) range->until_ms = INT64_MIN;
        for (int side = 0; side < PARITY_SIDES; side++) {
            int64_t first = first_pages.first_page_ms[side];
            bool whole = first && first < reading->added_ms[side] + HOUR_MS;
            int64_t from = whole ? range->oldest_event_ms[side] : first ? first : INT64_MAX;
            range->from_ms = larger(range->from_ms, from);
        }
    }
    return status;
}

/* ---- Events ------------------------------------------------------------------------------------- */

struct mapping {
    struct script_set *set;
    struct script_runner *runner;
    struct json_tape *tape;
    struct buffer message;
    postern_status (*each)(struct parity_reading *reading, enum parity_side side,
                           const struct parity_event *event, void *context, postern_error *error);
    void *context;
};

static postern_status mapping_begin(struct mapping *mapping, const struct parity_reading *reading,
                                    postern_error *error)
{
    _cleanup_(freep) char *path = script_argument_find(reading->script, error);
    if (!path) return error->code;
    const char *name = reading->script, *found = path;
    mapping->message.limit = MESSAGE_LIMIT;
    mapping->tape = json_tape_new();
    if (!mapping->tape) return error_no_memory(error, NULL);
    postern_status status =
        script_set_load(&name, &found, 1, places_scripts(), &sandbox_default_limits, &mapping->set, error);
    if (status < 0) return status;
    mapping->runner = script_runner_new(mapping->set, error);
    return mapping->runner ? POSTERN_OK : error->code;
}

static void mapping_end(struct mapping *mapping)
{
    if (mapping->runner) script_runner_free(mapping->runner);
    if (mapping->set) script_set_release(mapping->set);
    json_tape_free(mapping->tape);
    buffer_free(&mapping->message);
}

/* The text at a path with dots; empty if there is none. */
static postern_text find_text(struct mapping *mapping, postern_text json, const char *path)
{
    const struct json_node *node = NULL;
    buffer_clear(&mapping->message);
    if (json_parse(mapping->tape, json, &node, NULL) < 0) return (postern_text){NULL, 0};
    for (const char *at = path; node && *at;) {
        size_t size = strcspn(at, ".");
        node = json_get_text(mapping->tape, node, (postern_text){at, size});
        at += size + (at[size] == '.');
    }
    return json_unescape(mapping->tape, node, &mapping->message) ? buffer_text(&mapping->message)
                                                                 : (postern_text){NULL, 0};
}

static postern_status map_event(struct parity_reading *reading, enum parity_side side,
                                const struct page_view *page, const struct journal_event *event,
                                struct mapping *mapping, postern_error *error)
{
    const struct script_event seen = {.json = event->json,
                                      .account = text_of(page->account),
                                      .source = text_of(page->source),
                                      .stream = text_of(page->stream),
                                      .type = event->type,
                                      .id = TEXT("00000000000000000000000000000000"),
                                      .pipeline = "account migrate",
                                      .received_ms = page->received_ms,
                                      .time_ms = event->time_ms};
    struct script_result result = {.error = ERROR_INIT};
    struct parity_event told = {
        .source = text_of(page->source), .type = event->type, .time_ms = event->time_ms};
    script_run(mapping->runner, &seen, &result);
    if (result.verdict == SCRIPT_FAILED) reading->failed++;
    if (result.verdict == SCRIPT_KEPT && result.output_count)
        told.message = find_text(mapping, result.outputs[0].text, reading->message_path);
    postern_status status = mapping->each(reading, side, &told, mapping->context, error);
    script_runner_reset(mapping->runner);
    return status;
}

static postern_status map_page(struct parity_reading *reading, enum parity_side side,
                               const struct page_view *page, void *context, postern_error *error)
{
    const struct parity_range *range = range_of(reading, page->source);
    struct journal_event event;
    for (size_t cursor = 0; range && page_next_event(page, &cursor, &event);) {
        if (event.time_ms < range->from_ms || event.time_ms >= range->until_ms) continue;
        postern_status status = map_event(reading, side, page, &event, context, error);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

static postern_status each_event(struct parity_reading *reading, struct mapping *mapping,
                                 postern_error *error)
{
    postern_status status = mapping_begin(mapping, reading, error);
    if (status >= 0) status = each_page(reading, map_page, mapping, error);
    mapping_end(mapping);
    return status;
}

/* ---- The comparison ----------------------------------------------------------------------------- */

static postern_status take(struct parity_reading *reading, enum parity_side side,
                           const struct parity_event *event, void *context, postern_error *error)
{
    (void)context;
    if (parity_add(reading->parity, side, event)) return POSTERN_OK;
    error_set(error, POSTERN_E_LIMIT, "there are more than %zu messages to compare", reading->messages_most);
    error_remedy(error, "take more with --messages (48 bytes of memory each)");
    return POSTERN_E_LIMIT;
}

postern_status parity_read(struct parity_reading *reading, postern_error *error)
{
    struct mapping mapping = {.each = take};
    reading->parity = parity_new(reading->messages_most);
    if (!reading->parity) return error_no_memory(error, NULL);
    postern_status status = find_ends(reading, error);
    if (status >= 0) status = find_beginnings(reading, error);
    if (status >= 0) status = each_event(reading, &mapping, error);
    if (status >= 0) parity_compare(reading->parity);
    return status;
}

struct missing {
    enum parity_side side;
    void (*each)(void *context, const struct parity_event *event);
    void *context;
};

static postern_status tell_missing(struct parity_reading *reading, enum parity_side side,
                                   const struct parity_event *event, void *context, postern_error *error)
{
    const struct missing *missing = context;
    (void)error;
    if (side == missing->side && parity_is_missing(reading->parity, side, event))
        missing->each(missing->context, event);
    return POSTERN_OK;
}

postern_status parity_each_missing(struct parity_reading *reading, enum parity_side side,
                                   void (*each)(void *context, const struct parity_event *event),
                                   void *context, postern_error *error)
{
    struct missing missing = {side, each, context};
    struct mapping mapping = {.each = tell_missing, .context = &missing};
    return each_event(reading, &mapping, error);
}

void parity_reading_clear(struct parity_reading *reading)
{
    parity_free(reading->parity);
    reading->parity = NULL;
}
