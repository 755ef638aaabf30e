#include "engine/metrics_service.h"
#include "base/container.h"
#include "module/instance.h"
#include <stdlib.h>

struct metrics_service {
    postern_metrics table;
    struct metrics *metrics;
};

struct metrics *metrics_service_metrics(const struct module_registry *registry)
{
    const postern_metrics *table = registry_service(registry, POSTERN_SERVICE_METRICS);
    return CONTAINER_OF((uintptr_t)table, struct metrics_service, table)->metrics;
}

static postern_metric *find(const postern_host *host, enum metric_kind kind, const char *name,
                            const char *help, const postern_pair *labels, size_t label_count)
{
    struct metrics *metrics = metrics_service_metrics(module_instance_of(host)->registry);
    struct metric_group *group = metrics_group(metrics, "instance", host->instance);
    return group ? metric_find(group, kind, name, help, labels, label_count) : NULL;
}

static postern_metric *counter(const postern_host *host, const char *name, const char *help,
                               const postern_pair *labels, size_t label_count)
{
    return find(host, METRIC_COUNTER, name, help, labels, label_count);
}

static postern_metric *gauge(const postern_host *host, const char *name, const char *help,
                             const postern_pair *labels, size_t label_count)
{
    return find(host, METRIC_GAUGE, name, help, labels, label_count);
}

static void add(const postern_host *host, postern_metric *metric, double amount)
{
    (void)host;
    metric_add(metric, amount);
}

static void set(const postern_host *host, postern_metric *metric, double value)
{
    (void)host;
    metric_set(metric, value);
}

static void free_service(void *object)
{
    struct metrics_service *service = object;
    metrics_free(service->metrics);
    free(service);
}

bool metrics_service_add(struct module_registry *registry)
{
    struct metrics_service *service = calloc(1, sizeof *service);
    if (!service) return false;
    service->table = (postern_metrics){
        .size = sizeof service->table, .counter = counter, .gauge = gauge, .add = add, .set = set};
    service->metrics = metrics_new();
    if (!service->metrics || !registry_keep(registry, service, free_service))
        return free_service(service), false;
    return registry_add_service(registry, POSTERN_SERVICE_METRICS, &service->table);
}
