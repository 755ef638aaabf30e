#include "commands/modules_json.h"
#include "base/show.h"
#include "base/units.h"
#include "module/http_options.h"
#include <cjson/cJSON.h>
#include <stdlib.h>

const char *option_type_name(uint32_t type)
{
    static const char *const names[] = {"",     "text",   "integer", "boolean", "duration", "size",
                                        "list", "secret", "path",    "map",     "template", "time"};
    return type < sizeof names / sizeof *names ? names[type] : "?";
}

const char *option_format_number(uint32_t type, int64_t number, char buffer[32])
{
    if (type == POSTERN_OPTION_DURATION) return duration_format(number, buffer);
    if (type == POSTERN_OPTION_SIZE) return size_format(number, buffer);
    snprintf(buffer, 32, "%lld", (long long)number);
    return buffer;
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text) cJSON_AddStringToObject(object, name, text);
}

static cJSON *option_json(const postern_option *option)
{
    cJSON *object = cJSON_CreateObject();
    char number[32];
    add_text(object, "name", option->name);
    add_text(object, "type", option_type_name(option->type));
    cJSON_AddBoolToObject(object, "required", option->flags & POSTERN_OPTION_REQUIRED);
    if (option->flags & POSTERN_OPTION_REPEATABLE) cJSON_AddBoolToObject(object, "repeatable", true);
    if (option->flags & POSTERN_OPTION_HIDDEN) cJSON_AddBoolToObject(object, "hidden", true);
    add_text(object, "default", option->default_value);
    if (option->minimum || option->maximum) {
        add_text(object, "minimum", option_format_number(option->type, option->minimum, number));
        add_text(object, "maximum", option_format_number(option->type, option->maximum, number));
    }
    if (option->choices) {
        cJSON *choices = cJSON_AddArrayToObject(object, "choices");
        for (const char *const *choice = option->choices; *choice; choice++)
            cJSON_AddItemToArray(choices, cJSON_CreateString(*choice));
    }
    add_text(object, "help", option->help);
    return object;
}

static void add_options(cJSON *object, const char *name, const postern_option *const *table)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);
    for (; table && *table; table++)
        cJSON_AddItemToArray(list, option_json(*table));
}

static cJSON *source_json(const postern_source *source)
{
    cJSON *object = cJSON_CreateObject();
    add_text(object, "name", source->name);
    add_text(object, "title", source->title);
    cJSON_AddBoolToObject(object, "off", source->flags & POSTERN_SOURCE_OFF);
    cJSON *streams = cJSON_AddArrayToObject(object, "streams");
    for (size_t i = 0; source->streams && source->streams[i]; i++) {
        const postern_stream *stream = source->streams[i];
        cJSON *entry = cJSON_CreateObject();
        add_text(entry, "name", stream->name);
        add_text(entry, "auth", stream->auth);
        add_text(entry, "permission", stream->permission);
        cJSON_AddItemToArray(streams, entry);
    }
    add_options(object, "options", source->options);
    add_options(object, "account_options", source->account_options);
    return object;
}

static cJSON *sink_json(const postern_sink *sink)
{
    cJSON *object = cJSON_CreateObject();
    add_text(object, "name", sink->name);
    add_text(object, "title", sink->title);
    /* It has those of http_options, too. */
    cJSON_AddBoolToObject(object, "http", sink->flags & POSTERN_SINK_HTTP);
    cJSON_AddBoolToObject(object, "concurrent", sink->flags & POSTERN_SINK_CONCURRENT);
    cJSON_AddBoolToObject(object, "stable_batches", sink->flags & POSTERN_SINK_STABLE_BATCHES);
    add_options(object, "options", sink->options);
    return object;
}

static cJSON *module_json(const struct loaded_module *loaded)
{
    const postern_module *module = loaded->module;
    cJSON *object = cJSON_CreateObject();
    char abi[32];
    snprintf(abi, sizeof abi, "%u.%u", module->abi_major, module->abi_minor);
    add_text(object, "name", module->name);
    add_text(object, "version", module->version);
    add_text(object, "abi", abi);
    add_text(object, "license", module->license);
    add_text(object, "summary", module->summary);
    add_text(object, "path", loaded->path);
    cJSON *sources = cJSON_AddArrayToObject(object, "sources");
    for (size_t i = 0; module->sources && module->sources[i]; i++)
        cJSON_AddItemToArray(sources, source_json(module->sources[i]));
    cJSON *sinks = cJSON_AddArrayToObject(object, "sinks");
    for (size_t i = 0; module->sinks && module->sinks[i]; i++)
        cJSON_AddItemToArray(sinks, sink_json(module->sinks[i]));
    return object;
}

static void add_http_options(cJSON *document)
{
    const postern_option **table = http_options_join(NULL);
    add_options(document, "http_options", table);
    free(table);
}

bool modules_print_json(const struct module_registry *registry)
{
    cJSON *document = cJSON_CreateObject();
    add_text(document, "postern", POSTERN_VERSION);
    add_http_options(document);
    cJSON *modules = cJSON_AddArrayToObject(document, "modules");
    for (size_t i = 0; i < registry_module_count(registry); i++)
        cJSON_AddItemToArray(modules, module_json(registry_module(registry, i)));
    char *text = cJSON_PrintUnformatted(document);
    cJSON_Delete(document);
    if (text) show(stdout, "%s\n", text);
    free(text);
    return text != NULL;
}
