/* The service "metrics/1": series of an instance, with its name as a label. */
#ifndef POSTERN_ENGINE_METRICS_SERVICE_H
#define POSTERN_ENGINE_METRICS_SERVICE_H

#include "module/registry.h"
#include "report/metrics.h"

/* Offers the service to the registry's modules. False: out of memory. */
bool metrics_service_add(struct module_registry *registry);
/* What they have counted; lives as long as the registry. */
struct metrics *metrics_service_metrics(const struct module_registry *registry);

#endif
