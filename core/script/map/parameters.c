/* The parameters of expressions: texts, paths, tables, parts by name. */
#include "script/map/compile.h"

#include "base/text.h"
#include "parse/time_pattern.h"
#include "sandbox/match.h"
#include "script/map/parts.h"
#include "script/map/types.h"
#include <stdlib.h>

static postern_text separator_argument(const struct map_call *call, int number)
{
    postern_text text = call_text_argument(call, number);
    if (text.size == 0)
        compile_error(call->compiler, "%s of an empty text", map_operation_name(call->expression->operation));
    return text;
}

/* The constants among the arguments behind the first. */
static void read_constants(const struct map_call *call)
{
    size_t count = (size_t)call->expression->count - 1;
    if (call->step->count > 1) return; /* an expression */
    struct map_value *values = compile_allocate(call->compiler, count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        call_push_argument(call, (int)i + 2);
        values[i] = compile_constant(call->compiler, lua_gettop(call->compiler->L));
        lua_pop(call->compiler->L, 1);
    }
    call->step->constants.values = values;
    call->step->constants.count = count;
}

static void read_paths(const struct map_call *call, bool root)
{
    size_t count = (size_t)call->expression->count;
    struct field_path *paths = compile_allocate(call->compiler, (count + 1) * sizeof *paths);
    for (size_t i = 0; i < count; i++) {
        paths[i] = compile_path(call->compiler, call_text_argument(call, (int)i + 1), root);
        if (root) paths[i].bit = compile_bit(call->compiler, paths[i].slot, i ? paths[i - 1].bit : 0);
    }
    call->step->field.paths = paths;
    call->step->field.count = count;
}

static int part_argument(const struct map_call *call, int number, const char *const *names)
{
    if (number > call->expression->count) return 0;
    postern_text text = call_text_argument(call, number);
    for (int i = 0; names[i]; i++)
        if (text_is(text, names[i])) return i;
    const char *near = text_nearest(text, names);
    compile_error(call->compiler, "%s has no part \"%s\"%s%s%s",
                  map_operation_name(call->expression->operation), text.data, near ? "; did you mean \"" : "",
                  near ? near : "", near ? "\"?" : "");
}

static int compare_entries(const void *left, const void *right)
{
    const struct enum_entry *a = left, *b = right;
    return map_compare_texts(a->text, b->text);
}

static void read_enum(const struct map_call *call)
{
    struct compiler *compiler = call->compiler;
    struct enum_table *made = compile_allocate(compiler, sizeof *made);
    lua_State *L = compiler->L;
    bool is_list;
    call_push_argument(call, 2);
    int table = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        made->count++;
    struct enum_entry *entries = compile_allocate(compiler, (made->count + 1) * sizeof *entries),
                      *entry = entries;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1), entry++) {
        if (lua_type(L, -2) == LUA_TTABLE || lua_type(L, -2) == LUA_TUSERDATA)
            compile_error(compiler, "the keys of an enum are texts, numbers or booleans");
        entry->text = compile_constant(compiler, lua_absindex(L, -2)).text;
        entry->values = compile_constants(compiler, -1, &entry->count, &is_list);
        call->step->is_list |= is_list;
    }
    lua_pop(L, 1);
    qsort(entries, made->count, sizeof *entries, compare_entries);
    made->entries = entries;
    made->has_fallback = call->expression->count >= 3;
    if (made->has_fallback) {
        call_push_argument(call, 3);
        made->fallback = compile_constants(compiler, -1, &made->fallback_count, &is_list);
        call->step->is_list |= is_list;
        lua_pop(L, 1);
    }
    call->step->table = made;
}

static void read_texts(const struct map_call *call)
{
    struct step_texts *texts = compile_allocate(call->compiler, sizeof *texts);
    texts->first = separator_argument(call, 2);
    texts->splits_characters = !text_is_utf8(texts->first);
    if (call->expression->count >= 3) texts->second = call_text_argument(call, 3);
    call->step->texts = texts;
}

static void read_pattern(const struct map_call *call)
{
    read_texts(call);
    const char *fault = sandbox_pattern_fault(call->step->texts->first);
    if (fault)
        compile_error(call->compiler, "the pattern \"%.80s\" is wrong: %s", call->step->texts->first.data,
                      fault);
}

/* Characters of a text, counted as Lua counts bytes. */
static int32_t character_argument(const struct map_call *call, int number)
{
    int is_whole;
    call_push_argument(call, number);
    lua_Integer place = lua_tointegerx(call->compiler->L, -1, &is_whole);
    lua_pop(call->compiler->L, 1);
    if (!is_whole || place == 0 || place > INT32_MAX || place < -INT32_MAX)
        compile_error(call->compiler, "sub counts characters from 1, or from -1 from the end");
    return (int32_t)place;
}

static void read_range(const struct map_call *call)
{
    call->step->range.first = character_argument(call, 2);
    call->step->range.last = call->expression->count >= 3 ? character_argument(call, 3) : -1;
}

static void read_const(const struct map_call *call)
{
    struct step *step = call->step;
    call_push_argument(call, 1);
    step->constants.values = compile_constants(call->compiler, -1, &step->constants.count, &step->is_list);
    lua_pop(call->compiler->L, 1);
}

static void read_field(const struct map_call *call)
{
    read_paths(call, true);
}

static void read_item(const struct map_call *call)
{
    read_paths(call, false);
}

static void read_meta(const struct map_call *call)
{
    call->step->part = part_argument(call, 1, map_meta_names);
}

static void read_email(const struct map_call *call)
{
    call->step->part = part_argument(call, 2, map_email_names);
}

static void read_url(const struct map_call *call)
{
    call->step->part = part_argument(call, 2, map_url_names);
}

static void read_hash(const struct map_call *call)
{
    call->step->part = part_argument(call, 2, field_hash_names);
}

static void read_names(const struct map_call *call)
{
    call->step->part = part_argument(call, 2, map_names_forms);
}

static void read_json(const struct map_call *call)
{
    call->step->part = part_argument(call, 2, map_json_forms);
}

/* "ms", "s", "zoned" (for reading) or a pattern. */
static void read_time(const struct map_call *call)
{
    struct step_time *form = compile_allocate(call->compiler, sizeof *form);
    if (call->expression->count >= 2) form->pattern = call_text_argument(call, 2);
    call->step->time = form;
    if (!form->pattern.size || !memchr(form->pattern.data, '%', form->pattern.size)) {
        form->form = (enum map_time)part_argument(call, 2, map_time_names);
        bool is_unit = form->form == TIME_MILLISECONDS || form->form == TIME_SECONDS;
        if (call->expression->operation == OPERATION_FORMAT && !is_unit)
            compile_error(call->compiler, "format makes \"ms\", \"s\" or what a pattern says, not \"%.80s\"",
                          form->pattern.data);
        return;
    }
    form->form = TIME_PATTERN;
    const char *fault = time_pattern_fault(form->pattern);
    if (form->pattern.size > TIME_PATTERN_LIMIT)
        compile_error(call->compiler, "the pattern of a time is too long");
    if (fault)
        compile_error(call->compiler,
                      "the pattern \"%.80s\" has no letter of a time behind the %% at byte %d",
                      form->pattern.data, (int)(fault - form->pattern.data) + 1);
    if (call->expression->operation == OPERATION_TIME) fault = time_pattern_reading_fault(form->pattern);
    if (fault)
        compile_error(call->compiler, "no time can be read by the pattern \"%.80s\": %s", form->pattern.data,
                      fault);
}

static void read_find(const struct map_call *call)
{
    call->step->part = part_argument(call, 2, map_mention_names);
}

static void read_given_name(const struct map_call *call)
{
    call->step->given = compile_name(call->compiler, &call->compiler->given, call_text_argument(call, 1));
}

static void read_number(const struct map_call *call)
{
    call_push_argument(call, 2);
    call->step->number = lua_tonumber(call->compiler->L, -1);
    lua_pop(call->compiler->L, 1);
}

void compile_parameters(const struct map_call *call)
{
    static void (*const readers[])(const struct map_call *) = {
        [OPERATION_CONST] = read_const,      [OPERATION_FIELD] = read_field,
        [OPERATION_ITEM] = read_item,        [OPERATION_META] = read_meta,
        [OPERATION_EMAIL] = read_email,      [OPERATION_URL] = read_url,
        [OPERATION_TIME] = read_time,        [OPERATION_FORMAT] = read_time,
        [OPERATION_GIVEN] = read_given_name, [OPERATION_REPLACE] = read_texts,
        [OPERATION_BEFORE] = read_texts,     [OPERATION_AFTER] = read_texts,
        [OPERATION_AFTER_LAST] = read_texts, [OPERATION_SPLIT] = read_texts,
        [OPERATION_CONTAINS] = read_texts,   [OPERATION_STARTS_WITH] = read_texts,
        [OPERATION_ENDS_WITH] = read_texts,  [OPERATION_MATCH] = read_pattern,
        [OPERATION_MATCHES] = read_pattern,  [OPERATION_SUB] = read_range,
        [OPERATION_EXCEPT] = read_constants, [OPERATION_EQUALS] = read_constants,
        [OPERATION_ONE_OF] = read_constants, [OPERATION_ENUM] = read_enum,
        [OPERATION_ABOVE] = read_number,     [OPERATION_BELOW] = read_number,
        [OPERATION_HASH] = read_hash,        [OPERATION_LOOKUP] = compile_lookup,
        [OPERATION_FIND] = read_find,        [OPERATION_NAMES] = read_names,
        [OPERATION_JSON] = read_json,
    };
    enum operation operation = call->expression->operation;
    if (operation < sizeof readers / sizeof *readers && readers[operation]) readers[operation](call);
}
