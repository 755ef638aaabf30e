/* get-feed: from the checked question to the next file of threat intelligence, or "no result". */
#include "random.h"
#include "service.h"
#include "times.h"
#include "token.h"
#include "zip.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS_PER_FILE = 25 };

/* The last object that was read. The feed goes by when an object was added to it. */
struct feed_place {
    int64_t visible_ms;
    uint32_t sequence;
};

struct feed_question {
    enum feed feed;
    bool stix, compress, begins; /* begins: without a token */
    int64_t start_ms, end_ms;
    struct feed_place after;
};

static const cJSON *member(const struct question *question, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(question->item, name);
}

static void seal_place(const struct service *service, const struct account *account, enum feed feed,
                       const struct event *last, struct text *out)
{
    struct text content = {0};
    text_printf(&content, "feed %u %u %" PRId64 " %" PRIu32, account->style.account, (unsigned)feed,
                last->visible_ms, last->sequence);
    token_seal(out, service->settings->seed, service->nonce, content.data);
    text_free(&content);
}

static bool open_place(const struct service *service, const struct account *account, const char *token,
                       struct feed_question *wanted)
{
    struct text content = {0};
    unsigned owner = 0, feed = 0;
    bool good = token_open(service->settings->seed, token, &content) &&
                sscanf(content.data, "feed %u %u %" SCNd64 " %" SCNu32, &owner, &feed,
                       &wanted->after.visible_ms, &wanted->after.sequence) == 4 &&
                owner == account->style.account && feed == (unsigned)wanted->feed;
    text_free(&content);
    return good;
}

static bool read_feed_question(const struct service *service, const struct caller *caller,
                               const struct question *question, int64_t now_ms, struct feed_question *wanted,
                               struct violation *violation)
{
    const cJSON *file_type = member(question, "fileType"), *token = member(question, "token");
    const cJSON *start = member(question, "start"), *end = member(question, "end");
    *wanted = (struct feed_question){.stix = file_type && strcmp(file_type->valuestring, "stix") == 0,
                                     .compress = cJSON_IsTrue(member(question, "compress")),
                                     .begins = !token,
                                     .start_ms = now_ms - (int64_t)caller->endpoint->default_days * DAY,
                                     .end_ms = now_ms};
    if (strcmp(member(question, "feedType")->valuestring, "malware_grid") == 0) wanted->feed = FEED_GRID;
    if (start) time_parse_iso(start->valuestring, &wanted->start_ms);
    if (end) time_parse_iso(end->valuestring, &wanted->end_ms);
    if (wanted->start_ms > wanted->end_ms)
        return violate(violation, "range-order", 400, "err_validation_date_range", "start", "lies after end");
    int64_t ahead_ms = wanted->end_ms - service_shown_now(service);
    if (ahead_ms > MINUTE) {
        violate(violation, "range-in-future", 400, "err_validation_date_range", "end",
                "lies %lld s in the future", (long long)(ahead_ms / SECOND));
        int64_t believed_ms = service_date_offset(service, caller->account, now_ms);
        if (believed_ms > 0 && ahead_ms <= believed_ms + MINUTE) violation->rule = NULL;
        return false;
    }
    return !token || open_place(service, caller->account, token->valuestring, wanted) ||
           violate(violation, "feed-token", 400, "err_threat_intel_feed_invalid_token", "token",
                   "is not a token of this feed and account");
}

static int by_addition(const void *left, const void *right)
{
    const struct event *a = *(const struct event *const *)left, *b = *(const struct event *const *)right;
    if (a->visible_ms != b->visible_ms) return a->visible_ms < b->visible_ms ? -1 : 1;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static bool is_wanted(const struct event *event, const struct feed_question *wanted, int64_t now_ms)
{
    if (event->type != wanted->feed || event->visible_ms > now_ms) return false;
    if (wanted->begins) return event->event_ms >= wanted->start_ms && event->event_ms <= wanted->end_ms;
    return event->visible_ms != wanted->after.visible_ms ? event->visible_ms > wanted->after.visible_ms
                                                         : event->sequence > wanted->after.sequence;
}

static void write_stix(struct text *out, const struct account *account, const struct event *const *events,
                       size_t count, uint64_t nonce)
{
    text_printf(out,
                "{\"type\":\"bundle\",\"id\":\"bundle--%08x-0000-4000-a000-%012llx\",\"spec_version\":"
                "\"2.0\",\"objects\":[",
                (unsigned)nonce, (unsigned long long)(nonce >> 16));
    for (size_t i = 0; i < count; i++) {
        if (i) text_put(out, ',');
        event_write(out, &account->style, events[i]);
    }
    text_puts(out, "]}");
}

/* One line for each object. */
static void write_csv(struct text *out, const struct account *account, const struct event *const *events,
                      size_t count)
{
    text_puts(out, "Type|Modified|Marker\n");
    for (size_t i = 0; i < count; i++) {
        char marker[MARKER_SIZE];
        event_marker(&account->style, events[i], marker);
        text_printf(out, "%s|", event_type_name(events[i]));
        time_iso(out, events[i]->event_ms, 0, false);
        text_printf(out, "|%s\n", marker);
    }
}

static void write_file(struct http_reply *reply, const struct feed_question *wanted, struct text *file,
                       uint64_t nonce)
{
    char name[64];
    snprintf(name, sizeof name, "%s_%08x.%s", wanted->feed == FEED_GRID ? "malware_grid" : "malware_customer",
             (unsigned)nonce, wanted->stix ? "json" : "csv");
    http_header(reply, "Content-Type",
                wanted->compress ? "application/zip"
                : wanted->stix   ? "application/json"
                                 : "text/csv");
    http_header(reply, "Content-Disposition", "attachment; filename=\"%s%s\"", name,
                wanted->compress ? ".zip" : "");
    if (!wanted->compress) {
        text_append(&reply->body, file->data, file->size);
        return;
    }
    struct zip zip = {0};
    zip_add(&zip, (enum zip_layout)(nonce % ZIP_LAYOUTS), name, file->data, file->size);
    zip_end(&zip, false);
    text_append(&reply->body, zip.bytes.data, zip.bytes.size);
    zip_free(&zip);
}

static void write_nothing(struct http_reply *reply, unsigned way)
{
    static const unsigned statuses[] = {200, 404};
    http_header(reply, "Content-Type", "application/json");
    text_printf(&reply->body,
                "{\"meta\":{\"status\":%u},\"data\":[],\"fail\":[{\"errors\":[{\"code\":"
                "\"err_threat_intel_feed_no_result_found\",\"message\":\"No results found\",\"retryable\":"
                "false}]}]}",
                statuses[way % 2]);
}

bool threat_feed_answer(struct service *service, const struct caller *caller, const struct question *question,
                        int64_t now_ms, struct http_reply *reply, struct violation *violation)
{
    struct account *account = caller->account;
    struct feed_question wanted;
    if (account->without_threat_feed) {
        violate(violation, NULL, 403, "err_threat_intel_feed_not_enabled", NULL,
                "the threat intelligence feed is not enabled for this account");
        return false;
    }
    if (!read_feed_question(service, caller, question, now_ms, &wanted, violation)) return false;
    const struct log *log = &account->logs[THREAT_INTEL];
    const struct event **events = must_allocate((log->count + 1) * sizeof *events);
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++)
        if (is_wanted(&log->events[i], &wanted, now_ms)) events[count++] = &log->events[i];
    qsort(events, count, sizeof *events, by_addition);
    size_t given = count < OBJECTS_PER_FILE ? count : OBJECTS_PER_FILE;
    reply->status = 200;
    if (given) {
        struct text file = {0};
        if (wanted.stix)
            write_stix(&file, account, events, given, service->nonce);
        else
            write_csv(&file, account, events, given);
        write_file(reply, &wanted, &file, service->nonce);
        text_free(&file);
        /* The last file may still grow: some have no token then, and a reader keeps the one before. */
        if (given < count || given == OBJECTS_PER_FILE || !service->settings->quirks || service->nonce % 4) {
            struct text token = {0};
            seal_place(service, account, wanted.feed, events[given - 1], &token);
            http_header(reply, "x-mc-threat-feed-next-token", "%s", token.data);
            text_free(&token);
        }
    } else {
        write_nothing(reply, service->settings->quirks ? (unsigned)service->nonce >> 4 : 0);
    }
    free(events);
    return true;
}
