#include "http/exchange.h"
#include "base/error.h"
#include "http/transfer.h"

static void forget_answer(struct http_exchange *exchange)
{
    exchange->answer_headers = NULL;
    exchange->answer_header_count = 0;
    exchange->answer_body = (postern_text){0};
    exchange->answer_is_mapped = false;
}

void http_exchange_reset(struct http_exchange *exchange)
{
    forget_answer(exchange);
    exchange->error = ERROR_INIT;
    exchange->status = exchange->tries = 0;
    exchange->coding_failed = false;
    exchange->server_date_ms = exchange->begun_ms = 0;
    exchange->bound = BOUND_NONE;
    exchange->transfer = NULL;
}

void http_exchange_clear(struct http_exchange *exchange)
{
    transfer_free(exchange->transfer);
    exchange->transfer = NULL;
    forget_answer(exchange);
}

postern_text http_header(const struct http_exchange *exchange, const char *name)
{
    return header_find(exchange->answer_headers, exchange->answer_header_count, name);
}
