#include "shared/cloud/token.h"
#include "shared/cloud/identity.h"
#include "shared/cloud/request_mark.h"
#include "shared/cloud/secret.h"
#include "shared/cloud/time.h"
#include <pthread.h>
#include <stdlib.h>

#define SHORTEST_LIFE_S 60
#define UNSAID_LIFE_S   300
#define LONGEST_LIFE_S  ((int64_t)86400)
#define CLOCK_OFF_MS    ((int64_t)30000) /* what an assertion refused for its time is worth another try from */
#define WORDS_SIZE      200

struct cloud_tokens {
    pthread_mutex_t lock;
    struct cloud_client_credentials client;
    struct cloud_service_account account;
    bool is_account;
    int64_t clock_offset_ms;     /* of the one that is asked; assertions go by it */
    char *bearer;                /* "Bearer ..."; NULL = none */
    int64_t renew_ms, expire_ms; /* by postern_call.steady_ms */
};

static postern_status make(struct cloud_tokens **tokens, postern_error *error)
{
    struct cloud_tokens *made = calloc(1, sizeof *made);
    if (!made) return kit_no_memory(error);
    pthread_mutex_init(&made->lock, NULL);
    *tokens = made;
    return POSTERN_OK;
}

postern_status cloud_tokens_of_client(const struct cloud_client_credentials *credentials,
                                      struct cloud_tokens **tokens, postern_error *error)
{
    postern_status status = make(tokens, error);
    if (status >= 0) (*tokens)->client = *credentials;
    return status;
}

postern_status cloud_tokens_of_service_account(postern_text key_file, postern_text scope,
                                               postern_text token_url, struct cloud_tokens **tokens,
                                               postern_error *error)
{
    postern_status status = make(tokens, error);
    if (status < 0) return status;
    (*tokens)->account = (struct cloud_service_account){key_file, scope, token_url};
    (*tokens)->is_account = true;
    return POSTERN_OK;
}

static void forget(struct cloud_tokens *tokens)
{
    if (tokens->bearer) cloud_wipe(tokens->bearer, strlen(tokens->bearer));
    free(tokens->bearer);
    tokens->bearer = NULL;
}

void cloud_tokens_free(struct cloud_tokens *tokens)
{
    if (!tokens) return;
    forget(tokens);
    pthread_mutex_destroy(&tokens->lock);
    free(tokens);
}

/* ---- The answer ---- */

/* An answer's members; what is not there is empty. */
struct token_answer {
    const postern_http_response *response;
    postern_text token, problem, description;
    int64_t life_s;
};

static int64_t digits_of(postern_text text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.size && number <= LONGEST_LIFE_S; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return 0;
        number = number * 10 + (text.data[i] - '0');
    }
    return number;
}

static void read_answer(const postern_host *host, postern_arena *arena, struct token_answer *answer)
{
    const postern_json *json = host->service(host, POSTERN_SERVICE_JSON);
    const postern_json_value *value = NULL;
    postern_text life = {0};
    if (!json || json->parse(host, arena, answer->response->body, &value, NULL) < 0) return;
    json->text(host, arena, json->get(host, value, KIT_TEXT("access_token")), &answer->token);
    json->text(host, arena, json->get(host, value, KIT_TEXT("error")), &answer->problem);
    json->text(host, arena, json->get(host, value, KIT_TEXT("error_description")), &answer->description);
    const postern_json_value *expires = json->get(host, value, KIT_TEXT("expires_in"));
    if (!json->integer(host, expires, &answer->life_s) && json->text(host, arena, expires, &life))
        answer->life_s = digits_of(life); /* some write it as a text */
}

/* The first line, of bytes that are no controls. */
static const char *words_of(postern_text text, char words[WORDS_SIZE])
{
    size_t size = 0;
    for (size_t i = 0; i < text.size && size + 1 < WORDS_SIZE; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '\n' || c == '\r') break;
        words[size++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    words[size] = '\0';
    return words;
}

/* What to do about a refusal that does not pass by itself. */
static const char *remedy_of(const struct cloud_tokens *tokens)
{
    return tokens->is_account ? "check that the service account's key is not deleted or disabled, and the "
                                "clock of this machine"
                              : "check tenant, id and secret (or key), and that the secret has not expired";
}

static postern_status refused(const struct cloud_tokens *tokens, const struct token_answer *answer,
                              postern_error *error)
{
    int http = (int)answer->response->status;
    char problem[WORDS_SIZE], description[WORDS_SIZE], mark[CLOUD_REQUEST_MARK_SIZE];
    bool may_pass = http == 408 || http == 429 || http >= 500;
    words_of(answer->problem, problem);
    words_of(answer->description, description);
    cloud_request_mark(answer->response, mark);
    if (http == 200)
        return kit_fail(error, POSTERN_E_RETRY, "check the URL that tokens come from",
                        "the answer to the request for a token holds none");
    kit_fail(error, may_pass ? POSTERN_E_RETRY : POSTERN_E_CONFIG, may_pass ? NULL : remedy_of(tokens),
             "no token: it is refused with %d%s%s%s%s%s", http, *problem ? ", " : "", problem,
             *description ? ": " : "", description, mark);
    if (error) error->retry_after_ms = may_pass ? answer->response->retry_after_ms : 0;
    return may_pass ? POSTERN_E_RETRY : POSTERN_E_CONFIG;
}

/* ---- Asking ---- */

static postern_status ask_once(const struct cloud_tokens *tokens, const postern_host *host,
                               const postern_call *call, postern_http_response *response,
                               postern_error *error)
{
    const postern_http *http = host->service(host, POSTERN_SERVICE_HTTP);
    struct cloud_token_request asked = {0};
    if (!http) return kit_fail(error, POSTERN_E_UNSUPPORTED, NULL, "this Postern has no http/1");
    postern_status status =
        tokens->is_account
            ? cloud_service_account_request(&tokens->account, host, call->arena,
                                            call->now_ms + tokens->clock_offset_ms, &asked, error)
            : cloud_client_request(&tokens->client, host, call->arena, &asked, error);
    if (status < 0) return status;
    const postern_pair headers[] = {{KIT_TEXT("Content-Type"), KIT_TEXT("application/x-www-form-urlencoded")},
                                    {KIT_TEXT("Accept"), KIT_TEXT("application/json")},
                                    {KIT_TEXT("Authorization"), asked.authorization}};
    const postern_http_request request = {.size = sizeof request,
                                          .method = "POST",
                                          .url = asked.url,
                                          .headers = headers,
                                          .header_count = asked.authorization.size ? 3 : 2,
                                          .body = asked.form};
    status = http->exchange(host, call->arena, &request, response, error);
    cloud_wipe((void *)(uintptr_t)asked.form.data, asked.form.size);
    cloud_wipe((void *)(uintptr_t)asked.authorization.data, asked.authorization.size);
    return status;
}

static postern_status keep(struct cloud_tokens *tokens, const struct token_answer *answer, int64_t steady_ms,
                           postern_error *error)
{
    static const char kind[] = "Bearer ";
    size_t size = sizeof kind + answer->token.size;
    char *bearer = malloc(size);
    if (!bearer) return kit_no_memory(error);
    memcpy(bearer, kind, sizeof kind - 1);
    memcpy(bearer + sizeof kind - 1, answer->token.data, answer->token.size);
    bearer[size - 1] = '\0';
    forget(tokens);
    int64_t life_s = answer->life_s > 0 ? answer->life_s : UNSAID_LIFE_S;
    if (life_s < SHORTEST_LIFE_S) life_s = SHORTEST_LIFE_S;
    if (life_s > LONGEST_LIFE_S) life_s = LONGEST_LIFE_S;
    tokens->bearer = bearer;
    tokens->renew_ms = steady_ms + life_s * 800;
    tokens->expire_ms = steady_ms + life_s * 1000;
    return POSTERN_OK;
}

static void say_clock(const postern_host *host, int64_t offset_ms)
{
    const postern_log *log = host->service(host, POSTERN_SERVICE_LOG);
    int64_t seconds = (offset_ms < 0 ? -offset_ms : offset_ms) / 1000;
    char words[200];
    snprintf(words, sizeof words,
             "the clock of this machine is %lld seconds %s that of the host which gives tokens; requests for "
             "them go by its clock",
             (long long)seconds, offset_ms < 0 ? "ahead of" : "behind");
    if (log) log->write(host, POSTERN_LOG_WARNING, words);
}

/* An assertion with a wrong time is refused as invalid_grant: then the answer's own Date is taken, once. */
static bool clock_was_off(struct cloud_tokens *tokens, const postern_host *host,
                          const struct token_answer *answer, int64_t now_ms)
{
    if (!tokens->is_account || !kit_is(answer->problem, "invalid_grant")) return false;
    int64_t offset = cloud_clock_offset(answer->response, now_ms), change = offset - tokens->clock_offset_ms;
    if (change > -CLOCK_OFF_MS && change < CLOCK_OFF_MS) return false;
    tokens->clock_offset_ms = offset;
    say_clock(host, offset);
    return true;
}

static postern_status ask(struct cloud_tokens *tokens, const postern_host *host, const postern_call *call,
                          postern_error *error)
{
    for (bool again = true;; again = false) {
        postern_http_response response = {.size = sizeof response};
        struct token_answer answer = {.response = &response};
        postern_status status = ask_once(tokens, host, call, &response, error);
        if (status < 0) return status;
        read_answer(host, call->arena, &answer);
        if (response.status == 200 && answer.token.size) {
            status = keep(tokens, &answer, call->steady_ms, error);
            cloud_wipe((void *)(uintptr_t)response.body.data, response.body.size);
            return status;
        }
        if (!again || !clock_was_off(tokens, host, &answer, call->now_ms))
            return refused(tokens, &answer, error);
    }
}

/* A token that is due to be renewed serves on while that cannot be done. */
static postern_status have_token(struct cloud_tokens *tokens, const postern_host *host,
                                 const postern_call *call, postern_error *error)
{
    if (tokens->bearer && call->steady_ms < tokens->renew_ms) return POSTERN_OK;
    postern_status status = ask(tokens, host, call, error);
    bool serves_on = tokens->bearer && call->steady_ms < tokens->expire_ms;
    return status == POSTERN_E_RETRY && serves_on ? POSTERN_OK : status;
}

postern_status cloud_tokens_bearer(struct cloud_tokens *tokens, const postern_host *host,
                                   const postern_call *call, postern_text *authorization,
                                   postern_error *error)
{
    pthread_mutex_lock(&tokens->lock);
    postern_status status = have_token(tokens, host, call, error);
    if (status >= 0) {
        struct kit_writer copy = cloud_secret_writer(host, call->arena, strlen(tokens->bearer));
        kit_write_string(&copy, tokens->bearer);
        status = kit_written(&copy, authorization, error);
    }
    pthread_mutex_unlock(&tokens->lock);
    return status;
}

void cloud_tokens_refused(struct cloud_tokens *tokens, postern_text authorization)
{
    pthread_mutex_lock(&tokens->lock);
    if (tokens->bearer && kit_is(authorization, tokens->bearer)) forget(tokens);
    pthread_mutex_unlock(&tokens->lock);
}
