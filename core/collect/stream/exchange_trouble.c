#include "collect/stream/exchange_trouble.h"

#include "base/error.h"
#include "base/units.h"
#include "collect/stream/request.h"
#include "http/rate_limit.h"

#include <string.h>

static void server_trouble(int status, postern_error *error)
{
    error_set(error, POSTERN_E_RETRY, "the server answered HTTP %d", status);
    error_remedy(
        error, "This is trouble at the vendor's side. Postern tries again by itself; if it lasts for hours, "
               "look at the vendor's status page.");
}

/* The network has words for where it leads. */
static void redirect_trouble(const struct http_exchange *exchange, postern_error *error)
{
    if (exchange->error.message[0]) {
        *error = exchange->error;
        error->code = POSTERN_E_RETRY;
        return;
    }
    error_set(error, POSTERN_E_RETRY, "the server answered with a redirect (HTTP %d)", exchange->status);
    error_remedy(error, "Check base_url and the proxy: the vendor's API does not redirect.");
}

void trouble_of_answer(const struct answer *answer, struct trouble *trouble)
{
    if (answer->step_failed)
        trouble_of_commit(&answer->error, answer->status, trouble);
    else
        trouble_of_source(&answer->error, answer->status, trouble);
    if (!answer->step_failed) memcpy(trouble->request_id, answer->call.request_id, REQUEST_ID_SIZE);
    if (!answer->request) return;
    trouble->signed_offset_ms = answer->request->signed_offset_ms;
    access_conceal(&answer->request->access, &trouble->error);
}

/* A point in time that an answer names is one of the clock that it shows itself. */
int64_t exchange_wait_ms(const struct http_exchange *exchange, int64_t wall_ms, int consecutive)
{
    int64_t now_ms = exchange->server_date_ms > 0 ? exchange->server_date_ms : wall_ms;
    return rate_limit_wait_ms(exchange->status, exchange->answer_headers, exchange->answer_header_count,
                              now_ms, consecutive);
}

bool exchange_is_too_large(const struct http_exchange *exchange)
{
    return exchange->error.code == POSTERN_E_LIMIT && exchange->status == 200 &&
           exchange->answer_header_count > 0;
}

bool trouble_of_exchange(const struct http_exchange *exchange, int64_t wall_ms, int limited,
                         struct trouble *trouble)
{
    *trouble = (struct trouble){.error = ERROR_INIT};
    if (exchange_is_too_large(exchange)) return false;
    if (exchange->error.code < 0) {
        trouble->reaction = reaction_to(exchange->error.code);
        trouble->error = exchange->error;
        trouble->wait_ms = exchange->error.retry_after_ms;
        return true;
    }
    if (exchange->status >= 300 && exchange->status < 400) {
        redirect_trouble(exchange, &trouble->error);
        return true;
    }
    if (exchange->status != 429 && exchange->status < 500) return false;
    trouble->wait_ms = exchange_wait_ms(exchange, wall_ms, limited + 1);
    if (exchange->status >= 500) {
        server_trouble(exchange->status, &trouble->error);
        return true;
    }
    char wait[32];
    trouble->reaction = REACTION_WAIT;
    error_set(&trouble->error, POSTERN_E_RETRY, "the vendor's rate limit is used up (HTTP 429): waiting %s",
              duration_format(trouble->wait_ms, wait));
    error_remedy(&trouble->error,
                 "Postern goes on by itself. If this happens often, another program uses the same "
                 "keys, or the source's interval is too short.");
    return true;
}
