#include "service.h"
#include "batch_file.h"
#include "pages.h"
#include "query.h"
#include "random.h"
#include "times.h"
#include "truth.h"
#include <stdlib.h>
#include <string.h>

/* Per account: the sources over API 1.0, those over API 2.0 and what else there is of it, and batch files. */
enum { CALLS_PER_ACCOUNT = SOURCES + PLACES + BATCH_TYPES };

static void write_truth(void *context, const struct account *account, const struct event *event,
                        bool salvageable, const char *file, const char *member)
{
    struct service *service = context;
    if (!service->truth) return;
    struct text line = {0};
    truth_line(&line, account, event, salvageable, file, member);
    fwrite(line.data, 1, line.size, service->truth);
    text_free(&line);
}

static void write_end(void *context, const struct account *account, const struct event *event)
{
    struct service *service = context;
    if (!service->truth) return;
    struct text line = {0};
    truth_end(&line, account, event);
    fwrite(line.data, 1, line.size, service->truth);
    text_free(&line);
}

void service_begin(struct service *service, const struct settings *settings, const struct clock *clock,
                   FILE *truth)
{
    *service =
        (struct service){.settings = settings, .clock = clock, .truth = truth, .faults = settings->faults};
    pthread_mutex_init(&service->lock, NULL);
    service->calls = must_allocate(settings->accounts * (size_t)CALLS_PER_ACCOUNT * sizeof *service->calls);
    service->access_keys = must_allocate(settings->accounts * GENERATIONS * sizeof *service->access_keys);
    service->wrong_dates = must_allocate(settings->accounts * sizeof *service->wrong_dates);
    for (unsigned i = 0; i < settings->accounts * GENERATIONS; i++) {
        struct keys keys;
        keys_derive(settings->seed, i / GENERATIONS, i % GENERATIONS, &keys);
        memcpy(service->access_keys[i], keys.access_key, sizeof keys.access_key);
    }
    struct world_listener listener = {write_truth, write_end, service};
    world_begin(&service->world, settings, &service->faults, clock_wall_ms(clock), listener);
    if (truth) fflush(truth);
}

void service_end(struct service *service)
{
    world_end(&service->world);
    violations_clear(&service->violations);
    request_ids_free(&service->request_ids);
    request_ids_free(&service->dead_links);
    free(service->calls);
    free(service->access_keys);
    free(service->wrong_dates);
    pthread_mutex_destroy(&service->lock);
}

int64_t service_now(const struct service *service)
{
    return clock_wall_ms(service->clock);
}

int64_t service_shown_now(const struct service *service)
{
    return service_now(service) + service->world.clock_off_ms;
}

int64_t service_date_offset(const struct service *service, const struct account *account, int64_t now_ms)
{
    const struct wrong_date *wrong = &service->wrong_dates[account->style.account];
    return wrong->offset_ms && now_ms - wrong->given_ms < 15 * MINUTE ? wrong->offset_ms : 0;
}

struct calls *service_calls(const struct service *service, const struct account *account, unsigned api,
                            int place)
{
    return &service->calls[account->style.account * (size_t)CALLS_PER_ACCOUNT +
                           (size_t)(api == API_1 ? place : SOURCES + place)];
}

struct calls *service_batch_calls(const struct service *service, const struct account *account, unsigned type)
{
    return &service->calls[account->style.account * (size_t)CALLS_PER_ACCOUNT + SOURCES + PLACES + type];
}

void service_forget_client(struct service *service)
{
    for (size_t i = 0; i < service->world.account_count * (size_t)CALLS_PER_ACCOUNT; i++) {
        service->calls[i].wait_until_ms = 0;
        service->calls[i].in_flight = false;
    }
    for (size_t i = 0; i < service->world.account_count; i++)
        service->world.accounts[i].application.token_calls = 0;
}

void service_note(struct service *service, const struct caller *caller, struct violation *violation,
                  int64_t now_ms)
{
    if (!violation->rule) return;
    violation->time_ms = now_ms;
    if (caller->account) memcpy(violation->account, caller->account->keys.account, sizeof violation->account);
    if (caller->place != PLACE_EVERYWHERE)
        snprintf(violation->endpoint, sizeof violation->endpoint, "%s", place_name(caller->place));
    violations_add(&service->violations, violation);
}

void service_refuse(struct service *service, const struct caller *caller, struct violation *violation,
                    int64_t now_ms, struct http_reply *reply)
{
    http_fail(reply, caller->shape, violation->status, violation->code, violation->detail,
              violation->field[0] ? violation->field : NULL, false);
    if (violation->status == 405)
        http_header(reply, "Allow", "%s", caller->endpoint ? caller->endpoint->method : "POST");
    service_note(service, caller, violation, now_ms);
}

bool service_admits(const struct service *service, struct caller *caller, int64_t now_ms,
                    struct violation *violation)
{
    struct calls *calls = caller->calls;
    bool has_two_feeds = caller->endpoint->source == THREAT_INTEL; /* each with a stream of its own */
    /* An instant is compared with a clock that was set by a Date header, which knows only whole seconds. */
    int64_t wait_until_ms = calls->wait_until_ms - (calls->wait_is_lax ? SECOND : 0);
    if (now_ms < wait_until_ms) {
        violate(violation, "request-during-wait", 429, "err_rate_limit", NULL,
                "came %lld ms before the end of the wait that a 429 announced",
                (long long)(calls->wait_until_ms - now_ms));
        if (calls->wait_is_lax && service_date_offset(service, caller->account, now_ms))
            violation->rule = NULL;
        /* The other stream's call may have been under way when the wait was announced, once. */
        if (has_two_feeds && calls->excused_wait_ms != calls->wait_until_ms) violation->rule = NULL;
        calls->excused_wait_ms = calls->wait_until_ms;
        return false;
    }
    if (calls_overlap(calls) && !has_two_feeds)
        return violate(violation, "concurrent-calls", 409, "err_conflict", NULL,
                       "another call of this account to this endpoint is still being answered");
    if (caller->api == API_2 && caller->account->application.unlicensed & 1u << caller->endpoint->source) {
        caller->shape = SHAPE_GATEWAY;
        violate(violation, NULL, 403, "app_forbidden", NULL, "Forbidden to perform the requested operation");
        return false;
    }
    if (caller->account->forbidden & 1u << caller->endpoint->source) {
        if (caller->shape == SHAPE_REST) caller->shape = SHAPE_GATEWAY;
        violate(violation, NULL, 403, "err_insufficient_permission", NULL, "the role lacks %s",
                caller->endpoint->permission);
        return false;
    }
    return true;
}

static void encode_reply(const struct service *service, const struct http_request *request,
                         struct http_reply *reply)
{
    /* Transport habits that a client must not notice. */
    bool zip = reply->body.size > 1 &&
               (memcmp(reply->body.data, "PK", 2) == 0 || memcmp(reply->body.data, "\x1f\x8b", 2) == 0);
    if (service->settings->quirks) {
        reply->chunked = service->nonce % 3 == 0;
        reply->gzip = reply->gzip || (!zip && service->nonce % 5 < 2);
    }
    const char *accepted = request->header(request, "Accept-Encoding");
    if (reply->gzip && reply->body.size && accepted && strstr(accepted, "gzip")) http_gzip(reply);
}

static bool read_question(const struct service *service, const struct http_request *request,
                          const struct caller *caller, struct question *question, struct violation *violation)
{
    if (strcmp(caller->endpoint->method, "GET") == 0)
        return query_read(caller->endpoint, request, question, violation);
    return question_read(caller->endpoint, request->body, request->body_size, service->settings->page_limit,
                         question, violation);
}

static struct situation situation_of(const struct caller *caller, const struct question *question)
{
    return (struct situation){.number = caller->calls->number,
                              .compress =
                                  cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(question->item, "compress")),
                              .token = cJSON_GetObjectItemCaseSensitive(question->item, "token") != NULL};
}

static bool make_answer(struct service *service, const struct caller *caller, const struct question *question,
                        int64_t now_ms, const struct fault_draw *draw, struct http_reply *reply,
                        struct violation *violation)
{
    bool good = true;
    switch (caller->endpoint->source) {
    case SIEM:
        siem_answer(service, caller, question, now_ms, draw, reply, violation, &good);
        return good;
    case THREAT_INTEL:
        return threat_feed_answer(service, caller, question, now_ms, reply, violation);
    case REPORTED_EMAILS:
    case THREAT_EVENTS:
        return rest_list_answer(service, caller, question, now_ms, reply, violation);
    case MESSAGE_FINDER:
    case MESSAGE_INFO:
        return message_finder_answer(service, caller, question, now_ms, reply, violation);
    default:
        return pages_answer(&service->world, caller->account, caller->endpoint, question, now_ms,
                            service_date_offset(service, caller->account, now_ms), service->nonce, reply,
                            violation);
    }
}

/* Its own, whatever the request called itself. */
static void add_request_id(const struct service *service, struct http_reply *reply)
{
    uint64_t high = mix(service->nonce), low = mix(high);
    http_header(reply, "x-request-id", "%08x-%04x-4%03x-a%03x-%012llx", (unsigned)(high >> 32),
                (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xfff), (unsigned)(low >> 52),
                (unsigned long long)(low & 0xffffffffffffu));
}

/* An account that is asked has a history, and the truth says over which API it was asked. */
static void note_use(struct service *service, const struct caller *caller, int64_t now_ms)
{
    world_make(&service->world, caller->account, now_ms);
    if (caller->account->used & caller->api) return;
    caller->account->used |= caller->api;
    if (!service->truth) return;
    struct text line = {0};
    truth_use(&line, caller->account);
    fwrite(line.data, 1, line.size, service->truth);
    text_free(&line);
}

static void answer(struct service *service, const struct http_request *request, struct caller *caller,
                   int64_t now_ms, struct http_reply *reply)
{
    struct violation violation = {0};
    struct question question = {0};
    if (!identify(service, request, now_ms, caller, &violation)) {
        service_refuse(service, caller, &violation, now_ms, reply);
        return;
    }
    note_use(service, caller, now_ms);
    if (strncmp(request->path, "/siem/", 6) == 0) {
        if (!batch_answer(service, request, caller, now_ms, reply, &violation))
            service_refuse(service, caller, &violation, now_ms, reply);
        encode_reply(service, request, reply);
        return;
    }
    struct calls *calls = caller->calls;
    calls->number++;
    if (!service_admits(service, caller, now_ms, &violation) ||
        !read_question(service, request, caller, &question, &violation)) {
        service_refuse(service, caller, &violation, now_ms, reply);
        return;
    }
    calls->in_flight = true;
    calls->socket = request->socket;
    reply->flight = calls;

    bool replaced = false, good = true;
    struct situation situation = situation_of(caller, &question);
    struct fault_draw draw = disturb_before(service, request, caller, &situation, now_ms, reply, &replaced);
    bool hide = service->settings->quirks && !service->settings->rate_limit && calls->number % 5 == 0;
    if (!replaced && calls_take(calls, caller->shape, service->settings->rate_limit,
                                service->settings->rate_window_ms, now_ms, hide, 0, reply)) {
        good = make_answer(service, caller, &question, now_ms, &draw, reply, &violation);
        if (good) {
            service_note(service, caller, &violation, now_ms);
            disturb_after(service, caller, &draw, reply);
        } else {
            service_refuse(service, caller, &violation, now_ms, reply);
        }
    }
    question_free(&question);
    encode_reply(service, request, reply);
}

void service_handle(struct service *service, const struct http_request *request, struct http_reply *reply)
{
    pthread_mutex_lock(&service->lock);
    int64_t now_ms = service_now(service);
    service->nonce = mix2(service->nonce, service->settings->seed) | 1u << 31; /* never 0 */
    world_advance(&service->world, now_ms);
    if (strncmp(request->path, "/_control/", 10) == 0 && !request->decoy && !request->storage) {
        control_handle(service, request, now_ms, reply);
    } else {
        struct caller caller = {.place = PLACE_EVERYWHERE, .api = API_1};
        if (request->storage) {
            storage_answer(service, request, &caller, now_ms, reply);
            encode_reply(service, request, reply);
        } else if (!request->decoy && strcmp(request->path, "/oauth/token") == 0) {
            oauth_answer(service, request, &caller, now_ms, reply);
            encode_reply(service, request, reply);
        } else {
            answer(service, request, &caller, now_ms, reply);
        }
        if (!request->storage) add_request_id(service, reply);
        if (caller.place != PLACE_EVERYWHERE && reply->status < STATUSES)
            service->statistics[caller.place][reply->close_silently ? 0 : reply->status]++;
    }
    if (service->truth) fflush(service->truth);
    pthread_mutex_unlock(&service->lock);
}

void service_answered(struct service *service, struct http_reply *reply)
{
    if (!reply->flight) return;
    pthread_mutex_lock(&service->lock);
    struct calls *calls = reply->flight;
    calls->in_flight = false;
    reply->flight = NULL;
    pthread_mutex_unlock(&service->lock);
}
