/* The output document of a map: paths of entries become a tree of objects. */
#include "script/map/targets.h"

#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/map/compile.h"
#include "script/map/schema.h"
#include <stdio.h>

#define NESTING_LIMIT 16  /* of lists of entries in lists of entries */
#define PATH_LIMIT    32  /* names in one path */
#define TARGET_SHOWN  100 /* bytes of a target that messages show */

/* A target while the tree grows. */
struct branch {
    struct map_target target;
    struct branch *first_child, *last_child, *next;
};

struct entries {
    struct compiler *compiler;
    struct branch *root;
    struct branch *rest_parent; /* the object that the rest is spliced into */
    bool rest_allowed;
    int number; /* of the entry at hand */
};

static struct branch *find_child(struct compiler *compiler, const struct branch *parent, postern_text name)
{
    struct branch *child = parent->first_child;
    size_t passed = 0;
    for (; child && !(child->target.name.data && text_equal(child->target.name, name)); passed++)
        child = child->next;
    sandbox_charge(compiler->L, (int64_t)(1 + passed / 4));
    return child;
}

static postern_text make_label(struct compiler *compiler, postern_text name)
{
    struct buffer *line = &compiler->bridge->line;
    size_t before = line->size;
    if (json_write_string(line, name) > 0) compile_error(compiler, "the target is no UTF-8");
    buffer_append_byte(line, ':');
    if (line->failed) bridge_out_of_memory(compiler->L);
    postern_text label = compile_copy(compiler, (postern_text){line->data + before, line->size - before});
    bridge_end_line(compiler->bridge, before);
    return label;
}

static struct branch *add_child(struct compiler *compiler, struct branch *parent, postern_text name)
{
    struct branch *child = compile_allocate(compiler, sizeof *child);
    child->target.number = compiler->target_count++;
    if (name.data) {
        child->target.name = compile_copy(compiler, name);
        child->target.label = make_label(compiler, name);
    }
    if (parent->last_child)
        parent->last_child->next = child;
    else
        parent->first_child = child;
    parent->last_child = child;
    return child;
}

/* A target is a path of names: what would mean something else elsewhere is no name of a field by mistake. */
static void check_name(struct compiler *compiler, postern_text name)
{
    if (name.size == 0) compile_error(compiler, "a name in the target is empty");
    if (memchr(name.data, '[', name.size) || memchr(name.data, ']', name.size))
        compile_error(compiler,
                      "a target has no brackets: a list is what its expression gives, as list(...), or "
                      "field(\"x\"):each(object { { \"b\", item \"y\" } }) for a list of objects");
    if (text_trim(name).size < name.size)
        compile_error(compiler, "a name in the target has white space at its end or its beginning");
}

/* The place of a path in the tree; all above it become objects. */
static struct branch *make_place(struct entries *entries, postern_text path)
{
    struct branch *place = entries->root;
    const char *at = path.data, *end = path.data + path.size;
    for (int depth = 0; at <= end; depth++) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        postern_text name = text_slice(at, dot ? dot : end);
        check_name(entries->compiler, name);
        if (depth == PATH_LIMIT) compile_error(entries->compiler, "the target is nested too deeply");
        if (place->target.step)
            compile_error(entries->compiler,
                          "a target above this one has a value, so it cannot be an object");
        struct branch *child = find_child(entries->compiler, place, name);
        place = child ? child : add_child(entries->compiler, place, name);
        at = dot ? dot + 1 : end + 1;
    }
    return place;
}

static void add_rest(struct entries *entries, struct branch *place, const struct step *rest)
{
    if (!entries->rest_allowed)
        compile_error(entries->compiler, "rest() can stand in a map only, not in an object");
    if (entries->rest_parent) compile_error(entries->compiler, "a map can have one rest() only");
    if (place->target.step) compile_error(entries->compiler, "this target is declared twice");
    entries->rest_parent = place;
    add_child(entries->compiler, place, (postern_text){0})->target.step = rest;
}

/* The expression at `index`, with what the schema says of its target. */
static void compile_value(struct entries *entries, struct map_target *target, postern_text path, int index)
{
    struct compiler *compiler = entries->compiler;
    const char *object = compiler->object;
    const struct schema_field *field = schema_find(compiler, path);
    compiler->object = schema_object(compiler, field, path);
    target->step = compile_step(compiler, index);
    compiler->object = object;
    schema_apply(compiler, field, target);
}

/* The entry on the top of the stack: { "target", expression }. */
static void add_entry(struct entries *entries, postern_text path)
{
    struct compiler *compiler = entries->compiler;
    lua_State *L = compiler->L;
    int entry = lua_gettop(L);
    if (lua_rawlen(L, entry) != 2) compile_error(compiler, "an entry is { \"target\", expression }");
    lua_rawgeti(L, entry, 2);
    struct branch *place = make_place(entries, path);
    const struct step *rest = compile_rest(compiler, entry + 1);
    if (rest) {
        schema_check_rest(compiler, schema_find(compiler, path));
        add_rest(entries, place, rest);
    } else {
        if (place->first_child) compile_error(compiler, "this target is already an object");
        if (place->target.step)
            compile_error(compiler, "this target is declared twice; join the expressions with first(...)");
        compile_value(entries, &place->target, path, entry + 1);
    }
    lua_settop(L, entry);
}

static void add_entries(struct entries *entries, int index, int nesting);

/* With the entry that the object is in, if it is in one. */
static const char *full_target(struct compiler *compiler, postern_text path)
{
    postern_text outer = text_of(compiler->target);
    if (outer.size > TARGET_SHOWN) outer.size = TARGET_SHOWN;
    if (path.size > TARGET_SHOWN) path.size = TARGET_SHOWN;
    char *target = compile_allocate(compiler, outer.size + path.size + 2);
    snprintf(target, outer.size + path.size + 2, "%.*s%s%.*s", TEXT_ARGS(outer), outer.size ? "." : "",
             TEXT_ARGS(path));
    return target;
}

/* One element of the list of entries, on the top of the stack. */
static void add_element(struct entries *entries, int nesting)
{
    struct compiler *compiler = entries->compiler;
    lua_State *L = compiler->L;
    const char *outer = compiler->place, *outer_target = compiler->target;
    char place[120];
    snprintf(place, sizeof place, "entry %d: ", ++entries->number);
    compiler->place = place;
    const struct step *rest = compile_rest(compiler, lua_gettop(L));
    if (rest) {
        if (compiler->schema) compile_error(compiler, "beside a schema rest() needs a target");
        add_rest(entries, entries->root, rest);
    } else if (lua_type(L, -1) != LUA_TTABLE) {
        compile_error(compiler, "an entry is { \"target\", expression }, not a %s", luaL_typename(L, -1));
    } else if (lua_rawgeti(L, -1, 1) == LUA_TSTRING) {
        postern_text path;
        path.data = lua_tolstring(L, -1, &path.size);
        snprintf(place, sizeof place, "entry %d (\"%.80s\"): ", entries->number, path.data);
        lua_pop(L, 1); /* the table keeps it */
        compiler->target = full_target(compiler, path);
        add_entry(entries, path);
    } else {
        bool is_list = lua_type(L, -1) == LUA_TTABLE || lua_type(L, -1) == LUA_TUSERDATA;
        lua_pop(L, 1);
        if (!is_list && lua_rawlen(L, -1) > 0) compile_error(compiler, "the target must be a text");
        entries->number--;
        compiler->place = outer;
        add_entries(entries, lua_gettop(L), nesting + 1);
    }
    compiler->place = outer;
    compiler->target = outer_target;
}

static void add_entries(struct entries *entries, int index, int nesting)
{
    lua_State *L = entries->compiler->L;
    if (nesting > NESTING_LIMIT) compile_error(entries->compiler, "lists of entries are nested too deeply");
    luaL_checkstack(L, 8, "map");
    size_t count = lua_rawlen(L, index);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i);
        add_element(entries, nesting);
        lua_pop(L, 1);
    }
}

static bool is_rest(const struct branch *branch)
{
    return branch->target.step && branch->target.step->operation == OPERATION_REST;
}

/* What the rest is depends on all others, so it is written last, and so are the objects that it is in. */
static bool move_rest_to_the_end(struct branch *parent)
{
    struct branch *before = NULL;
    for (struct branch *child = parent->first_child; child; before = child, child = child->next) {
        if (!is_rest(child) && !move_rest_to_the_end(child)) continue;
        if (child == parent->last_child) return true;
        if (before)
            before->next = child->next;
        else
            parent->first_child = child->next;
        parent->last_child->next = child;
        parent->last_child = child;
        child->next = NULL;
        return true;
    }
    return false;
}

/* Fields that a target beside the rest has the name of are looked up like those that are read. */
static void name_slots_beside_rest(struct compiler *compiler, const struct branch *parent)
{
    for (struct branch *child = parent->first_child; child; child = child->next)
        if (child->target.name.data)
            child->target.slot = compile_name(compiler, &compiler->fields, child->target.name);
}

/* ---- Constants: their texts are made now ---- */

static void append_constants(struct buffer *line, const struct map_target *target)
{
    const struct step *step = target->step;
    const struct map_value *values = step->constants.values;
    bool is_list = step->constants.count > 1 || (target->is_list && values->type != POSTERN_JSON_ARRAY);
    buffer_append_string(line, is_list ? "[" : "");
    for (size_t i = 0; i < step->constants.count; i++) {
        if (i) buffer_append_byte(line, ',');
        if (values[i].type == POSTERN_JSON_STRING)
            json_write_string(line, values[i].text);
        else
            buffer_append_text(line, values[i].text);
    }
    buffer_append_string(line, is_list ? "]," : ",");
}

bool target_can_be_ready(const struct map_target *target)
{
    const struct step *step = target->step;
    if (step->operation != OPERATION_CONST) return false;
    for (size_t i = 0; i < step->constants.count; i++)
        if (step->constants.values[i].form == TEXT_PLAIN) return false;
    if (target->is_single && step->constants.count > 1) return false;
    return step->constants.count > 0;
}

void target_append_ready(struct buffer *out, const struct map_target *target)
{
    buffer_append_text(out, target->label);
    append_constants(out, target);
}

static void make_ready(struct compiler *compiler, struct map_target *target)
{
    struct buffer *line = &compiler->bridge->line;
    size_t before = line->size;
    target_append_ready(line, target);
    if (line->failed) bridge_out_of_memory(compiler->L);
    target->ready = compile_copy(compiler, (postern_text){line->data + before, line->size - before});
    bridge_end_line(compiler->bridge, before);
}

/* The constants from `first` on that stand side by side become one. */
static void join_run(struct compiler *compiler, struct map_target *first)
{
    const struct map_target *end = first;
    size_t size = 0;
    for (; end && end->ready.size; end = end->next)
        size += end->ready.size;
    char *joined = compile_allocate(compiler, size), *at = joined;
    for (const struct map_target *target = first; target != end; target = target->next)
        at = mempcpy(at, target->ready.data, target->ready.size);
    first->ready = (postern_text){joined, size};
    first->next = end;
}

/* Not beside a rest, which asks for each by its name. */
static void join_ready(struct compiler *compiler, struct map_target *first)
{
    for (struct map_target *target = first; target; target = (struct map_target *)(uintptr_t)target->next)
        if (target->ready.size && target->next && target->next->ready.size) join_run(compiler, target);
}

/* Makes the final tree: children lie side by side in the order in which they are written. */
static void arrange(struct compiler *compiler, const struct branch *branch, struct map_target *target)
{
    *target = branch->target;
    if (target->step) {
        target->needs = target->step->needs;
        if (target_can_be_ready(target)) make_ready(compiler, target);
        return;
    }
    size_t count = 0;
    for (const struct branch *child = branch->first_child; child; child = child->next)
        count++;
    struct map_target *children = compile_allocate(compiler, (count + 1) * sizeof *children),
                      *made = children;
    bool always = false;
    for (const struct branch *child = branch->first_child; child; child = child->next, made++) {
        arrange(compiler, child, made);
        made->next = child->next ? made + 1 : NULL;
        target->needs |= made->needs;
        always |= made->needs == 0;
    }
    if (always) target->needs = 0;
    if (!branch->last_child || !is_rest(branch->last_child)) join_ready(compiler, children);
    target->first_child = children;
}

const struct map_target *compile_targets(struct compiler *compiler, int index, bool rest_allowed)
{
    struct branch root = {.target = {.number = compiler->target_count++}};
    struct entries entries = {.compiler = compiler, .root = &root, .rest_allowed = rest_allowed};
    add_entries(&entries, lua_absindex(compiler->L, index), 0);
    if (!root.first_child) compile_error(compiler, "there are no entries");
    move_rest_to_the_end(&root);
    if (entries.rest_parent) name_slots_beside_rest(compiler, entries.rest_parent);
    struct map_target *target = compile_allocate(compiler, sizeof *target);
    arrange(compiler, &root, target);
    return target;
}
