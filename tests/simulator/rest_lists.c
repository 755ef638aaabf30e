/* Lists of API 2.0's newer kind: reported emails (pages are counted) and threats (a token leads on). Asked
 * with a query, answered without an envelope. */
#include "pages.h"
#include "query.h"
#include "random.h"
#include "service.h"
#include "times.h"
#include "token.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPORTS_PER_PAGE = 25, THREATS_PER_PAGE = 25, THREATS_PER_ANSWER = 5 }; /* if nothing is said */

struct rest_range {
    int64_t from_ms, to_ms;
    uint64_t query; /* hash of what must not change between pages */
};

static bool read_range(const struct service *service, const struct caller *caller,
                       const struct question *question, int64_t now_ms, struct rest_range *range,
                       struct violation *violation)
{
    const struct endpoint *endpoint = caller->endpoint;
    const char *from = query_text(question, endpoint->from), *to = query_text(question, endpoint->to);
    *range = (struct rest_range){.from_ms = now_ms - (int64_t)endpoint->default_days * DAY, .to_ms = now_ms};
    if (from) time_parse_instant(from, &range->from_ms);
    if (to) time_parse_instant(to, &range->to_ms);
    range->query = mix2(mix_text(1, from ? from : "", from ? strlen(from) : 0),
                        mix_text(2, to ? to : "", to ? strlen(to) : 0));
    if (range->from_ms > range->to_ms)
        return violate(violation, "range-order", 400, "err_validation_date_range", endpoint->from,
                       "lies after %s", endpoint->to);
    int64_t ahead_ms = range->to_ms - service_shown_now(service);
    if (ahead_ms > MINUTE) {
        violate(violation, "range-in-future", 400, "err_validation_date_range", endpoint->to,
                "lies %lld s in the future", (long long)(ahead_ms / SECOND));
        int64_t believed_ms = service_date_offset(service, caller->account, now_ms);
        if (believed_ms > 0 && ahead_ms <= believed_ms + MINUTE) violation->rule = NULL;
        return false;
    }
    static const char *const filters[] = {"analysis", "status", "direction", "source"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (query_text(question, filters[i]))
            return violate(violation, "filter", 400, "err_simulator_filter", filters[i],
                           "a collector that filters loses events; the simulator does not filter");
    return true;
}

static void write_rows(struct text *out, const struct account *account, const struct selection *rows,
                       size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        if (i > start) text_put(out, ',');
        event_write(out, &account->style, rows->events[i]);
    }
}

/* The URL of the next page: the same question, another offset. */
static void write_next_page(struct text *out, const struct service *service, const struct caller *caller,
                            const struct question *question, size_t page_size, size_t offset)
{
    text_printf(out, ",\"nextPage\":\"https://127.0.0.1:%u%s?pageSize=%zu&offset=%zu", service->port,
                caller->endpoint->path, page_size, offset);
    const char *const names[] = {caller->endpoint->from, caller->endpoint->to};
    for (size_t i = 0; i < 2; i++) {
        const char *value = query_text(question, names[i]);
        if (!value) continue;
        text_printf(out, "&%s=", names[i]);
        for (; *value; value++) {
            if (*value == '+')
                text_puts(out, "%2B");
            else
                text_put(out, *value);
        }
    }
    text_put(out, '"');
}

static void answer_reports(const struct service *service, const struct caller *caller,
                           const struct question *question, const struct rest_range *range, int64_t now_ms,
                           struct text *out)
{
    const struct account *account = caller->account;
    size_t page_size = query_number(question, "pageSize", REPORTS_PER_PAGE);
    size_t offset = query_number(question, "offset", 0);
    struct selection rows =
        selection_of(&account->logs[REPORTED_EMAILS], range->from_ms, range->to_ms, false, false, now_ms);
    size_t start = offset * page_size < rows.count ? offset * page_size : rows.count;
    size_t end = start + page_size < rows.count ? start + page_size : rows.count;
    /* One page more than there are, now and then: it is empty. */
    bool trailing = service->settings->quirks && end == rows.count && end > start && range->query % 3 == 0;
    text_printf(out, "{\"meta\":{\"pageSize\":%zu", end - start);
    if (end < rows.count || trailing) write_next_page(out, service, caller, question, page_size, offset + 1);
    text_puts(out, "},\"value\":[");
    write_rows(out, account, &rows, start, end);
    text_puts(out, "]}");
    free(rows.events);
}

/* A page begins behind the last event of the one before; in which order is part of the token. */
static bool open_place(const struct service *service, const struct account *account, const char *token,
                       uint64_t query, struct event *last, struct violation *violation)
{
    struct text content = {0};
    unsigned owner = 0;
    uint64_t asked = 0;
    bool good = token_open(service->settings->seed, token, &content) &&
                sscanf(content.data, "threats %u %" SCNx64 " %" SCNd64 " %" SCNu32, &owner, &asked,
                       &last->event_ms, &last->sequence) == 4 &&
                owner == account->style.account;
    text_free(&content);
    if (!good)
        return violate(violation, "page-token", 400, "err_invalid_page_token", "pageToken",
                       "is not a token of this endpoint and account");
    return asked == query || violate(violation, "page-data-changed", 400, "err_invalid_page_token",
                                     "pageToken", "belongs to a query with other parameters");
}

static bool is_behind(const struct event *event, const struct event *last, bool oldest_first)
{
    if (event->event_ms != last->event_ms) return (event->event_ms > last->event_ms) == oldest_first;
    return event->sequence != last->sequence && (event->sequence > last->sequence) == oldest_first;
}

static bool answer_threats(const struct service *service, const struct caller *caller,
                           const struct question *question, const struct rest_range *range, int64_t now_ms,
                           struct text *out, struct violation *violation)
{
    const struct account *account = caller->account;
    const char *order = query_text(question, "orderBy"), *token = query_text(question, "pageToken");
    bool oldest_first = order && strcmp(order, "timestamp:asc") == 0;
    uint64_t query = mix2(range->query, oldest_first);
    struct event last = {0};
    if (token && !open_place(service, account, token, query, &last, violation)) return false;
    size_t page_size = query_number(question, "pageSize", THREATS_PER_PAGE);
    size_t limit = query_number(question, "limit", THREATS_PER_ANSWER);
    if (limit < page_size) page_size = limit;
    struct selection rows = selection_of(&account->logs[THREAT_EVENTS], range->from_ms, range->to_ms,
                                         oldest_first, false, now_ms);
    size_t start = 0;
    while (token && start < rows.count && !is_behind(rows.events[start], &last, oldest_first))
        start++;
    size_t end = start + page_size < rows.count ? start + page_size : rows.count;
    text_puts(out, "{\"meta\":{\"pagination\":{");
    bool trailing = service->settings->quirks && end > start && query % 3 == 0;
    if (end < rows.count || trailing) {
        char content[120];
        snprintf(content, sizeof content, "threats %u %016" PRIx64 " %" PRId64 " %" PRIu32,
                 account->style.account, query, rows.events[end - 1]->event_ms,
                 rows.events[end - 1]->sequence);
        text_puts(out, "\"nextPageToken\":\"");
        token_seal(out, service->settings->seed, service->nonce, content);
        text_puts(out, "\",");
    }
    text_printf(out, "\"pageSize\":%zu}},\"%s\":[", end - start,
                service->settings->quirks && query % 2 ? "data" : "events");
    write_rows(out, account, &rows, start, end);
    text_puts(out, "]}");
    free(rows.events);
    return true;
}

bool rest_list_answer(const struct service *service, const struct caller *caller,
                      const struct question *question, int64_t now_ms, struct http_reply *reply,
                      struct violation *violation)
{
    struct rest_range range;
    if (!read_range(service, caller, question, now_ms, &range, violation)) return false;
    if (caller->endpoint->source == REPORTED_EMAILS)
        answer_reports(service, caller, question, &range, now_ms, &reply->body);
    else if (!answer_threats(service, caller, question, &range, now_ms, &reply->body, violation))
        return false;
    reply->status = 200;
    http_header(reply, "Content-Type", "application/json");
    return true;
}
