#include "pages.h"
#include "random.h"
#include "times.h"
#include "token.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AUDIT_DAYS = 60 };
enum { MAILBOXES = 16 }; /* of a customer: one has so small a share */

struct window {
    int64_t from_ms, to_ms; /* both inclusive */
    bool oldest_first;
    bool own_mailbox; /* only what concerns the mailbox of who asks */
    uint64_t query;   /* hash of the request's data */
};

/* Where the next page starts. A real server counts or remembers the last record; here, counting (which shifts
 * when a late record appears) is one of the quirks. */
struct place {
    size_t offset;
    int64_t event_ms;
    uint32_t sequence;
    int64_t issued_ms;
};

static bool read_window(const struct world *world, const struct endpoint *endpoint, const cJSON *item,
                        int64_t now_ms, int64_t date_offset_ms, struct window *window,
                        struct violation *violation)
{
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(item, endpoint->from);
    const cJSON *to = cJSON_GetObjectItemCaseSensitive(item, endpoint->to);
    *window = (struct window){.from_ms = now_ms / DAY * DAY, .to_ms = now_ms};
    if (endpoint->default_days) window->from_ms = now_ms - endpoint->default_days * DAY;
    window->own_mailbox =
        endpoint->only_own_mailbox && !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "admin"));
    if (from) time_parse_iso(from->valuestring, &window->from_ms);
    if (to) time_parse_iso(to->valuestring, &window->to_ms);
    window->oldest_first = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "oldestFirst"));
    char *printed = cJSON_PrintUnformatted(item);
    window->query = mix_text((uint64_t)endpoint->source, printed, strlen(printed));
    free(printed);
    if (window->from_ms > window->to_ms)
        return violate(violation, "range-order", 400, "err_validation_date_range", endpoint->from,
                       "lies after %s", endpoint->to);
    int64_t ahead_ms = window->to_ms - now_ms - world->clock_off_ms;
    if (ahead_ms > MINUTE) {
        violate(violation, "range-in-future", 400, "err_validation_date_range", endpoint->to,
                "lies %lld s in the future", (long long)(ahead_ms / SECOND));
        if (date_offset_ms > 0 && ahead_ms <= date_offset_ms + MINUTE) violation->rule = NULL;
        return false;
    }
    static const char *const filters[] = {
        "route",           "scanResult", "result", "routes",   "actions",  "identifiers", "searchField",
        "taggedMalicious", "categories", "query",  "searchBy", "filterBy", "mailbox"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        const cJSON *filter = cJSON_GetObjectItemCaseSensitive(item, filters[i]);
        if (filter && !(cJSON_IsString(filter) && strcmp(filter->valuestring, "all") == 0))
            return violate(violation, "filter", 400, "err_simulator_filter", filters[i],
                           "a collector that filters loses events; the simulator does not filter");
    }
    return true;
}

static size_t first_at(const struct log *log, int64_t ms)
{
    size_t low = 0, high = log->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (log->events[middle].event_ms < ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct selection selection_of(const struct log *log, int64_t from_ms, int64_t to_ms, bool oldest_first,
                              bool own_mailbox, int64_t now_ms)
{
    size_t start = first_at(log, from_ms), end = first_at(log, to_ms / SECOND * SECOND + SECOND);
    struct selection selection = {0};
    selection.events = must_allocate((end > start ? end - start : 1) * sizeof *selection.events);
    for (size_t i = start; i < end; i++) {
        const struct event *event = &log->events[oldest_first ? i : end - 1 - (i - start)];
        bool kept = event->source != AUDIT || event->event_ms >= now_ms - AUDIT_DAYS * DAY;
        if (own_mailbox && event->message % MAILBOXES) continue;
        kept = kept && (!event->gone_ms || now_ms < event->gone_ms);
        if (kept && event->visible_ms <= now_ms) selection.events[selection.count++] = event;
    }
    return selection;
}

static void seal_place(const struct world *world, const struct account *account,
                       const struct endpoint *endpoint, const struct window *window,
                       const struct place *place, uint64_t nonce, struct text *out)
{
    char content[160];
    snprintf(content, sizeof content, "page %d %u %016" PRIx64 " %zu %" PRId64 " %" PRIu32 " %" PRId64,
             (int)endpoint->source, account->style.account, window->query, place->offset, place->event_ms,
             place->sequence, place->issued_ms);
    token_seal(out, world->settings->seed, nonce, content);
}

static bool open_place(const struct world *world, const struct account *account,
                       const struct endpoint *endpoint, const struct window *window, const char *token,
                       int64_t now_ms, struct place *place, struct violation *violation)
{
    struct text content = {0};
    int source = 0;
    unsigned owner = 0;
    uint64_t query = 0;
    bool opened =
        token_open(world->settings->seed, token, &content) &&
        sscanf(content.data, "page %d %u %" SCNx64 " %zu %" SCNd64 " %" SCNu32 " %" SCNd64, &source, &owner,
               &query, &place->offset, &place->event_ms, &place->sequence, &place->issued_ms) == 7;
    text_free(&content);
    if (!opened || source != (int)endpoint->source || owner != account->style.account)
        return violate(violation, "page-token", 400, "err_invalid_page_token", "pageToken",
                       "is not a token of this endpoint and account");
    if (query != window->query)
        return violate(violation, "page-data-changed", 400, "err_invalid_page_token", "pageToken",
                       "belongs to a query with other data");
    if (now_ms - place->issued_ms > world->settings->token_lifetime_ms) {
        violate(violation, NULL, 400, "err_invalid_page_token", "pageToken", "has expired");
        return false;
    }
    return true;
}

static bool same_group(const struct event *a, const struct event *b)
{
    return a->sequence == b->sequence;
}

/* Index of the first event of the page. Never inside a group of equal events: a reader could not tell the
 * second half of one from a repeat. (Groups have two; pages of one event cannot keep them together.) */
static size_t page_start(const struct world *world, const struct selection *selection,
                         const struct window *window, const struct place *place, size_t page_size)
{
    size_t start = place->offset < selection->count ? place->offset : selection->count;
    if (!world->settings->quirks && place->offset) {
        for (start = 0; start < selection->count; start++) {
            const struct event *event = selection->events[start];
            bool beyond = event->event_ms != place->event_ms
                              ? (event->event_ms > place->event_ms) == window->oldest_first
                              : event->sequence != place->sequence &&
                                    (event->sequence > place->sequence) == window->oldest_first;
            if (beyond) break;
        }
    }
    if (page_size > 1 && start && start < selection->count &&
        same_group(selection->events[start - 1], selection->events[start]))
        start--;
    return start;
}

static size_t page_end(const struct selection *selection, size_t start, size_t page_size)
{
    size_t end = start + page_size < selection->count ? start + page_size : selection->count, whole = end;
    while (whole > start && whole < selection->count &&
           same_group(selection->events[whole - 1], selection->events[whole]))
        whole--;
    return whole > start ? whole : end;
}

static void write_events(struct text *out, const struct account *account, const struct selection *selection,
                         size_t start, size_t end, uint64_t nonce)
{
    struct event_style style = account->style;
    if (style.nasty) style.token_nonce = nonce | 1;
    for (size_t i = start; i < end; i++) {
        if (i > start) text_put(out, ',');
        event_write(out, &style, selection->events[i]);
    }
}

/* The many ways of saying that there is nothing. */
static void write_empty(struct text *out, const struct endpoint *endpoint, unsigned way)
{
    switch (way) {
    case 0:
        text_puts(out, "{\"meta\":{\"status\":200},\"data\":[],\"fail\":[]}");
        return;
    case 1:
        text_puts(out, "{\"meta\":{\"pagination\":{\"pageSize\":0},\"status\":200},\"fail\":[]}");
        return;
    case 2:
        if (endpoint->list) {
            text_printf(out,
                        "{\"meta\":{\"pagination\":{\"pageSize\":0},\"status\":200},\"data\":[{\"%s\":[]}],"
                        "\"fail\":[]}",
                        endpoint->list);
            return;
        }
        break;
    default:
        break;
    }
    text_puts(out, "{\"meta\":{\"pagination\":{\"pageSize\":0},\"status\":200},\"data\":[],\"fail\":[]}");
}

static void write_page(struct text *out, const struct endpoint *endpoint, const struct account *account,
                       const struct selection *selection, size_t start, size_t end, const char *next,
                       bool pagination, uint64_t nonce)
{
    text_puts(out, "{\"meta\":{");
    if (pagination) {
        text_printf(out, "\"pagination\":{\"pageSize\":%zu", end - start);
        if (endpoint->total_count) text_printf(out, ",\"totalCount\":%zu", selection->count);
        if (next) text_printf(out, ",\"next\":\"%s\"", next);
        text_puts(out, "},");
    }
    text_puts(out, "\"status\":200},\"data\":[");
    if (endpoint->list) text_printf(out, "{\"%s\":[", endpoint->list);
    write_events(out, account, selection, start, end, nonce);
    if (endpoint->list) text_puts(out, "]");
    if (endpoint->source == TTP_IMPERSONATION) text_printf(out, ",\"resultCount\":%zu", end - start);
    text_puts(out, endpoint->list ? "}],\"fail\":[]}" : "],\"fail\":[]}");
}

bool pages_answer(const struct world *world, const struct account *account, const struct endpoint *endpoint,
                  const struct question *question, int64_t now_ms, int64_t date_offset_ms, uint64_t nonce,
                  struct http_reply *reply, struct violation *violation)
{
    struct window window;
    struct place place = {0};
    if (!read_window(world, endpoint, question->item, now_ms, date_offset_ms, &window, violation))
        return false;
    if (question->page_token &&
        !open_place(world, account, endpoint, &window, question->page_token, now_ms, &place, violation))
        return false;

    bool quirks = world->settings->quirks;
    struct selection selection = selection_of(&account->logs[endpoint->source], window.from_ms, window.to_ms,
                                              window.oldest_first, window.own_mailbox, now_ms);
    size_t start = page_start(world, &selection, &window, &place, question->page_size);
    size_t end = page_end(&selection, start, question->page_size);
    bool last = end == selection.count;
    /* A token behind the last record leads to an empty page, which may even carry such a token itself. */
    bool trailing =
        quirks && last && selection.count &&
        (end > start ? endpoint->source == AUDIT || window.query % 2 == 0 : window.query % 4 == 0);
    struct text next = {0};
    if (!last || trailing) {
        struct place after = {.offset = end, .issued_ms = now_ms};
        if (end) {
            after.event_ms = selection.events[end - 1]->event_ms;
            after.sequence = selection.events[end - 1]->sequence;
        }
        seal_place(world, account, endpoint, &window, &after, nonce, &next);
    }
    if (start == end && !next.size)
        write_empty(&reply->body, endpoint, quirks ? (unsigned)(window.query / 8 % 4) : 3);
    else
        write_page(&reply->body, endpoint, account, &selection, start, end, next.data,
                   next.size || !quirks || window.query % 5, nonce);
    text_free(&next);
    free(selection.events);
    if (window.own_mailbox)
        violate(violation, "own-mailbox", 200, "", "admin",
                "only one mailbox was asked for: \"admin\":true gives the whole account");
    reply->status = 200;
    http_header(reply, "Content-Type", nonce % 2 ? "application/json" : "application/json;charset=UTF-8");
    return true;
}
