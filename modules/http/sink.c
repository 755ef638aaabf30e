#include "http_sink.h"
#include <stdlib.h>

/* ---- Options ---- */

static bool has_places(postern_text text)
{
    return text.size && memmem(text.data, text.size, "%{", 2) != NULL;
}

static postern_status read_statuses(const postern_host *host, const char *name, int statuses[MOST_STATUS],
                                    size_t *count, postern_error *error)
{
    postern_text text;
    for (*count = 0; host->option_item(host, name, *count, &text); (*count)++) {
        int status = 0;
        for (size_t i = 0; i < text.size && i < 4; i++)
            status = text.data[i] >= '0' && text.data[i] <= '9' ? status * 10 + (text.data[i] - '0') : -9999;
        if (status < 100 || status > 599 || text.size != 3)
            return kit_fail(error, POSTERN_E_CONFIG, "write statuses such as { \"404\" }",
                            "%s: \"%.*s\" is no HTTP status", name, (int)text.size, text.data);
        if (*count == MOST_STATUS)
            return kit_fail(error, POSTERN_E_CONFIG, NULL, "%s: more than %d", name, MOST_STATUS);
        statuses[*count] = status;
    }
    return POSTERN_OK;
}

static postern_status read_options(struct http_instance *sink, postern_error *error)
{
    const postern_host *host = sink->host;
    postern_text url = kit_option_text(host, "url");
    postern_pair pair;
    sink->max_body = (size_t)kit_option_integer(host, "max_body");
    sink->max_events = (size_t)kit_option_integer(host, "max_events");
    pack_named(kit_option_text(host, "compression"), &sink->packing);
    if (url.size && !sink_set_url(sink, "%.*s", (int)url.size, url.data)) return kit_no_memory(error);
    for (size_t i = 0; host->option_pair(host, "headers", i, &pair); i++)
        sink->headers_have_places = sink->headers_have_places || has_places(pair.value);
    postern_status status =
        read_statuses(host, "retry_status", sink->retry_status, &sink->retry_status_count, error);
    if (status < 0) return status;
    return read_statuses(host, "success_status", sink->success_status, &sink->success_status_count, error);
}

/* ---- Its life ---- */

void http_sink_destroy(void *self)
{
    struct http_instance *sink = self;
    authentication_free(sink->authentication);
    pthread_mutex_destroy(&sink->lock);
    free(sink->own);
    free(sink->token_url);
    free(sink->scope);
    free(sink->url);
    free(sink);
}

static postern_status fill(struct http_instance *sink, postern_error *error)
{
    if (!sink->http || !sink->json || !sink->log)
        return kit_fail(error, POSTERN_E_UNSUPPORTED, "install a newer Postern",
                        "this Postern lacks a service that the module http needs");
    postern_status status = read_options(sink, error);
    if (status >= 0 && sink->preset->configure) status = sink->preset->configure(sink, error);
    if (status >= 0) status = authentication_new(sink, &sink->authentication, error);
    if (status >= 0 && sink->max_body <= sink->preset->reserve)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "max_body is too small for any event");
    if (status < 0) return status;
    counters_init(sink);
    atomic_store(&sink->working_size, sink->max_body);
    sink->url_has_places = has_places(kit_text(sink->url));
    return POSTERN_OK;
}

postern_status http_sink_create(const postern_host *host, void **self, postern_error *error)
{
    struct http_instance *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    sink->host = host;
    sink->preset = host->data;
    sink->http = host->service(host, POSTERN_SERVICE_HTTP);
    sink->json = host->service(host, POSTERN_SERVICE_JSON);
    sink->log = host->service(host, POSTERN_SERVICE_LOG);
    sink->metrics = host->service(host, POSTERN_SERVICE_METRICS);
    sink->frame = sink->preset->frame;
    sink->content_type = sink->preset->content_type;
    sink->method = sink->preset->method ? sink->preset->method : "POST";
    pthread_mutex_init(&sink->lock, NULL);
    postern_status status = fill(sink, error);
    if (status >= 0)
        *self = sink;
    else
        http_sink_destroy(sink);
    return status;
}

/* Nothing is connected before there is something to send. */
postern_status http_sink_open(void *self, const postern_call *call, const postern_pair *state, size_t count,
                              postern_error *error)
{
    (void)self, (void)call, (void)state, (void)count, (void)error;
    return POSTERN_OK;
}
