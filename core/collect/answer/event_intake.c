#include "collect/answer/event_intake.h"

#include "base/error.h"
#include "base/text.h"
#include "collect/answer/identity.h"
#include "collect/answer/set_aside.h"
#include "collect/answer/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_EVENTS    1024
#define VENDOR_ID_LIMIT 1024
#define CHUNK_BYTES     ((size_t)1 << 20)
/* Beside its text, which a page holds twice, plain and packed. */
#define EVENT_OVERHEAD 96

/* An event that waits for the answer to "is it known?"; its texts lie in `bytes`, which may move. */
struct waiting {
    size_t type_at, type_size, json_at, json_size;
    int64_t time_ms;
};

struct event_intake {
    struct answer *answer;
    struct identity_maker *identity;
    struct page_builder *builder;
    struct buffer bytes;
    size_t count, taken; /* waiting; of the answer so far */
    int64_t fresh;       /* events in the builder */
    size_t held;         /* about what they take there */
    struct waiting waiting[CHUNK_EVENTS];
    unsigned char ids[CHUNK_EVENTS][EVENT_ID_SIZE];
    int64_t times_ms[CHUNK_EVENTS];
    bool known[CHUNK_EVENTS];
    struct list_page_row rows[CHUNK_EVENTS];
    /* For the border in front of the page: see border.h. */
    unsigned char first[CHUNK_EVENTS][EVENT_ID_SIZE];
    uint32_t occurrences[CHUNK_EVENTS];
    bool doubtful[CHUNK_EVENTS];
};

struct event_intake *event_intake_new(struct answer *answer)
{
    struct event_intake *intake = malloc(sizeof *intake); /* not zeroed: the tables are large */
    if (!intake) return NULL;
    intake->answer = answer;
    intake->count = intake->taken = intake->held = 0;
    intake->fresh = 0;
    intake->bytes = (struct buffer){.limit = CHUNK_BYTES + answer->limits.record_size + ANSWER_TYPE_LIMIT};
    intake->identity = identity_maker_new(answer->account_key, answer->source->name,
                                          answer->declaration->volatile_fields, answer->limits.record_size);
    intake->builder = page_builder_new(answer->limits.page_size, answer->limits.page_events);
    if (intake->identity && intake->builder) return intake;
    event_intake_free(intake);
    return NULL;
}

void event_intake_free(struct event_intake *intake)
{
    if (!intake) return;
    identity_maker_free(intake->identity);
    if (intake->builder) page_builder_free(intake->builder);
    buffer_free(&intake->bytes);
    free(intake);
}

void event_intake_freep(struct event_intake **intake)
{
    event_intake_free(*intake);
}

static postern_status out_of_memory(struct event_intake *intake)
{
    return error_no_memory(&intake->answer->error, "while reading events");
}

/* Their ids are keys until now. */
static postern_status compare_with_list(struct event_intake *intake)
{
    struct answer *answer = intake->answer;
    bool *appears = intake->doubtful;
    for (size_t i = 0; i < intake->count; i++) {
        const struct waiting *waiting = &intake->waiting[i];
        intake->rows[i] = (struct list_page_row){intake->ids[i],
                                                 {intake->bytes.data + waiting->json_at, waiting->json_size}};
    }
    size_t before = list_page_bytes(answer->list_page);
    postern_status status = list_page_take(answer->list_page, answer, intake->rows, intake->count, appears);
    intake->held += list_page_bytes(answer->list_page) - before;
    for (size_t i = 0; status >= 0 && i < intake->count; i++) {
        intake->known[i] = !appears[i];
        appears[i] = false;
        list_page_event_id(answer->list_page, intake->ids[i], intake->ids[i]);
    }
    return status;
}

static postern_status look_up(struct event_intake *intake)
{
    struct answer *answer = intake->answer;
    memset(intake->known, 0, sizeof intake->known);
    if (!answer->journal) return POSTERN_OK;
    if (answer->list_page) return compare_with_list(intake);
    for (size_t i = 0; i < intake->count; i++)
        intake->times_ms[i] = intake->waiting[i].time_ms;
    return journal_known_ids(answer->journal, answer->record.id, intake->ids[0], intake->times_ms,
                             intake->count, intake->known, &answer->error);
}

/* The events in the builder as pages. False: no memory. */
static bool take_pages(struct event_intake *intake, struct journal_page **pages)
{
    *pages = intake->fresh ? page_builder_take(intake->builder) : NULL;
    return *pages || !intake->fresh;
}

/* What was set aside becomes events in one transaction. */
static postern_status stay_together(struct event_intake *intake)
{
    int64_t most = intake->answer->limits.held_size;
    if ((int64_t)intake->held <= most) return POSTERN_OK;
    return error_set(&intake->answer->error, POSTERN_E_LIMIT,
                     "there is more in it than is read again at once (%lld bytes)", (long long)most);
}

static postern_status keep_step(struct event_intake *intake)
{
    struct journal_page *pages;
    if (intake->answer->again) return stay_together(intake);
    if (!take_pages(intake, &pages)) return out_of_memory(intake);
    postern_status status = answer_keep_step(intake->answer, pages, intake->fresh);
    intake->fresh = 0;
    intake->held = 0;
    return status;
}

/* Rows that the pass has shown before get the ids of further ones. */
static postern_status compare_with_pass(struct event_intake *intake)
{
    struct answer *answer = intake->answer;
    if (!answer->border) return POSTERN_OK;
    bool any = border_compare(answer->border_before, intake->first, intake->occurrences, intake->doubtful,
                              intake->count);
    for (size_t i = 0; any && i < intake->count; i++) {
        const struct waiting *waiting = &intake->waiting[i];
        const char *bytes = intake->bytes.data;
        if (!intake->doubtful[i]) continue;
        postern_status status =
            identity_make_of(intake->identity, (postern_text){bytes + waiting->type_at, waiting->type_size},
                             (postern_text){bytes + waiting->json_at, waiting->json_size},
                             intake->occurrences[i], intake->ids[i], &answer->error);
        if (status < 0) return status;
    }
    border_add(answer->border, intake->first, intake->count);
    return POSTERN_OK;
}

static bool is_repeat(struct event_intake *intake, size_t i)
{
    bool doubtful = intake->answer->border && intake->doubtful[i];
    return intake->known[i] ||
           (doubtful && !border_settle(intake->answer->border, intake->ids[i], i, intake->count));
}

/* Tells the builder what comes; what is doubtful yet counts, too. */
static void announce(struct event_intake *intake)
{
    size_t events = 0, bytes = 0;
    for (size_t i = 0; i < intake->count; i++) {
        if (intake->known[i]) continue;
        events++;
        bytes += intake->waiting[i].json_size;
    }
    if (events) page_builder_expect(intake->builder, events, bytes);
}

/* Packs those of the chunk that are new. */
static postern_status flush(struct event_intake *intake)
{
    if (!intake->count) return POSTERN_OK;
    postern_status status = compare_with_pass(intake);
    if (status >= 0) status = look_up(intake);
    if (status < 0) return status;
    announce(intake);
    for (size_t i = 0; i < intake->count; i++) {
        if (is_repeat(intake, i)) {
            intake->answer->repeats++;
            continue;
        }
        const struct waiting *waiting = &intake->waiting[i];
        struct journal_event event = {.time_ms = waiting->time_ms,
                                      .type = {intake->bytes.data + waiting->type_at, waiting->type_size},
                                      .json = {intake->bytes.data + waiting->json_at, waiting->json_size}};
        memcpy(event.id, intake->ids[i], EVENT_ID_SIZE);
        if (!page_builder_add(intake->builder, &event)) return out_of_memory(intake);
        intake->fresh++;
        intake->held += EVENT_OVERHEAD + 2 * waiting->json_size;
    }
    intake->count = 0;
    buffer_clear(&intake->bytes);
    return intake->held < intake->answer->limits.step_size ? POSTERN_OK : keep_step(intake);
}

/* Why this cannot be an event at all; NULL if it may be one. */
static const char *unacceptable(const struct event_intake *intake, const postern_event *event,
                                char reason[96])
{
    size_t limit = intake->answer->limits.record_size;
    if (event->type.size > ANSWER_TYPE_LIMIT) return "the record's log type is too long";
    if (intake->taken >= intake->answer->limits.events)
        return "the answer has more records than limits.answer_events";
    if (event->json.size <= limit) return NULL;
    snprintf(reason, 96, "the record has %zu bytes, more than limits.record_size (%zu)", event->json.size,
             limit);
    return reason;
}

/* With which an event that is set aside is read again: whole, or none. */
static postern_text type_to_keep(const struct event_intake *intake, postern_text type)
{
    return type.size < sizeof intake->answer->aside.run.type ? type : (postern_text){0};
}

static postern_status leave_out(struct event_intake *intake, const postern_event *event)
{
    struct answer *answer = intake->answer;
    answer->left_out++;
    uint64_t mark = trail_mark(event->json);
    answer->content += mark;
    return trail_event(&answer->trail, mark) ? answer_set_aside_break(answer) : out_of_memory(intake);
}

/* True if the event is held. More than this is not held: lost is worse than made up. */
static bool hold(struct event_intake *intake, const postern_event *event, const unsigned char *id)
{
    struct trail *trail = &intake->answer->trail;
    if (!trail->unsure || trail->held.size > intake->answer->limits.tries_size) return false;
    struct held_event *item = held_event_new(trail->part, event->type, event->json);
    if (!item) return false;
    item->time_ms = event->time_ms;
    memcpy(item->id, id, EVENT_ID_SIZE);
    return held_events_add(&trail->held, item);
}

/* Its id is in its place already. */
static postern_status put(struct event_intake *intake, postern_text type, postern_text json, int64_t time_ms)
{
    struct waiting *waiting = &intake->waiting[intake->count];
    *waiting =
        (struct waiting){intake->bytes.size, type.size, intake->bytes.size + type.size, json.size, time_ms};
    buffer_append_text(&intake->bytes, type);
    if (!buffer_append_text(&intake->bytes, json)) return out_of_memory(intake);
    intake->count++;
    if (time_ms > intake->answer->newest_ms) intake->answer->newest_ms = time_ms;
    return POSTERN_OK;
}

static postern_status make_room(struct event_intake *intake)
{
    return intake->count == CHUNK_EVENTS || intake->bytes.size >= CHUNK_BYTES ? flush(intake) : POSTERN_OK;
}

postern_status event_intake_add(struct event_intake *intake, const postern_event *event)
{
    struct answer *answer = intake->answer;
    if (event->time_ms && event->time_ms < answer->left_out_before_ms) return leave_out(intake, event);
    if (event->id.size > VENDOR_ID_LIMIT)
        return error_set(&answer->error, POSTERN_E_INVALID, "the source gave an event an id of %zu bytes",
                         event->id.size);
    char buffer[96];
    const char *reason = unacceptable(intake, event, buffer);
    if (reason)
        return answer_set_record_aside(answer, (postern_text){0}, event->json,
                                       type_to_keep(intake, event->type), reason);
    postern_status status = make_room(intake);
    if (status < 0) return status;
    unsigned char *id = intake->ids[intake->count];
    postern_error error = ERROR_INIT;
    status = identity_make(intake->identity, event->type, event->json, event->id, id, &error);
    if (status == POSTERN_E_PROTOCOL)
        return answer_set_record_aside(answer, (postern_text){0}, event->json,
                                       type_to_keep(intake, event->type), error.message);
    if (status < 0) {
        answer->error = error;
        return status;
    }
    intake->occurrences[intake->count] = identity_occurrence(intake->identity, intake->first[intake->count]);
    if (answer->list_page)
        memcpy(id, intake->first[intake->count], EVENT_ID_SIZE); /* an item is there once */
    if (event->id.size)
        memset(intake->first[intake->count], 0, EVENT_ID_SIZE); /* the vendor tells them apart */
    status = answer_set_aside_break(answer);
    if (status < 0) return status;
    uint64_t mark;
    memcpy(&mark, id, sizeof mark);
    answer->content += mark;
    if (!trail_event(&answer->trail, mark)) return out_of_memory(intake);
    intake->taken++;
    return hold(intake, event, id) ? POSTERN_OK : put(intake, event->type, event->json, event->time_ms);
}

postern_status event_intake_release(struct event_intake *intake)
{
    const struct held_events *held = &intake->answer->trail.held;
    if (!held->count) return POSTERN_OK;
    postern_status status = flush(intake);
    if (status >= 0) status = keep_step(intake);
    for (size_t i = 0; status >= 0 && i < held->count; i++) {
        const struct held_event *event = held->items[i];
        status = make_room(intake);
        if (status < 0) break;
        memcpy(intake->ids[intake->count], event->id, EVENT_ID_SIZE);
        memset(intake->first[intake->count], 0, EVENT_ID_SIZE);
        status = put(intake, (postern_text){event->text, event->type_size},
                     (postern_text){event->text + event->type_size, event->json_size}, event->time_ms);
    }
    return status;
}

postern_status event_intake_finish(struct event_intake *intake)
{
    postern_status status = flush(intake);
    if (status < 0) return status;
    struct journal_page *pages;
    if (!take_pages(intake, &pages)) return out_of_memory(intake);
    return answer_keep_last(intake->answer, pages, intake->fresh, (int64_t)intake->held);
}
