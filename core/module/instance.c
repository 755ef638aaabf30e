#include "module/instance.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "module/registry.h"
#include <stdlib.h>

/* ---- The host's functions ---- */

static const postern_options *own(const postern_host *host)
{
    return module_instance_of(host)->options;
}

static const void *service(const postern_host *host, const char *name)
{
    return registry_service(module_instance_of(host)->registry, name);
}

static void *allocate(const postern_host *host, postern_arena *arena, size_t bytes)
{
    (void)host;
    return arena_allocate(arena, bytes);
}

static bool stopping(const postern_host *host)
{
    return atomic_load(&module_instance_of(host)->interrupted);
}

static bool option_text(const postern_host *host, const char *name, postern_text *value)
{
    return options_text(own(host), name, value);
}

static bool option_integer(const postern_host *host, const char *name, int64_t *value)
{
    return options_integer(own(host), name, value);
}

static bool option_item(const postern_host *host, const char *name, size_t index, postern_text *value)
{
    return options_item(own(host), name, index, value);
}

static bool option_pair(const postern_host *host, const char *name, size_t index, postern_pair *pair)
{
    return options_pair(own(host), name, index, pair);
}

static bool account_text(const postern_host *host, const postern_call *call, const char *name,
                         postern_text *value)
{
    (void)host;
    return options_text(call->account_options, name, value);
}

static bool account_integer(const postern_host *host, const postern_call *call, const char *name,
                            int64_t *value)
{
    (void)host;
    return options_integer(call->account_options, name, value);
}

static bool account_item(const postern_host *host, const postern_call *call, const char *name, size_t index,
                         postern_text *value)
{
    (void)host;
    return options_item(call->account_options, name, index, value);
}

static bool account_pair(const postern_host *host, const postern_call *call, const char *name, size_t index,
                         postern_pair *pair)
{
    (void)host;
    return options_pair(call->account_options, name, index, pair);
}

/* ---- The instance ---- */

struct kept_by_service {
    struct kept_by_service *next;
    const void *service;
    void *object;
    void (*release)(void *object);
};

static const postern_host host_of_all = {
    .size = sizeof host_of_all,
    .abi_major = POSTERN_ABI_MAJOR,
    .abi_minor = POSTERN_ABI_MINOR,
    .version = POSTERN_VERSION,
    .service = service,
    .allocate = allocate,
    .stopping = stopping,
    .option_text = option_text,
    .option_integer = option_integer,
    .option_item = option_item,
    .option_pair = option_pair,
    .account_text = account_text,
    .account_integer = account_integer,
    .account_item = account_item,
    .account_pair = account_pair,
};

postern_status module_instance_new(const struct module_plan *plan, struct module_instance **instance,
                                   postern_error *error)
{
    struct module_instance *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    pthread_mutex_init(&made->lock, NULL);
    made->registry = plan->registry;
    made->limits = registry_limits(plan->registry);
    made->name = strdup(plan->name);
    made->options = options_new(plan->table, plan->values, plan->value_count);
    if (!made->name || !made->options) {
        module_instance_free(made);
        return error_no_memory(error, NULL);
    }
    made->host = host_of_all;
    made->host.instance = text_of(made->name);
    made->host.data = plan->data;
    *instance = made;
    return POSTERN_OK;
}

void module_instance_free(struct module_instance *instance)
{
    if (!instance) return;
    for (struct kept_by_service *kept = instance->kept, *next; kept; kept = next) {
        next = kept->next;
        kept->release(kept->object);
        free(kept);
    }
    pthread_mutex_destroy(&instance->lock);
    options_free(instance->options);
    free(instance->name);
    free(instance);
}

static void *keep(struct module_instance *instance, const struct kept_by_service *what,
                  void *(*make)(struct module_instance *instance, postern_error *error), postern_error *error)
{
    struct kept_by_service *kept = malloc(sizeof *kept);
    if (!kept) return error_no_memory(error, NULL), NULL;
    *kept = *what;
    kept->object = make(instance, error);
    if (!kept->object) {
        free(kept);
        return NULL;
    }
    kept->next = instance->kept;
    instance->kept = kept;
    return kept->object;
}

void *module_instance_kept(struct module_instance *instance, const void *service,
                           void *(*make)(struct module_instance *instance, postern_error *error),
                           void (*release)(void *kept), postern_error *error)
{
    pthread_mutex_lock(&instance->lock);
    struct kept_by_service *kept = instance->kept;
    while (kept && kept->service != service)
        kept = kept->next;
    void *object =
        kept ? kept->object
             : keep(instance, &(struct kept_by_service){.service = service, .release = release}, make, error);
    pthread_mutex_unlock(&instance->lock);
    return object;
}

void module_instance_interrupt(struct module_instance *instance)
{
    atomic_store(&instance->interrupted, true);
}

void module_instance_resume(struct module_instance *instance)
{
    atomic_store(&instance->interrupted, false);
}
