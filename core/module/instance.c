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
    options_free(instance->options);
    free(instance->name);
    free(instance);
}

void module_instance_interrupt(struct module_instance *instance)
{
    atomic_store(&instance->interrupted, true);
}

void module_instance_resume(struct module_instance *instance)
{
    atomic_store(&instance->interrupted, false);
}
