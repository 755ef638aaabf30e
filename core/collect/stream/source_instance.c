#include "collect/stream/source_instance.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

#define OPTION_TEXTS_LIMIT ((size_t)16 << 20)

static const char *copy_string(struct source_instance *instance, const char *string)
{
    return arena_copy(instance->texts, text_of(string)).data;
}

static bool copy_items(struct source_instance *instance, const struct config_value *from,
                       struct option_value *value)
{
    postern_text *items = arena_allocate(instance->texts, (from->item_count + 1) * sizeof *items);
    if (!items) return false;
    for (size_t i = 0; i < from->item_count; i++) {
        items[i] = arena_copy(instance->texts, text_of(from->items[i]));
        if (!items[i].data) return false;
    }
    value->items = items;
    value->item_count = from->item_count;
    return true;
}

static bool copy_value(struct source_instance *instance, const struct config_value *from,
                       struct option_value *value)
{
    *value = (struct option_value){.type = from->type, .integer = from->integer};
    value->name = copy_string(instance, from->name);
    if (from->secret) {
        instance->secrets[instance->secret_count++] = secret_share(from->secret);
        value->text = secret_reveal(from->secret);
    } else if (from->text) {
        value->text = arena_copy(instance->texts, text_of(from->text));
        if (!value->text.data) return false;
    }
    return value->name && copy_items(instance, from, value);
}

static postern_status make_options(struct source_instance *instance, const struct config_source *config,
                                   postern_error *error)
{
    size_t count = config->value_count;
    _cleanup_(freep) struct option_value *values = calloc(count + 1, sizeof *values);
    instance->texts = arena_new(OPTION_TEXTS_LIMIT);
    instance->secrets = calloc(count + 1, sizeof(struct secret *));
    if (!values || !instance->texts || !instance->secrets) return error_no_memory(error, NULL);
    for (size_t i = 0; i < count; i++)
        if (!copy_value(instance, &config->values[i], &values[i])) return error_no_memory(error, NULL);
    instance->options = options_new(instance->source->options, values, count);
    return instance->options ? POSTERN_OK : error_no_memory(error, NULL);
}

postern_status source_instance_create(const postern_source *source, const struct config_source *config,
                                      struct source_instance *instance, postern_error *error)
{
    *instance = (struct source_instance){.source = source};
    instance->settings = (struct source_settings){
        .interval_ms = config->interval_ms,
        .remember_ms = config->remember_ms,
        .window = {config->delay_ms, config->settle_ms, config->lookback_ms, config->replay_limit_ms,
                   config->slice_ms},
    };
    postern_status status = make_options(instance, config, error);
    if (status == POSTERN_OK && source->create)
        status = source->create(module_host(), instance->options, &instance->self, error);
    if (status >= 0) return POSTERN_OK;
    instance->self = NULL;
    source_instance_destroy(instance);
    *instance = (struct source_instance){0};
    error_prefix(error, "source %s: ", source->name);
    return status;
}

void source_instance_destroy(struct source_instance *instance)
{
    if (instance->self && instance->source->destroy) instance->source->destroy(instance->self);
    if (instance->options) options_free(instance->options);
    for (size_t i = 0; i < instance->secret_count; i++)
        secret_release(instance->secrets[i]);
    free(instance->secrets);
    arena_free(instance->texts);
}
