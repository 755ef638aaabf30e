/* The service "http/1": what a sink asks for goes over a blocking client of its own instance. */
#ifndef POSTERN_ENGINE_HTTP_SERVICE_H
#define POSTERN_ENGINE_HTTP_SERVICE_H

#include "config/config.h"
#include "module/registry.h"

/* Offers the service to the registry's modules; settings are to follow. False: out of memory. */
bool http_service_add(struct module_registry *registry);
/* What is not among an instance's own options comes from here, from its first exchange on. Copies. Any
 * thread. False: out of memory; the old settings stay. */
bool http_service_set_defaults(struct module_registry *registry, const struct config_http *http);

#endif
