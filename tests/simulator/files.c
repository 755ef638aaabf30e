#include "files.h"
#include "batch.h"
#include "random.h"
#include "times.h"
#include "token.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct siem_files {
    struct world *world;
    struct account *account;
    struct batch *batches;
    size_t batch_count, batch_capacity;
    uint64_t member_total;
};

struct siem_files *siem_files_new(struct world *world, struct account *account)
{
    struct siem_files *files = must_allocate(sizeof *files);
    *files = (struct siem_files){.world = world, .account = account};
    return files;
}

void siem_files_free(struct siem_files *files)
{
    for (size_t i = 0; i < files->batch_count; i++) {
        free(files->batches[i].events);
        free(files->batches[i].members);
        free(files->batches[i].salvageable);
    }
    free(files->batches);
    free(files);
}

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_publication(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    int order = compare(a->visible_ms, b->visible_ms);
    if (!order) order = compare(a->event_ms, b->event_ms);
    return order ? order : compare(a->sequence, b->sequence);
}

static uint8_t server_of(const struct event *event)
{
    return event->message % 2;
}

static int by_member(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    int order = compare(a->type, b->type);
    if (!order) order = compare(server_of(a), server_of(b));
    return order ? order : by_publication(left, right);
}

static void name_member(struct batch *batch, struct member *member, bool quirks)
{
    static const char *const prefixes[SIEM_TYPES] = {
        "receipt",         "process", "delivery", "jrnl",          "av_tse",
        "spameventthread", "ttp_url", "ttp_ap",   "impersonation", "iep"};
    struct text time = {0};
    time_compact(&time, batch->publish_ms);
    uint64_t chance = mix2(batch->number, member->first) % 100;
    const char *directory = quirks && chance == 0 ? "../../tmp/" : "";
    const char *prefix = quirks && chance == 1 ? "mta" : prefixes[member->type];
    snprintf(member->name, sizeof member->name, "%s%s_%s_eu-mta-%u_%" PRIu64, directory, prefix, time.data,
             member->server + 1u, batch->number);
    text_free(&time);
}

static void cut_into_members(struct batch *batch, bool quirks)
{
    qsort(batch->events, batch->event_count, sizeof *batch->events, by_member);
    batch->members = must_allocate(2 * SIEM_TYPES * sizeof *batch->members);
    for (size_t i = 0; i < batch->event_count || i == 0; i++) {
        const struct event *event = batch->event_count ? &batch->events[i] : NULL;
        struct member *last = batch->member_count ? &batch->members[batch->member_count - 1] : NULL;
        if (!last || last->type != event->type || last->server != server_of(event)) {
            last = &batch->members[batch->member_count++];
            *last = (struct member){
                .type = event ? event->type : 0, .server = event ? server_of(event) : 0, .first = i};
            name_member(batch, last, quirks);
        }
        last->count += event != NULL;
    }
}

static bool fits_file(enum fault fault, const void *batch)
{
    (void)batch;
    return fault_is_damage(fault);
}

static void add_batch(struct siem_files *files, int64_t publish_ms, const struct event *events, size_t count)
{
    const struct world *world = files->world;
    const struct account *account = files->account;
    bool quirks = world->settings->quirks;
    if (files->batch_count == files->batch_capacity) {
        files->batch_capacity = files->batch_capacity ? files->batch_capacity * 2 : 16;
        files->batches = must_grow(files->batches, files->batch_capacity * sizeof *files->batches);
    }
    struct batch *batch = &files->batches[files->batch_count];
    *batch =
        (struct batch){.publish_ms = publish_ms,
                       .number = files->batch_count,
                       .first_member = files->member_total,
                       .event_count = count,
                       .layout = quirks ? (enum zip_layout)(files->batch_count % ZIP_LAYOUTS) : ZIP_DEFLATED,
                       .empty_zip = count == 0};
    batch->events = must_allocate(count * sizeof *events);
    if (count) memcpy(batch->events, events, count * sizeof *events);
    snprintf(batch->name, sizeof batch->name, "siem_%s_%zu", account->keys.code, files->batch_count);
    cut_into_members(batch, quirks);
    uint64_t seed = mix2(world->settings->seed ^ account->style.account, batch->number);
    batch->damage.fault = fault_draw(world->faults, world->settings->seed, account->style.account, SIEM,
                                     batch->number, true, fits_file, batch)
                              .fault;
    batch->damage.seed = seed;
    if (batch->damage.fault) world->faults->given[batch->damage.fault]++;
    batch_assess(batch, &account->style);
    files->member_total += batch->member_count;
    files->batch_count++;
}

static void tell(const struct siem_files *files, const struct batch *batch,
                 void (*each)(void *context, const struct account *account, const struct event *event,
                              bool salvageable, const char *file, const char *member),
                 void *context)
{
    for (size_t m = 0; m < batch->member_count; m++)
        for (size_t i = 0; i < batch->members[m].count; i++) {
            size_t index = batch->members[m].first + i;
            each(context, files->account, &batch->events[index],
                 !batch->salvageable || batch->salvageable[index], batch->name, batch->members[m].name);
        }
}

void siem_files_each(const struct siem_files *files,
                     void (*each)(void *context, const struct account *account, const struct event *event,
                                  bool salvageable, const char *file, const char *member),
                     void *context)
{
    for (size_t i = 0; i < files->batch_count; i++)
        tell(files, &files->batches[i], each, context);
}

void siem_files_publish(struct siem_files *files, int64_t now_ms)
{
    struct log *pending = &files->account->logs[SIEM];
    const struct settings *settings = files->world->settings;
    const struct world_listener *listener = &files->world->listener;
    if (pending->count) qsort(pending->events, pending->count, sizeof *pending->events, by_publication);
    size_t done = 0, before = files->batch_count;
    while (done < pending->count && pending->events[done].visible_ms <= now_ms) {
        int64_t publish_ms = pending->events[done].visible_ms;
        size_t end = done;
        while (end < pending->count && pending->events[end].visible_ms == publish_ms &&
               (end - done < settings->events_per_file ||
                pending->events[end].sequence == pending->events[end - 1].sequence))
            end++;
        add_batch(files, publish_ms, pending->events + done, end - done);
        done = end;
        /* A server that had nothing to say and wrote an empty zip. */
        if (settings->quirks && files->batch_count % 7 == 3) add_batch(files, publish_ms, NULL, 0);
    }
    pending->count -= done;
    if (done) memmove(pending->events, pending->events + done, pending->count * sizeof *pending->events);
    for (size_t i = before; i < files->batch_count; i++)
        tell(files, &files->batches[i], listener->visible, listener->context);
}

/* The batch that holds member number `position`. */
static const struct batch *batch_at(const struct siem_files *files, uint64_t position)
{
    size_t low = 0, high = files->batch_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (files->batches[middle].first_member + files->batches[middle].member_count <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < files->batch_count ? &files->batches[low] : NULL;
}

static void seal_position(const struct siem_files *files, uint64_t position, uint64_t nonce,
                          struct siem_answer *answer)
{
    char content[64];
    snprintf(content, sizeof content, "siem %u %" PRIu64, files->account->style.account, position);
    token_seal(&answer->token, files->world->settings->seed, nonce, content);
    answer->has_token = true;
}

static bool open_position(const struct siem_files *files, const char *token, uint64_t *position)
{
    struct text content = {0};
    unsigned account = 0;
    bool good = token_open(files->world->settings->seed, token, &content) &&
                sscanf(content.data, "siem %u %" SCNu64, &account, position) == 2 &&
                account == files->account->style.account && *position <= files->member_total;
    text_free(&content);
    return good;
}

static uint64_t oldest_position(const struct siem_files *files, int64_t oldest_ms)
{
    size_t i = 0;
    while (i < files->batch_count && files->batches[i].publish_ms < oldest_ms)
        i++;
    return i < files->batch_count ? files->batches[i].first_member : files->member_total;
}

enum siem_result siem_files_answer(const struct siem_files *files, const struct siem_question *question,
                                   int64_t now_ms, uint64_t nonce, struct siem_answer *answer)
{
    const struct settings *settings = files->world->settings;
    int64_t oldest_ms = now_ms - settings->retention_ms;
    uint64_t position = oldest_position(files, oldest_ms);
    if (question->token) {
        if (!open_position(files, question->token, &position)) return SIEM_FOREIGN_TOKEN;
        if (position && batch_at(files, position - 1)->publish_ms < oldest_ms) return SIEM_EXPIRED_TOKEN;
    }
    const struct batch *batch = batch_at(files, position);
    if (!batch) {
        /* With the old place in a new spelling, or without a token. */
        if (!settings->quirks || nonce % 2) seal_position(files, position, nonce, answer);
        return SIEM_NOTHING_NEW;
    }
    answer->number = batch->number;
    struct damage damage = batch->damage;
    if (damage.fault == FAULT_NONE && question->damage != FAULT_NONE) {
        damage = (struct damage){question->damage, question->damage_seed};
        answer->damaged = true;
    }
    const char *ending = question->key_value ? "siem" : "json";
    if (question->compress) {
        batch_zip(&answer->body, &files->account->style, batch, question->key_value, damage);
        text_printf(&answer->file_name, "%s.zip", batch->name);
        position = batch->first_member + batch->member_count;
    } else {
        size_t member = (size_t)(position - batch->first_member);
        batch_plain(&answer->body, &files->account->style, batch, member, question->key_value, damage);
        text_printf(&answer->file_name, "%s.%s", batch->members[member].name, ending);
        position++;
    }
    seal_position(files, position, nonce, answer);
    return SIEM_FILE;
}
