#include "collect/stream/source_instance.h"

#include "base/error.h"

postern_status source_instance_create(struct module_registry *registry, const postern_source *source,
                                      const struct config_source *config, struct source_instance *instance,
                                      postern_error *error)
{
    const struct module_plan plan = {.registry = registry,
                                     .name = source->name,
                                     .data = source->data,
                                     .table = source->options,
                                     .values = config->values,
                                     .value_count = config->value_count};
    *instance = (struct source_instance){.source = source};
    instance->settings = (struct source_settings){
        .interval_ms = config->interval_ms,
        .remember_ms = config->remember_ms,
        .window = {config->delay_ms, config->settle_ms, config->lookback_ms, config->replay_limit_ms,
                   config->slice_ms},
    };
    postern_status status = module_instance_new(&plan, &instance->module, error);
    if (status >= 0 && source->account_options) {
        instance->account_defaults = options_new(source->account_options, NULL, 0);
        if (!instance->account_defaults) status = error_no_memory(error, NULL);
    }
    if (status >= 0 && source->create)
        status = source->create(&instance->module->host, &instance->self, error);
    if (status >= 0) return POSTERN_OK;
    instance->self = NULL; /* whoever fails to create has freed what there was */
    source_instance_destroy(instance);
    *instance = (struct source_instance){0};
    error_prefix(error, "source %s: ", source->name);
    return status;
}

void source_instance_destroy(struct source_instance *instance)
{
    if (instance->self && instance->source->destroy) instance->source->destroy(instance->self);
    options_free(instance->account_defaults);
    module_instance_free(instance->module);
}
