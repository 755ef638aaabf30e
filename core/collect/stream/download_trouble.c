#include "collect/stream/download_trouble.h"

#include "base/error.h"
#include "base/units.h"
#include "collect/stream/exchange_trouble.h"
#include "collect/stream/memory.h"
#include "collect/stream/request.h"
#include "collect/stream/state.h"
#include <stdio.h>

/* Stores of files have each their own word for a signature that is too old. */
bool download_link_is_dead(const struct http_exchange *exchange)
{
    static const int statuses[] = {400, 401, 403, 404, 410};
    for (size_t i = 0; exchange->error.code >= 0 && i < sizeof statuses / sizeof *statuses; i++)
        if (exchange->status == statuses[i]) return true;
    return false;
}

/* It would be too large at every try: one file must not hold up all that come behind it. */
static bool is_too_large(const struct http_exchange *exchange)
{
    return exchange->error.code == POSTERN_E_LIMIT && exchange->status != 0;
}

/* A packed file whose store calls that a content coding is damaged like any other, and read as far as it
 * goes, if it comes as it is stored; so is what unpacks to more than an answer may have. */
static void trouble_of_coding(const struct http_exchange *exchange, struct trouble *trouble)
{
    *trouble = (struct trouble){.error = exchange->error};
    trouble->error.code = POSTERN_E_RETRY;
    error_prefix(&trouble->error, "a file that the answer names is asked for as it is stored: ");
    error_remedy(&trouble->error, "nothing need be done: it is read as far as it goes");
}

/* What this machine lacks says nothing about the file. */
static bool is_out(const struct http_exchange *exchange)
{
    return exchange->error.code >= 0 || exchange->error.code == POSTERN_E_RETRY ||
           exchange->error.code == POSTERN_E_CONFIG;
}

static void give_up(struct stream *stream, uint64_t file, struct http_exchange *exchange,
                    const struct trouble *trouble)
{
    char lasted[32], fact[32];
    int64_t since_ms = file_tries_out_since_ms(stream_file_tries(stream), file);
    error_set(&exchange->error, POSTERN_E_LIMIT,
              "given up: it could not be fetched for %s, though other files came: %s",
              duration_format(stream_now_ms(stream) - since_ms, lasted), trouble->error.message);
    struct notice notice = stream_notice(stream, NOTICE_FILE_GIVEN_UP, exchange->error.message);
    /* After a crash it is given up once more, for a longer time. */
    snprintf(fact, sizeof fact, "file %016llx", (unsigned long long)file);
    notice.fact = fact;
    notice_say(stream->shared->journal, &notice);
}

bool download_trouble(struct stream *stream, uint64_t file, struct request *request, struct trouble *trouble)
{
    struct file_tries *tries = stream_file_tries(stream);
    if (request->exchange.coding_failed && file_tries_keep_coding(tries, file)) {
        trouble_of_coding(&request->exchange, trouble);
        return true;
    }
    if (is_too_large(&request->exchange)) return false;
    if (trouble_of_exchange(&request->exchange, request->arrived.wall_ms, stream->pace.limited, trouble)) {
        if (file_tries_gives_up(tries, file) && is_out(&request->exchange)) {
            give_up(stream, file, &request->exchange, trouble);
            return false;
        }
        if (is_out(&request->exchange)) file_tries_count_out(tries, file, stream_now_ms(stream));
        /* A link that cannot be used is the vendor's, and may be another one the next time. */
        if (trouble->reaction == REACTION_CONFIGURE) trouble->reaction = REACTION_RETRY;
        error_prefix(&trouble->error, "a file that the answer names: ");
        return true;
    }
    file_tries_came(tries, file);
    if (!download_link_is_dead(&request->exchange) || file_tries_dead(tries, file) >= DOWNLOAD_DEAD_LINKS)
        return false;
    file_tries_count_dead(tries, file);
    *trouble = (struct trouble){.error = ERROR_INIT};
    error_set(&trouble->error, POSTERN_E_RETRY,
              "the link to a file has expired (HTTP %d): asking for the page again",
              request->exchange.status);
    return true;
}
