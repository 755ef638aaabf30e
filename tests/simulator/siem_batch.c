/* /siem/v1/batch/events/cg and ci: from the question to the page of links. */
#include "batches.h"
#include "random.h"
#include "service.h"
#include "times.h"
#include "token.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Where the next page starts, and how many empty pages came since the last file. */
struct batch_place {
    uint64_t position;
    unsigned empty_pages;
    int64_t end_ms, issued_ms;
};

static void seal_batch_place(const struct service *service, const struct caller *caller, unsigned type,
                             const struct batch_place *place, uint64_t nonce, struct text *out)
{
    char content[140];
    snprintf(content, sizeof content, "batch %u %u %" PRIu64 " %u %" PRId64 " %" PRId64,
             caller->account->style.account, type, place->position, place->empty_pages, place->end_ms,
             place->issued_ms);
    token_seal(out, service->settings->seed, nonce, content);
}

static bool open_batch_place(const struct service *service, const struct caller *caller,
                             const struct batch_question *question, int64_t now_ms, struct batch_place *place,
                             struct violation *violation)
{
    static const char code[] = "Request Validation Failed";
    struct text content = {0};
    unsigned account = 0, type = 0;
    bool opened = token_open(service->settings->seed, question->token, &content) &&
                  sscanf(content.data, "batch %u %u %" SCNu64 " %u %" SCNd64 " %" SCNd64, &account, &type,
                         &place->position, &place->empty_pages, &place->end_ms, &place->issued_ms) == 6;
    text_free(&content);
    if (!opened || account != caller->account->style.account || type != question->type)
        return violate(violation, "batch-token", 400, code, "nextPage",
                       "nextPage is not a token of this account and type");
    return now_ms - place->issued_ms <= service->settings->retention_ms ||
           violate(violation, NULL, 400, code, "nextPage",
                   "nextPage is outdated: events are kept for 7 days");
}

static uint64_t first_stored(const struct batch_list *list, int64_t oldest_ms)
{
    uint64_t first = 0;
    while (first < list->count && list->files[first].publish_ms < oldest_ms)
        first++;
    return first;
}

static void write_files(const struct service *service, const struct caller *caller, unsigned type,
                        uint64_t from, uint64_t until, int64_t now_ms, struct text *out)
{
    bool quirks = service->settings->quirks;
    struct batch_store *store = caller->account->store;
    struct batch_list *list = batch_store_list(store, type);
    /* Some pages are made of links that are dead before one can follow many of them. */
    int64_t life_ms = quirks && service->nonce % 23 == 0 ? SECOND : service->settings->link_life_ms;
    uint64_t again = quirks && service->nonce % 3 == 0 && until - from > 1
                         ? from + service->nonce / 7 % (until - from)
                         : UINT64_MAX;
    const char *between = quirks && service->nonce % 2 ? "\\u0026" : "&";
    for (uint64_t number = from; number < until; number++) {
        for (int times = number == again ? 2 : 1; times; times--) {
            struct batch_link link = {.account = caller->account->style.account,
                                      .type = type,
                                      .number = number,
                                      .issued_ms = now_ms + times - 1,
                                      .life_ms = life_ms};
            text_puts(out,
                      number == from && times == (number == again ? 2 : 1) ? "{\"url\":\"" : ",{\"url\":\"");
            batch_link_write(out, service->settings->seed, service->storage_port, &link, between);
            text_puts(out, "\",\"expiry\":\"");
            time_iso_ms(out, now_ms + life_ms);
            text_printf(out, "\",\"size\":%zu}", batch_store_size(store, &list->files[number]));
        }
    }
}

/* Where the page ends, and what it says about the next. */
struct batch_page {
    uint64_t from, until;
    bool caught_up, next;
    struct batch_place after;
};

static struct batch_page make_page(const struct service *service, const struct batch_question *question,
                                   const struct batch_list *list, const struct batch_place *place,
                                   int64_t now_ms)
{
    bool quirks = service->settings->quirks;
    uint64_t end = place->position, chance = mix2(service->settings->seed + question->type, place->position);
    while (end < list->count && (!place->end_ms || list->files[end].publish_ms < place->end_ms))
        end++;
    uint64_t left = end - place->position;
    struct batch_page page = {.from = place->position, .next = true};
    page.until = page.from + (left < question->page_size ? left : question->page_size);
    /* An empty page in the middle, and empty pages at the end before it says that this is the end. */
    bool hollow = quirks && left && chance % 9 == 4 && place->empty_pages == 0;
    if (hollow) page.until = page.from;
    unsigned wait_for_end = quirks ? (unsigned)(chance / 9 % 3) : 0;
    bool at_end = page.until == end && !hollow;
    page.caught_up = at_end && (place->empty_pages >= wait_for_end || (left && wait_for_end == 0));
    page.after = *place;
    page.after.position = page.until;
    page.after.issued_ms = now_ms;
    page.after.empty_pages = page.until > page.from ? 0 : place->empty_pages + 1;
    /* The end may come without a token: the one that was sent still holds. */
    if (quirks && page.caught_up && page.until == page.from && question->token && service->nonce % 4 == 1)
        page.next = false;
    return page;
}

static void write_page(const struct service *service, const struct http_request *request,
                       const struct caller *caller, const struct batch_question *question,
                       const struct batch_page *page, int64_t now_ms, struct text *out)
{
    bool quirks = service->settings->quirks, empty = page->until == page->from;
    text_puts(out, "{\"value\":[");
    write_files(service, caller, question->type, page->from, page->until, now_ms, out);
    text_puts(out, "]");
    if (page->next) {
        struct text token = {0};
        /* Nothing new: the same token again, or another one for the same place. */
        if (quirks && empty && page->caught_up && question->token && service->nonce % 4 == 2)
            text_puts(&token, question->token);
        else
            seal_batch_place(service, caller, question->type, &page->after, service->nonce, &token);
        text_printf(out, ",\"@nextPage\":\"%s\"", token.data);
        if (quirks && service->nonce % 5 == 0)
            text_printf(out, ",\"@nextLink\":\"https://127.0.0.1:%u%s?nextPage=%s\"", service->port,
                        request->path, token.data);
        text_free(&token);
    }
    text_printf(out, ",\"pageSize\":%zu,\"isCaughtUp\":%s}", question->page_size,
                page->caught_up ? "true" : "false");
}

static bool answer_page(const struct service *service, const struct http_request *request,
                        const struct caller *caller, const struct batch_question *question, int64_t now_ms,
                        struct http_reply *reply, struct violation *violation)
{
    const struct batch_list *list = batch_store_list(caller->account->store, question->type);
    struct batch_place place = {.end_ms = question->end_ms, .issued_ms = now_ms};
    uint64_t oldest = first_stored(list, now_ms - service->settings->retention_ms);
    if (question->token) {
        if (!open_batch_place(service, caller, question, now_ms, &place, violation)) return false;
        if (place.position < oldest) place.position = oldest;
    } else {
        uint64_t start = first_stored(list, question->start_ms);
        place.position = start > oldest ? start : oldest;
    }
    struct batch_page page = make_page(service, question, list, &place, now_ms);
    reply->status = 200;
    http_header(reply, "Content-Type",
                service->nonce % 2 ? "application/json" : "application/json;charset=UTF-8");
    write_page(service, request, caller, question, &page, now_ms, &reply->body);
    return true;
}

/* A wait that one type's 429 announced holds for all; what was under way when it did is excused, once. */
static bool waits(struct calls *shared, struct calls *own, int64_t now_ms, struct violation *violation)
{
    if (now_ms >= shared->wait_until_ms - (shared->wait_is_lax ? SECOND : 0)) return false;
    violate(violation, "request-during-wait", 429, "err_rate_limit", NULL,
            "came %lld ms before the end of the wait that a 429 announced to another type",
            (long long)(shared->wait_until_ms - now_ms));
    if (own->excused_wait_ms != shared->wait_until_ms) violation->rule = NULL;
    own->excused_wait_ms = shared->wait_until_ms;
    return true;
}

bool batch_answer(struct service *service, const struct http_request *request, struct caller *caller,
                  int64_t now_ms, struct http_reply *reply, struct violation *violation)
{
    const struct settings *settings = service->settings;
    struct batch_question question;
    struct calls *shared = caller->calls;
    if (!batch_question_read(request, caller->endpoint->source, now_ms, &question, violation)) return false;
    struct calls *own = service_batch_calls(service, caller->account, question.type);
    caller->calls = own;
    own->number++;
    if (waits(shared, own, now_ms, violation) || !service_admits(service, caller, now_ms, violation))
        return false;
    own->in_flight = true;
    own->socket = request->socket;
    reply->flight = own;
    bool replaced = false;
    struct situation situation = {.number = own->number << 4 | question.type,
                                  .token = question.token != NULL};
    struct fault_draw draw = disturb_before(service, request, caller, &situation, now_ms, reply, &replaced);
    unsigned spelling = settings->quirks ? (unsigned)(service->nonce % 8) : 0;
    bool hide = settings->quirks && service->nonce % 3 == 0;
    if (replaced || !calls_take(shared, caller->shape, settings->batch_calls, settings->batch_window_ms,
                                now_ms, hide, spelling, reply))
        return true;
    if (!answer_page(service, request, caller, &question, now_ms, reply, violation)) return false;
    disturb_after(service, caller, &draw, reply);
    return true;
}
