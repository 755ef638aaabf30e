#include "commands/module_test/lookup_cases.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/parameters.h"
#include <string.h>

/* Two lookups may have one name; their authentication tells them apart. */
static const postern_lookup *find_lookup(const struct case_reading *reading)
{
    postern_text auth = case_member(reading, reading->root, "auth");
    const postern_lookup *const *at = registry_lookups(reading->subject->loaded->module);
    for (; at && *at; at++)
        if (strcmp((*at)->name, reading->subject->offer->name) == 0 &&
            (!auth.size || text_is(auth, (*at)->auth)))
            return *at;
    return NULL;
}

static const char *take_value(const struct case_reading *reading, struct parameters *given, size_t index,
                              const struct json_node *value)
{
    bool is_text = json_type(value) == POSTERN_JSON_STRING;
    postern_text text =
        is_text ? case_text(reading, value) : arena_copy(reading->arena, json_raw(reading->tape, value));
    return parameters_take(given, PARAMETER_FIRST + (int)index, text.data) ? NULL : "comes too often";
}

/* A text, a number or true, or a list of them. What is wrong with it; NULL = nothing. */
static const char *take_parameter(const struct case_reading *reading, struct parameters *given,
                                  const struct json_node *value)
{
    postern_text name = json_raw_key(reading->tape, value);
    size_t index = 0;
    while (index < given->count && !text_is(name, given->items[index].option->name))
        index++;
    if (index == given->count) return "is none of its parameters";
    if (json_type(value) != POSTERN_JSON_ARRAY) return take_value(reading, given, index, value);
    const char *wrong = NULL;
    for (const struct json_node *at = json_first(reading->tape, value); at && !wrong;
         at = json_after(reading->tape, at))
        wrong = take_value(reading, given, index, at);
    return wrong;
}

static bool read_parameters(const struct case_reading *reading, struct source_case *of,
                            struct parameters *given)
{
    const struct json_node *object = json_get(reading->tape, reading->root, "parameters");
    const struct json_node *at =
        json_type(object) == POSTERN_JSON_OBJECT ? json_first(reading->tape, object) : NULL;
    parameters_add(given, of->lookup.lookup->parameters);
    for (; at; at = json_after(reading->tape, at)) {
        const char *wrong = take_parameter(reading, given, at);
        postern_text name = json_raw_key(reading->tape, at);
        if (!wrong) continue;
        subject_fails(reading->subject, "%s/case.json: \"%.*s\" %s", of->folder, (int)name.size, name.data,
                      wrong);
        return false;
    }
    return true;
}

static bool make_host(const struct case_reading *reading, struct source_case *of,
                      const struct parameters *given)
{
    const postern_lookup *lookup = of->lookup.lookup;
    struct module_plan plan = {.registry = reading->subject->registry,
                               .name = lookup->name,
                               .data = lookup->data,
                               .table = lookup->parameters};
    struct option_value *values = NULL;
    postern_error error = ERROR_INIT;
    bool good = parameters_read(given, lookup->parameters, of->question.now_ms, reading->arena, &values,
                                &plan.value_count, &error);
    plan.values = values;
    good = good && module_instance_new(&plan, &of->parameters, &error) >= 0;
    if (!good) subject_fails(reading->subject, "%s/case.json: %s", of->folder, error.message);
    return good;
}

bool lookup_case_read(const struct case_reading *reading, struct source_case *into)
{
    struct parameters *given = arena_allocate(reading->arena, sizeof *given);
    if (!given) return subject_fails(reading->subject, "no memory for its cases"), false;
    memset(given, 0, sizeof *given);
    into->lookup.lookup = find_lookup(reading);
    if (!into->lookup.lookup) {
        subject_fails(reading->subject, "%s/case.json names no authentication of lookup \"%s\"", into->folder,
                      reading->subject->offer->name);
        return false;
    }
    if (!read_parameters(reading, into, given) || !make_host(reading, into, given)) return false;
    into->lookup.host = &into->parameters->host;
    into->stream = lookup_face_stream(&into->lookup);
    into->question.stream = &into->stream;
    return true;
}

void lookup_case_free(struct source_case *of)
{
    module_instance_free(of->parameters);
    of->parameters = NULL;
}
