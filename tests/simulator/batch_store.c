#include "batch_store.h"
#include "random.h"
#include "times.h"
#include <stdlib.h>
#include <string.h>

struct batch_store {
    struct world *world;
    struct account *account;
    struct log pending;
    int64_t due_ms; /* of the first that is pending */
    struct batch_list lists[BATCH_TYPES];
    uint32_t *lost; /* sequences of mail events that nobody can expect */
    size_t lost_count, lost_capacity;
};

/* For the comparison of events, which has no context: one world in a process. */
static const struct world *sorted_world;

struct batch_store *batch_store_new(struct world *world, struct account *account)
{
    struct batch_store *store = must_allocate(sizeof *store);
    *store = (struct batch_store){.world = world, .account = account, .due_ms = INT64_MAX};
    return store;
}

void batch_store_free(struct batch_store *store)
{
    if (!store) return;
    for (unsigned type = 0; type < BATCH_TYPES; type++) {
        for (size_t i = 0; i < store->lists[type].count; i++) {
            free(store->lists[type].files[i].events);
            free(store->lists[type].files[i].salvageable);
        }
        free(store->lists[type].files);
    }
    free(store->pending.events);
    free(store->lost);
    free(store);
}

int64_t batch_time(const struct world *world, const struct event *event)
{
    int64_t step = world->settings->batch_ms, since = world_known_ms(world, event) - world->start_ms;
    int64_t slots = since >= 0 ? (since + step - 1) / step : -(-since / step);
    int64_t time_ms = world->start_ms + slots * step;
    return time_ms < event->visible_ms ? time_ms : event->visible_ms;
}

void batch_store_add(struct batch_store *store, const struct event *event)
{
    struct log *pending = &store->pending;
    if (pending->count == pending->capacity) {
        pending->capacity = pending->capacity ? pending->capacity * 2 : 64;
        pending->events = must_grow(pending->events, pending->capacity * sizeof *pending->events);
    }
    pending->events[pending->count++] = *event;
    int64_t due_ms = batch_time(store->world, event);
    if (due_ms < store->due_ms) store->due_ms = due_ms;
}

static unsigned list_of(const struct event *event)
{
    return event->source == SIEM ? event->type : (unsigned)SIEM_TYPES + event->type;
}

static int order(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_file(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    int result = order(batch_time(sorted_world, a), batch_time(sorted_world, b));
    if (!result) result = order(list_of(a), list_of(b));
    if (!result) result = order(a->message % 2, b->message % 2);
    if (!result) result = order(a->event_ms, b->event_ms);
    return result ? result : order(a->sequence, b->sequence);
}

static bool same_file(const struct event *a, const struct event *b)
{
    return list_of(a) == list_of(b) && a->message % 2 == b->message % 2 &&
           batch_time(sorted_world, a) == batch_time(sorted_world, b);
}

static bool fits_file(enum fault fault, const void *context)
{
    (void)context;
    return fault == FAULT_ZERO_BYTES || fault == FAULT_NOT_JSON || fault == FAULT_FLIPPED_BYTE ||
           fault == FAULT_TRUNCATED_GZ || fault == FAULT_WRONG_CHECKSUM || fault == FAULT_BROKEN_LINE;
}

static void remember_lost(struct batch_store *store, const struct batch_file *file)
{
    for (size_t i = 0; file->salvageable && i < file->event_count; i++) {
        if (file->salvageable[i] || file->events[i].source != SIEM) continue;
        if (store->lost_count == store->lost_capacity) {
            store->lost_capacity = store->lost_capacity ? store->lost_capacity * 2 : 64;
            store->lost = must_grow(store->lost, store->lost_capacity * sizeof *store->lost);
        }
        store->lost[store->lost_count++] = file->events[i].sequence;
    }
}

static void add_file(struct batch_store *store, unsigned type, int64_t publish_ms, const struct event *events,
                     size_t count)
{
    struct world *world = store->world;
    struct batch_list *list = &store->lists[type];
    const struct event_style *style = &store->account->style;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 8;
        list->files = must_grow(list->files, list->capacity * sizeof *list->files);
    }
    struct batch_file *file = &list->files[list->count];
    *file = (struct batch_file){.publish_ms = publish_ms, .number = list->count++, .event_count = count};
    file->events = must_allocate((count + 1) * sizeof *events);
    if (count) memcpy(file->events, events, count * sizeof *events);
    uint64_t place = (uint64_t)type << 32 | file->number;
    file->damage.fault = fault_draw(world->faults, world->settings->seed, style->account, PLACE_STORAGE,
                                    place, true, fits_file, NULL)
                             .fault;
    file->damage.seed = mix2(world->settings->seed ^ style->account, place);
    if (file->damage.fault) world->faults->given[file->damage.fault]++;
    batch_file_assess(file, style);
    remember_lost(store, file);
    const struct world_listener *listener = &world->listener;
    for (size_t i = 0; i < count; i++)
        if (events[i].source != SIEM)
            listener->visible(listener->context, store->account, &events[i],
                              !file->salvageable || file->salvageable[i], NULL, NULL);
}

void batch_store_publish(struct batch_store *store, int64_t now_ms)
{
    if (store->due_ms > now_ms) return;
    const struct settings *settings = store->world->settings;
    struct log *pending = &store->pending;
    sorted_world = store->world;
    qsort(pending->events, pending->count, sizeof *pending->events, by_file);
    size_t done = 0;
    while (done < pending->count && batch_time(store->world, &pending->events[done]) <= now_ms) {
        const struct event *first = &pending->events[done];
        size_t end = done;
        while (end < pending->count && same_file(first, &pending->events[end]) &&
               (end - done < settings->events_per_file ||
                pending->events[end].sequence == pending->events[end - 1].sequence))
            end++;
        unsigned type = list_of(first);
        int64_t publish_ms = batch_time(store->world, first);
        add_file(store, type, publish_ms, first, end - done);
        /* A writer that had nothing to say. */
        if (settings->quirks && store->lists[type].count % 7 == 3) add_file(store, type, publish_ms, NULL, 0);
        done = end;
    }
    pending->count -= done;
    if (done) memmove(pending->events, pending->events + done, pending->count * sizeof *pending->events);
    store->due_ms = pending->count ? batch_time(store->world, &pending->events[0]) : INT64_MAX;
}

bool batch_store_keeps(const struct batch_store *store, const struct event *event)
{
    for (size_t i = 0; event->source == SIEM && i < store->lost_count; i++)
        if (store->lost[i] == event->sequence) return false;
    return true;
}

void batch_store_each(const struct batch_store *store,
                      void (*each)(void *context, const struct account *account, const struct event *event,
                                   bool salvageable, const char *file, const char *member),
                      void *context)
{
    for (unsigned type = SIEM_TYPES; type < BATCH_TYPES; type++)
        for (size_t i = 0; i < store->lists[type].count; i++) {
            const struct batch_file *file = &store->lists[type].files[i];
            for (size_t k = 0; k < file->event_count; k++)
                each(context, store->account, &file->events[k], !file->salvageable || file->salvageable[k],
                     NULL, NULL);
        }
}

struct batch_list *batch_store_list(struct batch_store *store, unsigned type)
{
    return &store->lists[type];
}

size_t batch_store_size(const struct batch_store *store, struct batch_file *file)
{
    if (!file->packed_size) {
        struct text packed = {0};
        batch_file_pack(&packed, &store->account->style, file, file->damage);
        file->packed_size = packed.size;
        text_free(&packed);
    }
    return file->packed_size;
}
