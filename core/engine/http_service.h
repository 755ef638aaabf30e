/* The service "http/1": what a sink asks for goes over a blocking client of its own instance. */
#ifndef POSTERN_ENGINE_HTTP_SERVICE_H
#define POSTERN_ENGINE_HTTP_SERVICE_H

#include "config/config.h"
#include "http/exchange.h"
#include "http/sight.h"
#include "module/registry.h"

/* Offers the service to the registry's modules; settings are to follow. False: out of memory. */
bool http_service_add(struct module_registry *registry);
/* What is not among an instance's own options comes from here, from its first exchange on. Copies. Any
 * thread. False: out of memory; the old settings stay. */
bool http_service_set_defaults(struct module_registry *registry, const struct config_http *http);

/* An exchange that was made, in what may be shown of it. */
struct http_sighting {
    const char *method, *host;
    postern_text path;                    /* without the query */
    const struct http_exchange *exchange; /* its answer or error, how long it took, and its sight */
    int64_t now_ms;                       /* wall clock when the answer was there */
    const postern_http_request *request;  /* its headers and body may hold secrets */
};
/* Has each exchange of the registry's modules shown, on the thread that made it. Before any instance is made.
 */
void http_service_observe(struct module_registry *registry,
                          void (*observe)(void *context, const struct http_sighting *sighting),
                          void *context);

#endif
