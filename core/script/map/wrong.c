/* Wrong values are named: the entry, the fields and the method, in words, when a step meets its first one. */
#include "base/text.h"
#include "script/event/wrong_values.h"
#include "script/map/types.h"
#include "script/map/values.h"

#define SOURCES_SHOWN 3
#define STEPS_LOOKED  64 /* that a name is looked for in: an expression may hold others twice, and so on */
#define METHODS_SHOWN 4
#define NAME_SHOWN    40 /* bytes of a field's name */

struct wording {
    const struct map_run *run;
    struct buffer words;
    int sources, looked;
};

/* Behind "is". */
static const char *type_words(enum field_type type)
{
    static const char *const words[] = {
        [FIELD_ANY] = "no text",
        [FIELD_TEXT] = "no text",
        [FIELD_KEYWORD] = "no text",
        [FIELD_BOOLEAN] = "neither true nor false",
        [FIELD_LONG] = "no whole number of 64 bits",
        [FIELD_SIZE] = "no size",
        [FIELD_PORT] = "no port",
        [FIELD_FLOAT] = "no number of 32 bits",
        [FIELD_DATE] = "no time",
        [FIELD_IP] = "no IP address",
        [FIELD_DOMAIN] = "no host name",
        [FIELD_HOST] = "neither a host name nor an address",
        [FIELD_EMAIL] = "no e-mail address alone",
        [FIELD_EXTENSION] = "no file extension",
        [FIELD_HASH] = "no hash",
        [FIELD_MD5] = "no MD5 hash",
        [FIELD_SHA1] = "no SHA-1 hash",
        [FIELD_SHA256] = "no SHA-256 hash",
        [FIELD_SHA512] = "no SHA-512 hash",
        [FIELD_OBJECT] = "no object",
    };
    return words[type];
}

static const char *wanted_by(const struct step *step)
{
    switch ((enum operation)step->operation) {
    case OPERATION_FIT:
        return type_words((enum field_type)step->part);
    case OPERATION_MEMBERS:
        return "no object, or one with members that the schema has not";
    case OPERATION_HASH:
        return "no hash";
    case OPERATION_INTEGER:
        return "no whole number";
    case OPERATION_NUMBER:
        return "no number";
    case OPERATION_BOOLEAN:
        return "neither true nor false";
    case OPERATION_TIME:
    case OPERATION_FORMAT:
        return "no time";
    case OPERATION_IP:
        return "no IP address";
    case OPERATION_EMAIL:
        return "no e-mail address";
    case OPERATION_URL:
        return "no URL";
    case OPERATION_JSON:
        return step->part == JSON_OBJECT_ONLY ? "no object, nor JSON of one" : "no JSON";
    case OPERATION_CONCAT:
    case OPERATION_JOIN:
        return "a list or an object";
    default:
        return type_words(map_type_given(step));
    }
}

/* "field \"IP\"" */
static void add_source(struct wording *wording, const char *kind, postern_text name)
{
    if (++wording->sources > SOURCES_SHOWN) return;
    buffer_printf(&wording->words, "%s%s \"%.*s\"", wording->sources == 1 ? "" : ", ", kind,
                  (int)(name.size < NAME_SHOWN ? name.size : NAME_SHOWN), name.data ? name.data : "");
}

static void add_path(struct wording *wording, const struct field_path *path, const char *kind)
{
    char name[2 * NAME_SHOWN];
    struct buffer dotted = {.data = name, .capacity = sizeof name, .limit = sizeof name};
    bool is_root = path->slot != MAP_NO_SLOT;
    if (is_root) buffer_append_text(&dotted, wording->run->map->fields->names[path->slot].text);
    for (uint32_t i = 0; i < path->count; i++) {
        if (dotted.size && !path->names[i].index) buffer_append_byte(&dotted, '.');
        if (path->names[i].index)
            buffer_printf(&dotted, "[%d]", (int)path->names[i].index);
        else
            buffer_append_text(&dotted, path->names[i].text);
    }
    add_source(wording, kind, (postern_text){name, dotted.size});
}

/* What the step reads, or that which its inputs read. */
static void add_sources(struct wording *wording, const struct step *step)
{
    if (++wording->looked > STEPS_LOOKED) return;
    switch (step->operation) {
    case OPERATION_FIELD: {
        const struct field_path *read =
            map_path_read(wording->run, step); /* of several that are tried in turn */
        add_path(wording, read ? read : step->field.paths, "field");
        return;
    }
    case OPERATION_ITEM:
        if (step->field.count)
            add_path(wording, &step->field.paths[0], "item");
        else if (++wording->sources == 1)
            buffer_append_string(&wording->words, "the item");
        return;
    case OPERATION_GIVEN:
        add_source(wording, "given", wording->run->map->given->names[step->given].text);
        return;
    default: /* the condition of a when is no input */
        for (size_t i = step->operation == OPERATION_WHEN; i < step->count; i++)
            add_sources(wording, step->inputs[i]);
    }
}

/* "(after, ip)": the way of the value from what it was read from. */
static void add_methods(struct buffer *words, const struct step *step)
{
    const char *names[METHODS_SHOWN];
    int count = 0;
    for (; count < METHODS_SHOWN && (step->method || step->operation == OPERATION_CONCAT);
         step = step->input) {
        names[count++] = map_operation_name(step->operation);
        if (step->count != 1) break;
    }
    if (count == 0) return;
    buffer_append_string(words, " (");
    while (count-- > 0)
        buffer_printf(words, "%s%s", names[count], count ? ", " : ")");
}

static const char *target_of(const struct map *map, const struct step *step)
{
    for (size_t i = 0; i < map->site_count; i++)
        if (map->sites[i].step == step) return map->sites[i].target;
    return "";
}

static void note_new(const struct map_run *run, const struct step *step, const char *what,
                     struct wrong_place place, struct wrong_sample sample)
{
    char words[WRONG_VALUE_WORDING];
    struct wording wording = {
        run, {.data = words, .capacity = sizeof words - 1, .limit = sizeof words - 1}, 0, 0};
    buffer_printf(&wording.words, "%s: ", target_of(run->map, step));
    add_sources(&wording, step);
    if (wording.sources == 0) buffer_append_string(&wording.words, "a value");
    if (wording.sources > SOURCES_SHOWN) buffer_append_string(&wording.words, " …");
    buffer_printf(&wording.words, " is %s", what);
    add_methods(&wording.words, step);
    words[wording.words.size] = '\0';
    wrong_values_note(*run->bridge->wrong_values, place, words, run->map->place, sample);
}

/* Which fields they were, if what the value was made of is one of several that are tried in turn: a number
 * that differs where the words do. As add_sources goes. */
static uintptr_t fields_read(const struct map_run *run, const struct step *step, int *looked)
{
    if (++*looked > STEPS_LOOKED) return 0;
    if (step->operation == OPERATION_FIELD)
        return step->field.count > 1 ? (uintptr_t)map_path_read(run, step) : 0;
    if (step->operation == OPERATION_ITEM || step->operation == OPERATION_GIVEN) return 0;
    uintptr_t read = 0;
    for (size_t i = step->operation == OPERATION_WHEN; i < step->count; i++)
        read = read * 31 + fields_read(run, step->inputs[i], looked);
    return read;
}

/* `key`: what tells one place in the map from the others. */
static void note(const struct map_run *run, const void *key, const struct step *step, const char *what,
                 const struct map_value *value)
{
    struct bridge *bridge = run->bridge;
    bridge->wrong_types++;
    if (!*bridge->wrong_values) *bridge->wrong_values = wrong_values_new();
    if (!*bridge->wrong_values) return; /* no memory for the note: it is counted */
    int looked = 0;
    struct wrong_place place = {run->map->number, key, fields_read(run, step, &looked)};
    struct wrong_sample sample = {.is_string = value->type == POSTERN_JSON_STRING};
    bool may_be_shown = bridge->event && bridge->event->file;
    if (may_be_shown) sample.text = map_plain_text(run, value);
    if (!wrong_values_note_known(*bridge->wrong_values, place, sample))
        note_new(run, step, what, place, sample);
}

void map_note_wrong(const struct map_run *run, const struct step *step, const struct map_value *value)
{
    const struct step *own = map_own_step(step);
    note(run, own, own, wanted_by(own), value);
}

void map_note_several(const struct map_run *run, const struct map_target *target,
                      const struct map_value *value)
{
    if (target->source) target = target->source;
    note(run, target, target->step, "one of several values, where the target holds one", value);
}
