#include "collect/stream/download_trouble.h"

#include "base/error.h"
#include "collect/stream/exchange_trouble.h"
#include "collect/stream/memory.h"
#include "collect/stream/request.h"

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

bool download_trouble(struct stream *stream, uint64_t file, const struct request *request,
                      struct trouble *trouble)
{
    struct file_tries *tries = stream_file_tries(stream);
    if (request->exchange.coding_failed && file_tries_keep_coding(tries, file)) {
        trouble_of_coding(&request->exchange, trouble);
        return true;
    }
    if (is_too_large(&request->exchange)) return false;
    if (trouble_of_exchange(&request->exchange, request->arrived.wall_ms, stream->pace.limited, trouble)) {
        /* A link that cannot be used is the vendor's, and may be another one the next time. */
        if (trouble->reaction == REACTION_CONFIGURE) trouble->reaction = REACTION_RETRY;
        error_prefix(&trouble->error, "a file that the answer names: ");
        return true;
    }
    if (!download_link_is_dead(&request->exchange) || file_tries_dead(tries, file) >= DOWNLOAD_DEAD_LINKS)
        return false;
    file_tries_count_dead(tries, file);
    *trouble = (struct trouble){.error = ERROR_INIT};
    error_set(&trouble->error, POSTERN_E_RETRY,
              "the link to a file has expired (HTTP %d): asking for the page again",
              request->exchange.status);
    return true;
}
