#include "collect/lookup.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/random.h"
#include "base/real_time.h"
#include "base/text.h"
#include "collect/answer_limits.h"
#include "collect/asking.h"
#include "collect/stream/exchange_trouble.h"
#include "journal/trouble_words.h"
#include "module/instance.h"

#include <stdlib.h>

#define ARENA_LIMIT   ((size_t)256 << 20) /* of one call; an answer may have as much as a response may */
#define REQUEST_LIMIT 10000               /* of one lookup: beyond, it leads nowhere */
#define WAIT_LIMIT_MS 60000               /* a rate limit that lasts longer is said */
#define WAITS         5                   /* in a row */

/* One lookup while it runs. */
struct inquiry {
    const struct lookup *lookup;
    const struct clock *clock;
    struct random_source *random;
    struct account *account;
    const postern_host *host; /* its options are the parameters */
    postern_arena *arena;     /* of the call at hand */
    struct json_tape *tape;
    struct buffer position;
    uint32_t attempt;
    int requests, waits;
    bool unwanted; /* whoever asks wants no more */
    bool over;
};

/* What on_response writes on. */
struct findings {
    postern_findings table; /* first: the lookup hands it back */
    struct inquiry *inquiry;
    postern_error error; /* why a result was not taken */
};

static postern_status take_result(postern_findings *table, postern_text json)
{
    struct findings *findings = (struct findings *)table;
    struct inquiry *inquiry = findings->inquiry;
    const struct json_node *root = NULL;
    if (inquiry->unwanted) return POSTERN_OK;
    postern_status status = json_parse(inquiry->tape, json, &root, &findings->error);
    if (status >= 0 && json_type(root) != POSTERN_JSON_OBJECT)
        status = error_set(&findings->error, POSTERN_E_PROTOCOL, "a result is no JSON object");
    if (status < 0) return findings->error.code = status;
    inquiry->unwanted = !inquiry->lookup->result(inquiry->lookup->context, json);
    return POSTERN_OK;
}

static postern_call call_of(const struct inquiry *inquiry)
{
    const struct server_clock *clock = &inquiry->account->host->clock;
    return (postern_call){.size = sizeof(postern_call),
                          .attempt = inquiry->attempt,
                          .arena = inquiry->arena,
                          .now_ms = server_clock_for_until(clock, clock_read(inquiry->clock)),
                          .random = random_number(inquiry->random),
                          .account = text_of(inquiry->account->name)};
}

/* ---- One question ---- */

static struct request *make(void *context, postern_error *error)
{
    struct inquiry *inquiry = context;
    const postern_lookup *declaration = inquiry->lookup->declaration;
    postern_request what = {.size = sizeof what};
    arena_reset(inquiry->arena, (size_t)64 << 10);
    const postern_call call = call_of(inquiry);
    postern_status status =
        declaration->next(inquiry->host, &call, declaration, buffer_text(&inquiry->position), &what, error);
    if (status < 0) {
        error->code = inquiry->requests && status == POSTERN_E_INVALID ? POSTERN_E_CONFIG : status;
        return NULL;
    }
    const struct request_plan plan = {.base_url = inquiry->account->base_url,
                                      .what = &what,
                                      .access = &inquiry->account->access,
                                      .host = inquiry->account->host,
                                      .clock = inquiry->clock,
                                      .random = inquiry->random};
    struct request *request = request_new(&plan, error);
    if (!request && error->code == POSTERN_E_INVALID)
        error->code = POSTERN_E_CONFIG; /* the module's mistake */
    inquiry->requests += request != NULL;
    return request;
}

/* Where it goes on. */
static postern_status take_position(struct inquiry *inquiry, const postern_findings *findings,
                                    postern_error *error)
{
    inquiry->over = findings->outcome == POSTERN_END || inquiry->unwanted;
    if (inquiry->over) return POSTERN_OK;
    if (findings->outcome != POSTERN_MORE)
        return error_set(error, POSTERN_E_CONFIG, "the lookup set no outcome");
    if (findings->position.size > LOOKUP_POSITION_LIMIT)
        return error_set(error, POSTERN_E_PROTOCOL, "there is too much left to ask for at once");
    if (text_equal(findings->position, buffer_text(&inquiry->position)))
        return error_set(error, POSTERN_E_PROTOCOL, "the pages lead nowhere: one names itself as the next");
    buffer_clear(&inquiry->position);
    return buffer_append_text(&inquiry->position, findings->position) ? POSTERN_OK
                                                                      : error_no_memory(error, NULL);
}

/* An exchange that the lookup does not get to see. True if it is over with that. */
static bool no_answer(struct inquiry *inquiry, const struct request *request, postern_error *error)
{
    struct trouble trouble;
    if (!trouble_of_exchange(&request->exchange, request->arrived.wall_ms, inquiry->waits, &trouble)) {
        if (!exchange_is_too_large(&request->exchange)) return false;
        *error = request->exchange.error;
        return true;
    }
    *error = trouble.error;
    if (trouble.reaction == REACTION_WAIT) error->retry_after_ms = trouble.wait_ms;
    if (trouble.reaction == REACTION_WAIT || trouble.reaction == REACTION_RETRY)
        error_remedy(error, "ask again later");
    return true;
}

static void read_answer(void *context, struct request *request, postern_error *error)
{
    struct inquiry *inquiry = context;
    const postern_lookup *declaration = inquiry->lookup->declaration;
    if (!no_answer(inquiry, request, error)) {
        const struct http_exchange *exchange = &request->exchange;
        const postern_response response = {.size = sizeof response,
                                           .status = exchange->status,
                                           .headers = exchange->answer_headers,
                                           .header_count = exchange->answer_header_count,
                                           .body = exchange->answer_body};
        struct findings findings = {.table = {.size = sizeof(postern_findings), .result = take_result},
                                    .inquiry = inquiry,
                                    .error = ERROR_INIT};
        const postern_call call = call_of(inquiry);
        postern_status status =
            declaration->on_response(inquiry->host, &call, declaration, buffer_text(&inquiry->position),
                                     &response, &findings.table, error);
        if (status < 0 && findings.error.code < 0) *error = findings.error;
        error->code = status < 0 ? status : take_position(inquiry, &findings.table, error);
        access_conceal(&request->access, error);
    }
    request_free(request);
}

/* ---- All of them ---- */

/* A rate limit that is soon over. */
static bool waited(struct inquiry *inquiry, const postern_error *error)
{
    int64_t wait_ms = error->retry_after_ms;
    if (error->code != POSTERN_E_RETRY || wait_ms <= 0 || wait_ms > WAIT_LIMIT_MS || inquiry->waits == WAITS)
        return false;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    int64_t until_ms = clock_monotonic_ms(inquiry->clock) + wait_ms;
    pthread_mutex_lock(&mutex);
    while (clock_monotonic_ms(inquiry->clock) < until_ms)
        real_wait(&never, &mutex, clock_timeout_ms(inquiry->clock, until_ms));
    pthread_mutex_unlock(&mutex);
    inquiry->waits++;
    return true;
}

static postern_status ask_all(struct inquiry *inquiry, postern_error *error)
{
    struct question question = {make, read_answer, inquiry, 0, ""};
    while (!inquiry->over) {
        if (inquiry->requests >= REQUEST_LIMIT)
            return error_set(error, POSTERN_E_LIMIT, "after %d requests there is still more to ask",
                             inquiry->requests);
        ask(inquiry->account, &question, error);
        if (error->code >= 0) {
            inquiry->attempt = 1;
            inquiry->waits = 0;
            continue;
        }
        if (error->code == POSTERN_E_PROTOCOL && inquiry->attempt == 1)
            inquiry->attempt++; /* perhaps it was damaged on the way */
        else if (!waited(inquiry, error))
            break;
    }
    if (error->code >= 0) return error->code;
    account_add_remedy(inquiry->account, error);
    error_name_request(error, question.request_id);
    return error->code;
}

static postern_status run(struct inquiry *inquiry, struct stream_shared *shared,
                          const struct collector_parts *parts, postern_error *error)
{
    const struct lookup *lookup = inquiry->lookup;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(ARENA_LIMIT);
    _cleanup_(json_tape_freep) struct json_tape *tape = json_tape_new();
    if (!arena || !tape) return error_no_memory(error, NULL);
    struct module_instance *instance = NULL;
    const struct module_plan plan = {.registry = parts->registry,
                                     .name = lookup->declaration->name,
                                     .data = lookup->declaration->data,
                                     .table = lookup->declaration->parameters,
                                     .values = lookup->values,
                                     .value_count = lookup->value_count};
    postern_status status = account_new(shared, lookup->account, &inquiry->account, error);
    if (status == POSTERN_OK) status = module_instance_new(&plan, &instance, error);
    if (status == POSTERN_OK) {
        inquiry->host = &instance->host;
        inquiry->arena = arena;
        inquiry->tape = tape;
        status = ask_all(inquiry, error);
    }
    module_instance_free(instance);
    account_free(inquiry->account);
    return status;
}

postern_status lookup_run(const struct collector_parts *parts, const struct lookup *lookup,
                          postern_error *error)
{
    struct stream_shared shared = {.network = parts->network,
                                   .clock = parts->clock,
                                   .random = parts->random,
                                   .limits = answer_limits_of(parts->config),
                                   .clock_trust_ms = parts->config->http.clock_trust_ms,
                                   .requests_per_second = parts->config->http.requests_per_second};
    struct inquiry inquiry = {.lookup = lookup,
                              .clock = parts->clock,
                              .random = parts->random,
                              .position = {.limit = LOOKUP_POSITION_LIMIT},
                              .attempt = 1};
    if (lookup->account->missing)
        return error_set(error, POSTERN_E_CREDENTIALS, "%s", lookup->account->missing);
    postern_status status = run(&inquiry, &shared, parts, error);
    buffer_free(&inquiry.position);
    account_free_places(&shared);
    return status;
}
