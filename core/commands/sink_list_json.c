/* `postern sink list --json`: what the list says, for programs. */
#include "base/units.h"
#include "commands/sink.h"
#include "report/status.h"
#include <cjson/cJSON.h>

/* Of a secret only that it is one. */
static cJSON *text_json(const char *text, bool is_secret)
{
    if (!is_secret) return cJSON_CreateString(text ? text : "");
    cJSON *object = cJSON_CreateObject();
    cJSON_AddBoolToObject(object, "secret", true);
    return object;
}

static cJSON *items_json(const struct option_value *value)
{
    bool is_map = value->type == POSTERN_OPTION_MAP;
    cJSON *all = is_map ? cJSON_CreateObject() : cJSON_CreateArray();
    for (size_t i = 0; i < value->item_count; i++) {
        const struct option_item *item = &value->items[i];
        cJSON *text = text_json(item->text, item->secret != NULL);
        if (is_map)
            cJSON_AddItemToObject(all, item->name, text);
        else
            cJSON_AddItemToArray(all, text);
    }
    return all;
}

/* As the user would write it. */
static cJSON *value_json(const struct option_value *value)
{
    char text[32];
    if (value->type == POSTERN_OPTION_BOOLEAN) return cJSON_CreateBool(value->integer != 0);
    if (value->type == POSTERN_OPTION_INTEGER) return cJSON_CreateNumber((double)value->integer);
    if (value->type == POSTERN_OPTION_DURATION)
        return cJSON_CreateString(duration_write(value->integer, text));
    if (value->type == POSTERN_OPTION_SIZE) return cJSON_CreateString(size_write(value->integer, text));
    if (value->secret || value->text) return text_json(value->text, value->secret != NULL);
    return items_json(value);
}

/* null: as the core has it. */
static void add_number(cJSON *object, const char *name, uint32_t type, int64_t number)
{
    const struct option_value value = {.type = type, .integer = number};
    cJSON_AddItemToObject(object, name, number ? value_json(&value) : cJSON_CreateNull());
}

static void add_feeding(cJSON *object, const struct config_sink *sink)
{
    const struct config_batching *batching = &sink->batching;
    add_number(object, "batch_events", POSTERN_OPTION_INTEGER, batching->events);
    add_number(object, "batch_bytes", POSTERN_OPTION_SIZE, batching->bytes);
    add_number(object, "batch_wait", POSTERN_OPTION_DURATION, batching->wait_ms);
    cJSON_AddNumberToObject(object, "parallel", batching->parallel > 1 ? (double)batching->parallel : 1);
    cJSON_AddStringToObject(object, "when_full",
                            sink->when_full == WHEN_FULL_DROP_OLDEST ? "drop_oldest" : "wait");
}

static cJSON *sink_json(const struct status_report *report, const struct module_registry *registry,
                        const struct config_sink *sink)
{
    const struct loaded_module *loaded = registry_sink_module(registry, sink->type);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", sink->name);
    cJSON_AddStringToObject(object, "type", sink->type);
    cJSON_AddStringToObject(object, "module", loaded ? loaded->module->name : "");
    cJSON_AddStringToObject(object, "module_version", loaded ? loaded->module->version : "");
    if (sink->missing) cJSON_AddStringToObject(object, "missing", sink->missing);
    cJSON_AddItemToObject(object, "breaker", status_breaker_json(report, sink->name));
    cJSON *deliveries = cJSON_AddArrayToObject(object, "deliveries");
    for (size_t i = 0; i < report->delivery_count; i++) {
        const struct delivery_record *delivery = &report->deliveries[i];
        if (!delivery->removed_ms && strcmp(delivery_sink(delivery), sink->name) == 0)
            cJSON_AddItemToArray(deliveries, status_delivery_json(report, delivery));
    }
    add_feeding(object, sink);
    cJSON *options = cJSON_AddObjectToObject(object, "options");
    for (size_t i = 0; i < sink->value_count; i++)
        cJSON_AddItemToObject(options, sink->values[i].name, value_json(&sink->values[i]));
    return object;
}

void sink_list_json(const struct config *config, const struct module_registry *registry)
{
    struct status_report report;
    status_load(config->state, clock_process(), &report);
    cJSON *document = cJSON_CreateObject();
    cJSON *sinks = cJSON_AddArrayToObject(document, "sinks");
    for (size_t i = 0; i < config->sink_count; i++)
        cJSON_AddItemToArray(sinks, sink_json(&report, registry, &config->sinks[i]));
    status_print_document(stdout, document);
    status_clear(&report);
}
