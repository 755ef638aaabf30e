#include "world.h"
#include "batch_store.h"
#include "cluster.h"
#include "files.h"
#include "random.h"
#include "times.h"
#include "waiting.h"
#include <stdlib.h>
#include <string.h>

/* Parts of all events; those of the first six sources make a thousand. */
static const unsigned mixture[SOURCES] = {
    [SIEM] = 700,
    [AUDIT] = 60,
    [TTP_URL] = 120,
    [TTP_ATTACHMENT] = 50,
    [TTP_IMPERSONATION] = 30,
    [DLP] = 40,
    [HELD_RELEASE] = 25,
    [REJECTIONS] = 20,
    [HOLD_QUEUE] = 30,
    [ARCHIVE_SEARCH] = 15,
    [ARCHIVE_VIEW] = 15,
    [REMEDIATION] = 15,
    [THREAT_INTEL] = 25,
    [SIEM_CI] = 40,
    [REPORTED_EMAILS] = 20,
    [THREAT_EVENTS] = 25,
};

/* The part of a source, 0 if this world does without it. */
static unsigned part_of(const struct world *world, int source)
{
    return world->settings->sources & 1u << source ? mixture[source] : 0;
}

static unsigned all_parts(const struct world *world)
{
    unsigned sum = 0;
    for (int source = 0; source < SOURCES; source++)
        sum += part_of(world, source);
    return sum;
}

static struct log *log_of(struct account *account, enum source source)
{
    return &account->logs[source];
}

static void log_add(struct log *log, const struct event *event)
{
    if (log->count == log->capacity) {
        log->capacity = log->capacity ? log->capacity * 2 : 64;
        log->events = must_grow(log->events, log->capacity * sizeof *log->events);
    }
    log->events[log->count++] = *event;
}

static int by_time(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->event_ms != b->event_ms) return a->event_ms < b->event_ms ? -1 : 1;
    if (a->sequence != b->sequence) return a->sequence < b->sequence ? -1 : 1;
    return 0;
}

static void log_sort(struct log *log)
{
    for (size_t i = 1; i < log->count; i++)
        if (by_time(&log->events[i - 1], &log->events[i]) > 0) {
            qsort(log->events, log->count, sizeof *log->events, by_time);
            return;
        }
}

static void tell(struct world *world, struct account *account, const struct event *event, int64_t now_ms)
{
    if (event->source == SIEM || event->source == SIEM_CI) {
        batch_store_add(account->store, event); /* told when its file is published */
        return;
    }
    waiting_add(world, account, event, now_ms);
}

int64_t world_known_ms(const struct world *world, const struct event *event)
{
    const struct settings *settings = world->settings;
    uint64_t chance = mix2(settings->seed ^ 0x6b6e6f776eu, (uint64_t)event->source << 32 | event->message);
    bool late = settings->lateness_ms > 0 && chance % 10 == 0;
    return event->event_ms + (late ? (int64_t)(chance / 10 % (uint64_t)settings->lateness_ms) : 0);
}

/* MTA events are seen with the next publication; some reach their server's file one publication late. */
static int64_t visible_from(const struct world *world, const struct event *event, struct random *random)
{
    const struct settings *settings = world->settings;
    bool late = random_chance(random, 100);
    if (event->source == SIEM) {
        if (world->publish_at_once_ms) return world->publish_at_once_ms;
        int64_t step = settings->publish_ms, since = world_known_ms(world, event) - world->start_ms;
        int64_t slots = since >= 0 ? (since + step - 1) / step : -(-since / step);
        return world->start_ms + (slots + (late && settings->quirks && slots < 0)) * step;
    }
    if (event->source == SIEM_CI) {
        struct event unpublished = *event;
        unpublished.visible_ms = INT64_MAX;
        return world->publish_at_once_ms ? world->publish_at_once_ms : batch_time(world, &unpublished);
    }
    int64_t delay = settings->lateness_ms > 0 && late
                        ? (int64_t)random_below(random, (uint64_t)settings->lateness_ms)
                        : 0;
    return event->event_ms + SECOND - 1 +
           delay; /* its time has no fraction, so it may have happened so late */
}

/* The versions of one record: each is shown until the next is there. What nobody can have seen is left out.
 */
static size_t settle_versions(const struct world *world, enum source source, struct event *events,
                              size_t count, struct random *random)
{
    if (source == HOLD_QUEUE) events[0].gone_ms = events[0].visible_ms + cluster_stay_ms(random);
    for (size_t i = 0; i + 1 < count && cluster_replaces(source); i++)
        events[i].gone_ms = events[i + 1].visible_ms;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct event event = events[i];
        if (event.gone_ms && event.gone_ms <= world->start_ms) continue;
        if (event.gone_ms && event.visible_ms < world->start_ms) event.visible_ms = world->start_ms;
        events[kept++] = event;
    }
    return kept;
}

/* One happening: 1 .. 8 events at about one time, or versions of one record. Returns how many, at most
 * `limit`. */
static size_t add_cluster(struct world *world, struct account *account, enum source source, int64_t time_ms,
                          int64_t latest_ms, int64_t now_ms, size_t limit)
{
    struct log *log = log_of(account, source);
    uint32_t message = log->next_message++;
    struct random random = {
        mix2(account->style.seed + account->style.account, (uint64_t)source << 32 | message)};
    struct planned_event plan[CLUSTER_LIMIT];
    struct event events[CLUSTER_LIMIT];
    size_t planned = cluster_plan(source, message, world->settings->quirks, &random, plan), made = 0;
    if (planned > limit) planned = limit;
    int64_t event_ms = time_ms;
    int64_t visible_ms = 0;
    for (; made < planned; made++) {
        const struct planned_event *one = &plan[made];
        if (source == SIEM && !one->twin && made) event_ms += (int64_t)random_below(&random, 4) * SECOND;
        if (event_ms > latest_ms) event_ms = latest_ms;
        struct event event = {.event_ms = event_ms / SECOND * SECOND + one->after_ms,
                              .sequence = one->twin ? log->next_sequence - 1 : log->next_sequence++,
                              .message = message,
                              .source = (uint8_t)source,
                              .type = one->type,
                              .variant = one->variant};
        /* Nothing becomes of it while the world is quiet. */
        if (one->after_ms && event.event_ms > latest_ms && event.event_ms <= now_ms) break;
        /* Records of one mail that share a second become visible together: equal ones must. */
        if (made == 0 || source == SIEM) {
            if (!one->twin) visible_ms = visible_from(world, &event, &random);
        }
        event.visible_ms = one->after_ms ? event.event_ms + SECOND - 1 : visible_ms;
        if (one->after_ms && event.visible_ms <= visible_ms) event.visible_ms = visible_ms + MINUTE;
        visible_ms = source == SIEM || !one->after_ms ? visible_ms : event.visible_ms;
        /* What is added to the feed comes behind all that was read of it. */
        if (source == THREAT_INTEL && world->begun && event.visible_ms < now_ms) event.visible_ms = now_ms;
        events[made] = event;
    }
    size_t kept = settle_versions(world, source, events, made, &random);
    for (size_t i = 0; i < kept; i++) {
        log_add(log, &events[i]);
        tell(world, account, &events[i], now_ms);
    }
    return planned;
}

static void add_many(struct world *world, struct account *account, enum source source, size_t count,
                     int64_t from_ms, int64_t until_ms, int64_t now_ms)
{
    uint64_t span = until_ms > from_ms ? (uint64_t)(until_ms - from_ms) : 1;
    struct random when = {mix2(mix2(account->style.seed, account->style.account),
                               (uint64_t)source << 32 | log_of(account, source)->next_message)};
    while (count) {
        int64_t time_ms = from_ms + (int64_t)random_below(&when, span);
        count -= add_cluster(world, account, source, time_ms, until_ms, now_ms, count);
    }
    log_sort(log_of(account, source));
}

/* The usual mixture, at least one of each source where there are enough. */
static void add_mixture(struct world *world, struct account *account, size_t count, int64_t from_ms,
                        int64_t until_ms, int64_t now_ms)
{
    size_t left = count;
    unsigned parts = all_parts(world);
    int first = 0;
    while (!part_of(world, first))
        first++;
    for (int source = SOURCES - 1; source > first; source--) {
        if (!part_of(world, source)) continue;
        size_t share = count * part_of(world, source) / parts;
        if (!share && left > 1) share = 1;
        add_many(world, account, (enum source)source, share, from_ms, until_ms, now_ms);
        left -= share;
    }
    add_many(world, account, (enum source)first, left, from_ms, until_ms, now_ms);
}

void world_make(struct world *world, struct account *account, int64_t now_ms)
{
    const struct settings *settings = world->settings;
    if (account->files) return;
    account->files = siem_files_new(world, account);
    account->store = batch_store_new(world, account);
    world->begun = false;
    if (settings->events)
        add_mixture(world, account, settings->events, world->start_ms - settings->history_ms,
                    world->start_ms - settings->quiet_ms, now_ms);
    world->begun = true;
    batch_store_publish(account->store, now_ms);
    siem_files_publish(account->files, now_ms);
}

void world_begin(struct world *world, const struct settings *settings, struct fault_menu *faults,
                 int64_t now_ms, struct world_listener listener)
{
    *world = (struct world){.settings = settings,
                            .faults = faults,
                            .start_ms = now_ms / SECOND * SECOND,
                            .last_live_ms = now_ms,
                            .live_per_minute = settings->live_per_minute,
                            .account_count = settings->accounts,
                            .listener = listener};
    world->accounts = must_allocate(settings->accounts * sizeof *world->accounts);
    for (unsigned i = 0; i < settings->accounts; i++) {
        struct account *account = &world->accounts[i];
        keys_derive(settings->seed, i, 0, &account->keys);
        account->style = (struct event_style){.seed = settings->seed,
                                              .account = i,
                                              .account_code = account->keys.code,
                                              .nasty = settings->quirks,
                                              .varied = settings->quirks};
        if (!settings->lazy) world_make(world, account, world->start_ms);
    }
    world_advance(world, now_ms);
}

/* Live events come at a steady rate, one cluster at a time, as if each had happened when it was due. */
static void live(struct world *world, int64_t now_ms)
{
    double minutes = (double)(now_ms - world->last_live_ms) / MINUTE;
    if (world->live_per_minute <= 0 || minutes <= 0) {
        world->last_live_ms = now_ms;
        return;
    }
    for (size_t i = 0; i < world->account_count; i++) {
        struct account *account = &world->accounts[i];
        if (!account->files) continue;
        double due = account->live_due + minutes * world->live_per_minute, owed = due;
        bool touched[SOURCES] = {false};
        while (due >= 1) {
            uint64_t chance =
                mix2(world->settings->seed ^ 0x6c697665u, (uint64_t)i << 32 | account->live_clusters++) %
                all_parts(world);
            int source = 0;
            while (chance >= part_of(world, source))
                chance -= part_of(world, source++);
            int64_t time_ms = now_ms - (int64_t)((due - 1) / owed * (double)(now_ms - world->last_live_ms));
            due -= (double)add_cluster(world, account, (enum source)source, time_ms, now_ms, now_ms, 8);
            touched[source] = true;
        }
        for (int source = 0; source < SOURCES; source++)
            if (touched[source]) log_sort(log_of(account, (enum source)source));
        account->live_due = due;
    }
    world->last_live_ms = now_ms;
}

void world_advance(struct world *world, int64_t now_ms)
{
    live(world, now_ms);
    waiting_tell(world, now_ms);
    for (size_t i = 0; i < world->account_count; i++) {
        const struct account *account = &world->accounts[i];
        if (!account->files) continue;
        batch_store_publish(account->store, now_ms);
        siem_files_publish(account->files, now_ms);
    }
}

void world_publish(struct world *world, int64_t now_ms, struct account *account, enum source source,
                   size_t count)
{
    int64_t from_ms = now_ms - 3 * SECOND, until_ms = now_ms - SECOND;
    world->publish_at_once_ms = now_ms;
    for (size_t i = 0; i < world->account_count; i++) {
        struct account *one = &world->accounts[i];
        if (account ? account != one : !one->files) continue;
        world_make(world, one, now_ms);
        if (source == SOURCES)
            add_mixture(world, one, count, from_ms, until_ms, now_ms);
        else
            add_many(world, one, source, count, from_ms, until_ms, now_ms);
    }
    world->publish_at_once_ms = 0;
    world_advance(world, now_ms);
}

size_t world_release(struct world *world, int64_t now_ms, struct account *account, size_t count)
{
    size_t released = 0;
    for (size_t i = 0; i < world->account_count; i++) {
        struct account *one = &world->accounts[i];
        if (account && one != account) continue;
        const struct log *queue = log_of(one, HOLD_QUEUE);
        size_t left = count;
        for (size_t k = 0; k < queue->count && left; k++) {
            struct event *item = &queue->events[k];
            if (item->visible_ms > now_ms || item->gone_ms <= now_ms) continue;
            item->gone_ms = now_ms;
            waiting_leave_now(world, one, item, now_ms);
            left--;
            released++;
        }
    }
    world_advance(world, now_ms);
    return released;
}

/* What would have replaced another version, or corrected it, does not happen. */
static void take_back(struct log *log, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < log->count; i++) {
        const struct event *event = &log->events[i];
        for (size_t k = 0; event->event_ms > now_ms && k < log->count; k++)
            if (log->events[k].message == event->message && log->events[k].gone_ms == event->visible_ms)
                log->events[k].gone_ms = 0;
    }
    for (size_t i = 0; i < log->count; i++) {
        struct event event = log->events[i];
        if (event.source == HOLD_QUEUE && event.gone_ms > now_ms) event.gone_ms = 0;
        if (event.event_ms <= now_ms) log->events[kept++] = event;
    }
    log->count = kept;
}

void world_stand_still(struct world *world, int64_t now_ms)
{
    world_advance(world, now_ms);
    world->live_per_minute = 0;
    for (size_t i = 0; i < world->account_count; i++)
        for (int source = AUDIT; source < SOURCES; source++)
            if (source != SIEM_CI) take_back(log_of(&world->accounts[i], (enum source)source), now_ms);
    waiting_settle(world);
}

struct account *world_account(struct world *world, const char *name)
{
    for (size_t i = 0; i < world->account_count; i++)
        if (strcmp(world->accounts[i].keys.account, name) == 0) return &world->accounts[i];
    return NULL;
}

void world_end(struct world *world)
{
    for (size_t i = 0; i < world->account_count; i++) {
        for (int source = 0; source < SOURCES; source++)
            free(world->accounts[i].logs[source].events);
        if (world->accounts[i].files) siem_files_free(world->accounts[i].files);
        batch_store_free(world->accounts[i].store);
    }
    free(world->accounts);
    waiting_free(world);
    *world = (struct world){0};
}
