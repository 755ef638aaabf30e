#include "module/descriptor.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include <string.h>

/* The size that a struct had in ABI 1.0: up to and including its last field of then. */
#define SIZE_THROUGH(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

static const char rebuild[] =
    "build the module anew with the header postern/module.h of this Postern, or install the "
    "version of the module that was made for it";

postern_status descriptor_check_version(const postern_module *module, size_t available, postern_error *error)
{
    const size_t head = SIZE_THROUGH(postern_module, abi_minor), whole = SIZE_THROUGH(postern_module, sinks);
    postern_status status = POSTERN_E_CONFIG;
    if (available && available < head)
        error_set(error, status, "its postern_module_entry is too small (%zu bytes)", available);
    else if (module->magic != POSTERN_MODULE_MAGIC)
        error_set(error, status,
                  "its postern_module_entry has the wrong magic (0x%08x, not 0x%08x): not a module of "
                  "Postern",
                  module->magic, POSTERN_MODULE_MAGIC);
    else if (module->abi_major != POSTERN_ABI_MAJOR)
        error_set(error, status, "it was built for module ABI %u.%u, and this Postern has %u.%u",
                  module->abi_major, module->abi_minor, POSTERN_ABI_MAJOR, POSTERN_ABI_MINOR);
    else if (module->size < whole || (available && available < whole))
        error_set(error, status, "its postern_module_entry is too small (%zu bytes, ABI %u.%u has %zu)",
                  available && available < module->size ? available : module->size, POSTERN_ABI_MAJOR,
                  POSTERN_ABI_MINOR, whole);
    else
        return POSTERN_OK;
    error_remedy(error, "%s", rebuild);
    return status;
}

/* [a-z0-9] and `extra`, at most 63 characters, an alphanumeric one first. */
static bool is_name(const char *name, const char *extra)
{
    size_t length = name ? strlen(name) : 0;
    if (length == 0 || length > 63 || strchr(extra, name[0])) return false;
    for (const char *c = name; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && !strchr(extra, *c)) return false;
    return true;
}

static postern_status malformed(postern_error *error, const char *what, const char *name, const char *why)
{
    error_set(error, POSTERN_E_CONFIG, "its %s \"%.63s\" %s", what, name ? name : "(no name)", why);
    error_remedy(error, "this is a mistake in the module: report it to whoever made the module");
    return POSTERN_E_CONFIG;
}

static bool default_is_valid(const postern_option *option)
{
    int64_t ignored;
    postern_text text = text_of(option->default_value);
    switch (option->type) {
    case POSTERN_OPTION_INTEGER: {
        size_t digits = strspn(text.data, "0123456789"), sign = 0;
        if (text.data[0] == '-') digits = strspn(text.data + (sign = 1), "0123456789");
        return digits > 0 && digits < 19 && sign + digits == text.size;
    }
    case POSTERN_OPTION_BOOLEAN:
        return text_is(text, "true") || text_is(text, "false");
    case POSTERN_OPTION_DURATION:
        return duration_parse(text, &ignored, NULL) == POSTERN_OK;
    case POSTERN_OPTION_SIZE:
        return size_parse(text, &ignored, NULL) == POSTERN_OK;
    case POSTERN_OPTION_LIST:
    case POSTERN_OPTION_SECRET:
        return false;
    default:
        return true;
    }
}

static postern_status check_options(const postern_option *options, postern_error *error)
{
    for (const postern_option *option = options; option && option->name; option++) {
        if (!is_name(option->name, "_")) return malformed(error, "option", option->name, "has no valid name");
        if (option->type < POSTERN_OPTION_TEXT || option->type > POSTERN_OPTION_PATH)
            return malformed(error, "option", option->name, "has an unknown type");
        if (option->required > 1)
            return malformed(error, "option", option->name, "has a `required` that is not 0 or 1");
        if (!option->help || !*option->help || strchr(option->help, '\n'))
            return malformed(error, "option", option->name, "has no help of one line");
        if (option->default_value && option->required)
            return malformed(error, "option", option->name, "is required and has a default");
        if (option->default_value && !default_is_valid(option))
            return malformed(error, "option", option->name, "has a default that does not fit its type");
        for (const postern_option *other = options; other != option; other++)
            if (!strcmp(other->name, option->name))
                return malformed(error, "option", option->name, "comes twice");
    }
    return POSTERN_OK;
}

/* A stream is named as its source, or "<source>-<part>". */
static bool is_stream_name(const char *name, const char *source)
{
    size_t length = strlen(source);
    return is_name(name, "-") && !strncmp(name, source, length) &&
           (name[length] == '\0' || (name[length] == '-' && name[length + 1] != '\0'));
}

static postern_status check_streams(const postern_source *source, postern_error *error)
{
    if (!source->streams || !source->streams[0])
        return malformed(error, "source", source->name, "has no streams");
    for (const postern_stream *const *at = source->streams; *at; at++) {
        const postern_stream *stream = *at;
        // NOLINTNEXTLINE(bugprone-sizeof-expression): the size of a pointer is what is meant
        if (stream->size < SIZE_THROUGH(postern_stream, volatile_fields))
            return malformed(error, "source", source->name, "has a stream whose struct is too small");
        if (!is_stream_name(stream->name, source->name))
            return malformed(error, "stream", stream->name,
                             "is not named as its source or \"<source>-<part>\"");
        if (stream->kind != POSTERN_STREAM_WINDOW && stream->kind != POSTERN_STREAM_TOKEN)
            return malformed(error, "stream", stream->name, "is of unknown kind");
        if (!stream->auth || !*stream->auth)
            return malformed(error, "stream", stream->name, "names no authentication");
        if (!stream->permission) return malformed(error, "stream", stream->name, "names no permission");
        for (const postern_volatile_field *field = stream->volatile_fields; field && field->name; field++)
            if (!*field->name)
                return malformed(error, "stream", stream->name, "has a volatile field without a name");
        for (const postern_stream *const *other = source->streams; other != at; other++)
            if (!strcmp((*other)->name, stream->name) && !strcmp((*other)->auth, stream->auth))
                return malformed(error, "stream", stream->name, "comes twice for one kind of authentication");
    }
    return POSTERN_OK;
}

static postern_status check_schedule(const postern_source *source, postern_error *error)
{
    const postern_schedule *schedule = source->schedule;
    if (!schedule) return POSTERN_OK;
    if (schedule->size < SIZE_THROUGH(postern_schedule, remember_ms))
        return malformed(error, "source", source->name, "has a schedule whose struct is too small");
    const int64_t times[] = {schedule->interval_ms, schedule->delay_ms,        schedule->settle_ms,
                             schedule->lookback_ms, schedule->replay_limit_ms, schedule->slice_ms,
                             schedule->remember_ms};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i] < 0)
            return malformed(error, "source", source->name, "has a schedule with a negative time");
    return POSTERN_OK;
}

static postern_status check_source(const postern_source *source, postern_error *error)
{
    if (source->size < SIZE_THROUGH(postern_source, on_response))
        return malformed(error, "source", "", "has a struct that is too small");
    if (!is_name(source->name, "-")) return malformed(error, "source", source->name, "has no valid name");
    if (!source->title || !*source->title) return malformed(error, "source", source->name, "has no title");
    if (!source->next || !source->on_response)
        return malformed(error, "source", source->name, "lacks the function next or on_response");
    postern_status status = check_streams(source, error);
    if (status == POSTERN_OK) status = check_schedule(source, error);
    if (status == POSTERN_OK) status = check_options(source->options, error);
    return status;
}

static postern_status check_sink(const postern_sink *sink, postern_error *error)
{
    if (sink->size < SIZE_THROUGH(postern_sink, close))
        return malformed(error, "sink", "", "has a struct that is too small");
    if (!is_name(sink->name, "-_")) return malformed(error, "sink", sink->name, "has no valid name");
    if (!sink->title || !*sink->title) return malformed(error, "sink", sink->name, "has no title");
    if (!sink->open || !sink->write)
        return malformed(error, "sink", sink->name, "lacks one of the functions open and write");
    return check_options(sink->options, error);
}

postern_status descriptor_check_tables(const postern_module *module, postern_error *error)
{
    if (!is_name(module->name, "-_"))
        return malformed(error, "name", module->name, "is no valid module name");
    if (!module->version || !module->summary)
        return malformed(error, "module", module->name, "lacks a version or a summary");
    bool offers = (module->sources && module->sources[0]) || (module->sinks && module->sinks[0]);
    if (!offers) return malformed(error, "module", module->name, "offers neither a source nor a sink");
    postern_status status = POSTERN_OK;
    for (const postern_source *const *source = module->sources; status == POSTERN_OK && source && *source;
         source++)
        status = check_source(*source, error);
    for (const postern_sink *const *sink = module->sinks; status == POSTERN_OK && sink && *sink; sink++)
        status = check_sink(*sink, error);
    return status;
}
