/* One configured source or sink as the core keeps it: the host that its module sees, and what stands behind
 * it. Services find it by the host that they are called with. */
#ifndef POSTERN_MODULE_INSTANCE_H
#define POSTERN_MODULE_INSTANCE_H

#include "base/container.h"
#include "module/limits.h"
#include "module/options.h"
#include <pthread.h>
#include <stdatomic.h>

struct module_registry;

/* What an instance is made of; everything is copied but `registry`, `data` and `table`, which outlive it. */
struct module_plan {
    struct module_registry *registry;
    const char *name; /* of the source or sink in the configuration */
    const void *data; /* of its postern_source or postern_sink */
    const postern_option *const *table;
    const struct option_value *values;
    size_t value_count;
};

struct module_instance {
    postern_host host;
    struct module_registry *registry; /* where its services come from */
    const struct limits_in_force *limits;
    postern_options *options;
    char *name;
    atomic_bool interrupted;
    pthread_mutex_t lock; /* of what services keep */
    struct kept_by_service *kept;
};

/* The instance does not exist for the module yet: whoever made it calls `create` with &instance->host. */
postern_status module_instance_new(const struct module_plan *plan, struct module_instance **instance,
                                   postern_error *error);
void module_instance_free(struct module_instance *instance); /* NULL is fine */

/* The instance behind a host that this program made. */
static inline struct module_instance *module_instance_of(const postern_host *host)
{
    return CONTAINER_OF((uintptr_t)host, struct module_instance, host);
}

/* What a service keeps for this instance until its end: found by the service's own address, made by `make`
 * at the first call (NULL if that fails), freed by `release`. Any thread. */
void *module_instance_kept(struct module_instance *instance, const void *service,
                           void *(*make)(struct module_instance *instance, postern_error *error),
                           void (*release)(void *kept), postern_error *error);

/* host->stopping says true from now on, and services that wait give up. Any thread. */
void module_instance_interrupt(struct module_instance *instance);
/* Takes it back: the instance goes on. Any thread. */
void module_instance_resume(struct module_instance *instance);

#endif
