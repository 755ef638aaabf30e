#include "deliver/route/transform.h"
#include "base/arena.h"
#include "base/array.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/text.h"
#include "deliver/route/outputs.h"
#include <stdlib.h>

struct transform *transform_new(struct pipeline *pipeline, const char *delivery, const struct page_view *page)
{
    struct transform *transform = calloc(1, sizeof *transform);
    postern_arena *arena = arena_new(TRANSFORM_ARENA_LIMIT);
    if (!transform || !arena) {
        free(transform);
        arena_free(arena);
        return NULL;
    }
    transform->pipeline = pipeline_share(pipeline);
    transform->delivery = delivery;
    transform->page = page;
    transform->sequence = page ? page->sequence : 0;
    transform->arena = arena;
    return transform;
}

void transform_free(struct transform *transform)
{
    if (!transform) return;
    if (transform->page) page_release(transform->page);
    pipeline_release(transform->pipeline);
    arena_free(transform->arena);
    free(transform->events);
    free(transform->origins);
    free(transform->dead);
    free(transform);
}

void transform_free_list(struct transform *first)
{
    for (struct transform *next; first; first = next) {
        next = first->next;
        transform_free(first);
    }
}

/* Scripts mostly keep what they get: a page's own count is a good first guess, and small pages stay small. */
static bool grow(struct transform *transform)
{
    size_t first = transform->page ? transform->page->event_count + 1 : 1;
    size_t capacity = transform->capacity ? transform->capacity * 2 : first;
    void *events = reallocarray(transform->events, capacity, sizeof *transform->events);
    if (events) transform->events = events;
    void *origins = reallocarray(transform->origins, capacity, sizeof *transform->origins);
    if (origins) transform->origins = origins;
    if (!events || !origins) return false;
    transform->capacity = capacity;
    return true;
}

static void keep(struct transform *transform, const struct journal_event *event,
                 const struct script_event *seen, const struct script_result *result)
{
    const char *settled = transform->letter ? transform->letter->settled : NULL;
    for (size_t i = 0; i < result->output_count; i++) {
        if (result->output_count > 1 && output_is_among(settled, i + 1)) continue;
        if (transform->count == transform->capacity && !grow(transform)) {
            transform->out_of_memory = true;
            return;
        }
        /* One line, as sinks are promised: the scripts' runner sees to that. The text of the page itself
         * lives as long as the page; what a script made is copied. */
        postern_text text = result->outputs[i].text;
        if (text.data != event->json.data) text = arena_copy(transform->arena, text);
        postern_text id = output_id(transform->arena, seen->id, i, result->output_count);
        if (!text.data || !id.data) {
            transform->out_of_memory = true;
            return;
        }
        transform->origins[transform->count] = *event;
        transform->events[transform->count++] = (postern_sink_event){
            .size = sizeof(postern_sink_event),
            .flags = (result->outputs[i].is_json ? POSTERN_EVENT_JSON : 0) |
                     (seen->replay ? POSTERN_EVENT_REPLAY : 0),
            .time_ms = event->time_ms,
            .received_ms = seen->received_ms,
            .id = id,
            .account = seen->account,
            .source = seen->source,
            .stream = seen->stream,
            .type = event->type,
            .text = text,
        };
        transform->bytes += text.size;
    }
}

/* The count for a reason, made if it is new; a script that makes up reasons without end is counted under the
 * last. NULL if out of memory. */
static struct drop_count *find_drops(struct transform *transform, postern_text reason)
{
    enum { MOST_REASONS = 64 };
    for (size_t i = 0; i < transform->drop_reason_count; i++)
        if (text_is(reason, transform->drops[i].reason)) return &transform->drops[i];
    if (!transform->drops)
        transform->drops = arena_allocate(transform->arena, (MOST_REASONS + 1) * sizeof *transform->drops);
    if (!transform->drops) return NULL;
    struct drop_count *made = &transform->drops[transform->drop_reason_count];
    if (transform->drop_reason_count > MOST_REASONS) return made - 1;
    if (transform->drop_reason_count == MOST_REASONS) reason = TEXT(DROP_REASON_OTHERS);
    *made = (struct drop_count){arena_copy(transform->arena, reason).data, 0};
    if (!made->reason) return NULL;
    transform->drop_reason_count++;
    return made;
}

static void count_drop(struct transform *transform, postern_text reason)
{
    transform->dropped++;
    if (reason.size) reason.size = strnlen(reason.data, reason.size); /* counts go by strings */
    struct drop_count *drops = find_drops(transform, reason);
    if (drops)
        drops->count++;
    else
        transform->out_of_memory = true;
}

static char *copy_string(postern_arena *arena, postern_text text)
{
    return text.size ? (char *)(uintptr_t)arena_copy(arena, text).data : NULL;
}

static void name_origin(const struct transform *transform, struct dead_letter *letter)
{
    const struct page_view *page = transform->page;
    const struct dead_letter *from = transform->letter;
    text_to_string(text_of(from ? from->account : page->account), letter->account, sizeof letter->account);
    text_to_string(text_of(from ? from->source : page->source), letter->source, sizeof letter->source);
    text_to_string(text_of(from ? from->stream : page->stream), letter->stream, sizeof letter->stream);
    letter->received_ms = from ? from->received_ms : page->received_ms;
}

struct dead_letter *transform_letter(const struct transform *transform, postern_arena *arena,
                                     const struct journal_event *event, enum dead_stage stage,
                                     const char *reason, const struct script_result *result)
{
    struct dead_letter *letter = arena_allocate(arena, sizeof *letter);
    if (!letter) return NULL;
    name_origin(transform, letter);
    text_to_string(text_of(transform->delivery), letter->delivery, sizeof letter->delivery);
    letter->stage = stage;
    text_to_string(event->type, letter->type, sizeof letter->type);
    memcpy(letter->event_id, event->id, sizeof letter->event_id);
    letter->time_ms = event->time_ms;
    letter->bytes = event->json;
    letter->reason = copy_string(arena, text_of(reason));
    if (result) {
        letter->script = copy_string(arena, text_of(result->script));
        letter->script_hash = copy_string(arena, text_of(script_set_hash(transform->pipeline->scripts)));
        letter->traceback = copy_string(arena, result->traceback);
    }
    return letter;
}

static void bury(struct transform *transform, const struct journal_event *event,
                 const struct script_result *result)
{
    bool fits = array_reserve(&transform->dead, &transform->dead_capacity, transform->dead_count + 1,
                              sizeof *transform->dead, SIZE_MAX);
    struct dead_letter *letter =
        transform_letter(transform, transform->arena, event, DEAD_SCRIPT, result->error.message, result);
    if (!letter || !fits)
        transform->out_of_memory = true;
    else
        transform->dead[transform->dead_count++] = letter;
}

/* What was mended is said with the first event, the tenth, the hundredth ...: lines that stay few. */
static void count_mended(const struct transform *transform)
{
    size_t count = atomic_fetch_add(&transform->pipeline->mended, 1) + 1, power = 1;
    while (power < count && power <= SIZE_MAX / 10)
        power *= 10;
    if (power == count)
        log_write(POSTERN_LOG_WARNING, transform->delivery,
                  "%zu event%s so far had bytes that are no text, half characters or a name twice in one "
                  "object: they are "
                  "written as U+FFFD and as name_2, the journal keeps them as they came",
                  count, plural((int64_t)count));
}

static void run_event(struct transform *transform, size_t worker, const struct journal_event *event,
                      const struct script_event *seen)
{
    struct script_result result = {.error = ERROR_INIT};
    struct script_runner *runner = pipeline_runner(transform->pipeline, worker, &result.error);
    if (runner)
        script_run(runner, seen, &result);
    else
        result.verdict = SCRIPT_FAILED;
    transform->wrong_types += (int64_t)result.wrong_types;
    if (result.replaced_bytes + result.renamed_members) count_mended(transform);
    switch (result.verdict) {
    case SCRIPT_KEPT:
        keep(transform, event, seen, &result);
        break;
    case SCRIPT_DROPPED:
        count_drop(transform, result.reason);
        break;
    case SCRIPT_FAILED:
        bury(transform, event, &result);
        break;
    }
    /* All of it is copied: what one event's scripts left has no part in the room that the next one has. */
    if (runner) script_runner_reset(runner);
}

/* Scripts may take their whole time for each event: a stop must not wait for all of them. */
static bool is_broken_off(const struct transform *transform)
{
    return transform->breaks_off && atomic_load(transform->breaks_off);
}

static void run_letter(struct transform *transform, size_t worker)
{
    const struct dead_letter *letter = transform->letter;
    char id[2 * EVENT_ID_SIZE + 1];
    transform->broken_off = is_broken_off(transform);
    if (transform->broken_off) return;
    digest_hex(letter->event_id, EVENT_ID_SIZE, id);
    struct journal_event event = {
        .time_ms = letter->time_ms, .type = text_of(letter->type), .json = letter->bytes};
    memcpy(event.id, letter->event_id, sizeof event.id);
    struct script_event seen = {
        .json = letter->bytes,
        .account = text_of(letter->account),
        .source = text_of(letter->source),
        .stream = text_of(letter->stream),
        .type = event.type,
        .id = {id, sizeof id - 1},
        .pipeline = transform->pipeline->name,
        .received_ms = letter->received_ms,
        .time_ms = letter->time_ms,
        .replay = true,
    };
    run_event(transform, worker, &event, &seen);
}

static void run_page(struct transform *transform, size_t worker)
{
    const struct page_view *page = transform->page;
    struct journal_event event;
    size_t cursor = 0;
    char id[2 * EVENT_ID_SIZE + 1];
    struct script_event seen = {
        .account = text_of(page->account),
        .source = text_of(page->source),
        .stream = text_of(page->stream),
        .id = {id, sizeof id - 1},
        .pipeline = transform->pipeline->name,
        .received_ms = page->received_ms,
        .replay = page->replay,
    };
    while (page_next_event(page, &cursor, &event)) {
        transform->broken_off = is_broken_off(transform);
        if (transform->broken_off) return;
        digest_hex(event.id, EVENT_ID_SIZE, id);
        seen.json = event.json;
        seen.type = event.type;
        seen.time_ms = event.time_ms;
        run_event(transform, worker, &event, &seen);
    }
}

void transform_run(struct transform *transform, size_t worker)
{
    if (transform->page)
        run_page(transform, worker);
    else
        run_letter(transform, worker);
}
