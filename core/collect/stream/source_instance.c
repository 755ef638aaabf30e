#include "collect/stream/source_instance.h"

#include "base/error.h"
#include "base/smaller.h"

#include <stdlib.h>

static bool take_settings(struct source_instance *instance, const struct config_source *config)
{
    const postern_stream *const *streams = instance->source->streams;
    size_t count = 0;
    while (streams && streams[count])
        count++;
    instance->settings = calloc(count + 1, sizeof *instance->settings);
    for (size_t i = 0; instance->settings && i < count; i++) {
        const struct config_source own = config_source_of_stream(config, streams[i]);
        instance->settings[i] = (struct stream_settings){
            .quota = own.quota ? own.quota : instance->source->name,
            .quota_calls = own.quota_calls,
            .quota_window_ms = own.quota_window_ms,
            .interval_ms = own.interval_ms,
            .remember_ms = own.remember_ms,
            .overlap_ms = own.overlap_ms,
            .give_up_file_ms = own.give_up_file_ms,
            .permission_recheck_ms = own.permission_recheck_ms,
            .license_recheck_ms = own.license_recheck_ms,
            .window = {own.delay_ms, larger(own.settle_ms, own.delay_ms), own.lookback_ms,
                       own.replay_limit_ms, own.slice_ms},
        };
    }
    return instance->settings != NULL;
}

const struct stream_settings *source_instance_settings(const struct source_instance *instance,
                                                       const postern_stream *stream)
{
    size_t at = 0;
    while (instance->source->streams[at] != stream)
        at++;
    return &instance->settings[at];
}

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
    postern_status status = take_settings(instance, config) ? POSTERN_OK : error_no_memory(error, NULL);
    if (status >= 0) status = module_instance_new(&plan, &instance->module, error);
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
    config_error_at(&config->place, error);
    return status;
}

void source_instance_destroy(struct source_instance *instance)
{
    if (instance->self && instance->source->destroy) instance->source->destroy(instance->self);
    options_free(instance->account_defaults);
    module_instance_free(instance->module);
    free(instance->settings);
}
