/* One request to a store: signed by its kind, judged, and sent once more where that may help. */
#include "shared/cloud/time.h"
#include "store.h"
#include <stdlib.h>

#define CLOCK_OFF_MS ((int64_t)60000) /* a refusal for our time is believed from here */

/* ---- The endpoint ---- */

postern_status store_set_endpoint(struct store *store, const char *format, postern_text value,
                                  postern_error *error)
{
    postern_text given = kit_option_text(store->host, "endpoint");
    char buffer[1024];
    struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer - 1);
    for (const char *at = format; given.size == 0 && *at; at++) {
        if (*at == '*')
            kit_write(&writer, value);
        else
            kit_write(&writer, kit_span(at, 1));
    }
    kit_write(&writer, given);
    bool is_url = !writer.failed && (kit_starts_with(kit_span(buffer, writer.size), "https://") ||
                                     kit_starts_with(kit_span(buffer, writer.size), "http://"));
    if (!is_url || memchr(buffer, '?', writer.size) || memchr(buffer, '@', writer.size))
        return kit_fail(error, POSTERN_E_CONFIG, "write it as https://host, without user and query",
                        "endpoint is no such URL");
    while (writer.size && buffer[writer.size - 1] == '/')
        writer.size--;
    buffer[writer.size] = '\0';
    store->endpoint = strdup(buffer);
    return store->endpoint ? POSTERN_OK : kit_no_memory(error);
}

postern_text store_endpoint_host(const struct store *store)
{
    const char *host = strstr(store->endpoint, "://") + 3, *slash = strchr(host, '/');
    return slash ? kit_between(host, slash) : kit_text(host);
}

postern_text store_endpoint_path(const struct store *store)
{
    postern_text host = store_endpoint_host(store);
    return kit_text(kit_end(host));
}

/* ---- A request ---- */

/* True if the store's clock is elsewhere than was thought: it is remembered. */
static bool take_their_clock(struct store *store, const postern_http_response *response, int64_t now_ms)
{
    int64_t offset = cloud_clock_offset(response, now_ms), known = store->clock_offset_ms;
    if (offset - known < CLOCK_OFF_MS && known - offset < CLOCK_OFF_MS) return false;
    store->clock_offset_ms = offset;
    if (store->log)
        store->log->write(
            store->host, POSTERN_LOG_WARNING,
            "this machine's clock and the store's differ by more than a minute: requests go by the store's");
    return true;
}

static postern_status send(struct store *store, const postern_call *call, struct store_request *request,
                           postern_http_response *response, postern_error *error)
{
    postern_pair headers[STORE_HEADERS];
    size_t count = 0;
    postern_status status =
        request->sign(store, call, request, call->now_ms + store->clock_offset_ms, headers, &count, error);
    if (status < 0) return status;
    const postern_http_request asked = {.size = sizeof asked,
                                        .method = request->method,
                                        .url = request->url,
                                        .headers = headers,
                                        .header_count = count,
                                        .body = request->body};
    *response = (postern_http_response){.size = sizeof *response};
    return store->http->exchange(store->host, call->arena, &asked, response, error);
}

postern_status store_exchange(struct store *store, const postern_call *call, struct store_request *request,
                              postern_http_response *response, postern_error *error)
{
    bool may_renew = true, may_take_clock = true;
    for (;;) {
        postern_status status = send(store, call, request, response, error);
        if (status < 0) return status;
        enum store_verdict verdict = answer_judge(response, request->there_is_done, request->shown, error);
        if (verdict == VERDICT_DONE) return POSTERN_OK;
        bool again = false;
        if (verdict == VERDICT_CLOCK && may_take_clock)
            may_take_clock = false, again = take_their_clock(store, response, call->now_ms);
        if (verdict == VERDICT_RENEW && may_renew)
            may_renew = false, again = request->renew && request->renew(store, request);
        if (!again) return error->code;
    }
}
