#include "collect/stream/access_token.h"
#include "base/smaller.h"

#include "auth/oauth2.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/fnv1a.h"
#include "base/log.h"
#include "base/secret_buffer.h"
#include "base/text.h"
#include "collect/stream/exchange_trouble.h"
#include "collect/stream/host_clock.h"
#include "collect/stream/request_call.h"
#include "collect/stream/state.h"
#include "collect/stream/trouble.h"

/* After trouble that says nothing about the credentials it is asked for again, for all streams together. */
#define RETRY_FIRST_MS 5000LL
#define RETRY_LAST_MS  (5LL * 60 * 1000)

/* ---- Asking ---- */

struct request *access_token_request(const struct account *account, postern_error *error)
{
    static const postern_pair headers[] = {{{"Accept", 6}, {"application/json", 16}}};
    const struct access_token *token = account->token;
    _cleanup_(secret_buffer_free) struct buffer body = {0};
    if (oauth2_token_request(&account->access.credentials, token->scope, &body, error) < 0) return NULL;
    const postern_request what = {.size = sizeof what,
                                  .method = "POST",
                                  .path = text_of(token->path),
                                  .body = buffer_text(&body),
                                  .content_type = OAUTH2_CONTENT_TYPE,
                                  .headers = headers,
                                  .header_count = 1};
    const struct request_plan plan = {.base_url = account->base_url,
                                      .what = &what,
                                      .clock = account->shared->clock,
                                      .random = account->shared->random};
    return request_new(&plan, error);
}

bool access_token_take(struct account *account, struct request *request, struct trouble *trouble)
{
    struct oauth2_token token = {0};
    bool fine = false;
    host_clock_take(account->host, request, false, account->shared->journal);
    if (!trouble_of_exchange(&request->exchange, request->arrived.wall_ms, account->token->failures,
                             trouble)) {
        postern_error error = ERROR_INIT;
        postern_status status =
            oauth2_read_answer(request->exchange.status, request->exchange.answer_body, &token, &error);
        fine = status == POSTERN_OK;
        if (!fine) trouble_of_source(&error, status, trouble);
    }
    if (fine) {
        access_set_token(&account->access, token.token);
        account->token->renew_ms = request->arrived.monotonic_ms + oauth2_renew_after(token.lifetime_ms);
        account->token->expires_ms = request->arrived.monotonic_ms + token.lifetime_ms;
    } else {
        error_prefix(&trouble->error, "no access token: ");
        request_id_of(request, &account->access, trouble->request_id);
    }
    request_free(request);
    return fine;
}

/* ---- For all streams ---- */

/* `trouble` NULL: there was none. Where credentials are refused the account says who may ask and when, but as
 * long as there is a good token nobody asks the account. */
static void set_next_try(struct account *account, int64_t now, const struct trouble *trouble)
{
    struct access_token *token = account->token;
    token->not_before_ms = 0;
    if (!trouble || (trouble->reaction == REACTION_REFUSED && !account->access.token)) {
        token->failures = 0;
        return;
    }
    int64_t wait = RETRY_FIRST_MS << (token->failures < 6 ? token->failures : 6);
    if (wait > RETRY_LAST_MS) wait = RETRY_LAST_MS;
    token->failures++;
    token->not_before_ms = now + larger(trouble->wait_ms, wait);
}

/* Once for the account, until it works or the words change. */
static void say(struct account *account, const struct trouble *trouble)
{
    struct access_token *token = account->token;
    uint64_t words = fnv1a(FNV1A_START, text_of(trouble->error.message));
    postern_error said = trouble->error;
    error_name_request(&said, trouble->request_id);
    log_error(words != token->said ? POSTERN_LOG_WARNING : POSTERN_LOG_DEBUG, account->name, &said);
    token->said = words;
}

/* Refused credentials are one refusal, however many streams wait: the first has the trouble, which the
 * account announces, the others find the account as it is then. Anything else each of them suffers from. */
static void tell_streams(struct account *account, struct trouble *trouble)
{
    bool told = false;
    if (trouble && trouble->reaction != REACTION_REFUSED) {
        say(account, trouble);
        trouble->is_said = true;
    }
    if (!trouble) account->token->said = 0;
    for (size_t i = 0; i < account->stream_count; i++) {
        struct stream *stream = &account->streams[i];
        if (!stream->waits_for_token) continue;
        stream->waits_for_token = false;
        if (!trouble || (told && trouble->reaction == REACTION_REFUSED))
            stream_wake(stream);
        else
            stream_take_trouble(stream, trouble);
        told = true;
    }
    if (trouble && !told && !trouble->is_said) say(account, trouble);
}

static void fetched(struct request *request)
{
    struct account *account = request->owner;
    int64_t now = request->arrived.monotonic_ms;
    struct trouble trouble;
    account->token->request = NULL;
    bool fine = access_token_take(account, request, &trouble);
    set_next_try(account, now, fine ? NULL : &trouble);
    tell_streams(account, fine ? NULL : &trouble);
}

/* One at a time. */
static void fetch(struct account *account)
{
    struct access_token *token = account->token;
    postern_error error = ERROR_INIT;
    if (token->request) return;
    token->request = access_token_request(account, &error);
    if (token->request) {
        account_take_turn(account); /* all streams need it: it waits for none, but they wait for it */
        request_start(token->request, account->shared->network, fetched, account);
        return;
    }
    struct trouble trouble;
    trouble_of_source(&error, error.code, &trouble);
    set_next_try(account, clock_monotonic_ms(account->shared->clock), &trouble);
    say(account, &trouble);
}

bool access_token_ready(struct account *account, int64_t *again_ms)
{
    struct access_token *token = account->token;
    *again_ms = 0;
    if (!token) return true;
    int64_t now = clock_monotonic_ms(account->shared->clock);
    if (account->access.token && now >= token->expires_ms) access_set_token(&account->access, NULL);
    bool due = !account->access.token || now >= token->renew_ms;
    if (due && now >= token->not_before_ms) fetch(account);
    if (!token->request) *again_ms = token->not_before_ms;
    return account->access.token != NULL;
}

void access_token_refused(struct account *account, const struct secret *token)
{
    if (account->access.token == token) access_set_token(&account->access, NULL);
}

void access_token_pause(struct account *account)
{
    struct access_token *token = account->token;
    if (!token || !token->request) return;
    request_detach(token->request);
    token->request = NULL;
}

void access_token_take_over(struct account *account, const struct account *before)
{
    bool same = account->token && before->token && before->access.token &&
                memcmp(account->record.fingerprint, before->record.fingerprint,
                       sizeof account->record.fingerprint) == 0;
    if (!same || account->record.id != before->record.id) return;
    access_set_token(&account->access, secret_share(before->access.token));
    account->token->renew_ms = before->token->renew_ms;
    account->token->expires_ms = before->token->expires_ms;
}
