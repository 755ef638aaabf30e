/* The output document of a map: paths of entries become a tree of objects. */
#include "script/map_compile.h"

#include "base/text.h"
#include <stdio.h>

#define NESTING_LIMIT 16 /* of lists of entries in lists of entries */
#define PATH_LIMIT    32 /* names in one path */

struct entries {
    struct compiler *compiler;
    struct target *root;
    bool rest_allowed;
    bool has_rest;
    struct target *rest_parent;
    int number; /* of the entry at hand */
};

static struct target *find_child(const struct target *parent, postern_text name)
{
    struct target *child = parent->first_child;
    while (child && !(child->name.data && text_equal(child->name, name)))
        child = child->next;
    return child;
}

static struct target *add_child(struct compiler *compiler, struct target *parent, postern_text name)
{
    struct target *child = compile_allocate(compiler, sizeof *child);
    child->number = compiler->target_count++;
    if (name.data) {
        struct buffer *line = &compiler->bridge->line;
        size_t before = line->size;
        child->name = compile_copy(compiler, name);
        json_write_string(line, name);
        buffer_append_byte(line, ':');
        if (line->failed) bridge_out_of_memory(compiler->L);
        child->label = compile_copy(compiler, (postern_text){line->data + before, line->size - before});
        line->size = before;
    }
    if (parent->last_child)
        parent->last_child->next = child;
    else
        parent->first_child = child;
    parent->last_child = child;
    return child;
}

/* The place of a path in the tree; all above it become objects. */
static struct target *make_place(struct entries *entries, postern_text path)
{
    struct target *place = entries->root;
    const char *at = path.data, *end = path.data + path.size;
    for (int depth = 0; at <= end; depth++) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        postern_text name = text_slice(at, dot ? dot : end);
        if (name.size == 0) compile_error(entries->compiler, "a name in the target is empty");
        if (depth == PATH_LIMIT) compile_error(entries->compiler, "the target is nested too deeply");
        if (place->step)
            compile_error(entries->compiler,
                          "a target above this one has a value, so it cannot be an object");
        struct target *child = find_child(place, name);
        place = child ? child : add_child(entries->compiler, place, name);
        at = dot ? dot + 1 : end + 1;
    }
    return place;
}

static void add_rest(struct entries *entries, struct target *place, const struct step *rest)
{
    if (!entries->rest_allowed)
        compile_error(entries->compiler, "rest() can stand in a map only, not in an object");
    if (entries->has_rest) compile_error(entries->compiler, "a map can have one rest() only");
    if (place->step) compile_error(entries->compiler, "this target is declared twice");
    entries->has_rest = true;
    entries->rest_parent = place;
    add_child(entries->compiler, place, (postern_text){0})->step = rest;
}

/* The entry on the top of the stack: { "target", expression }. */
static void add_entry(struct entries *entries, postern_text path)
{
    struct compiler *compiler = entries->compiler;
    lua_State *L = compiler->L;
    int entry = lua_gettop(L);
    if (lua_rawlen(L, entry) != 2) compile_error(compiler, "an entry is { \"target\", expression }");
    lua_rawgeti(L, entry, 2);
    struct target *place = make_place(entries, path);
    const struct step *rest = compile_rest(compiler, entry + 1);
    if (rest) {
        add_rest(entries, place, rest);
    } else {
        if (place->first_child) compile_error(compiler, "this target is already an object");
        if (place->step)
            compile_error(compiler, "this target is declared twice; join the expressions with first(...)");
        place->step = compile_step(compiler, entry + 1);
    }
    lua_settop(L, entry);
}

static void add_entries(struct entries *entries, int index, int nesting);

/* One element of the list of entries, on the top of the stack. */
static void add_element(struct entries *entries, int nesting)
{
    struct compiler *compiler = entries->compiler;
    lua_State *L = compiler->L;
    const char *outer = compiler->place;
    char place[120];
    snprintf(place, sizeof place, "entry %d: ", ++entries->number);
    compiler->place = place;
    const struct step *rest = compile_rest(compiler, lua_gettop(L));
    if (rest) {
        add_rest(entries, entries->root, rest);
    } else if (lua_type(L, -1) != LUA_TTABLE) {
        compile_error(compiler, "an entry is { \"target\", expression }, not a %s", luaL_typename(L, -1));
    } else if (lua_rawgeti(L, -1, 1) == LUA_TSTRING) {
        postern_text path;
        path.data = lua_tolstring(L, -1, &path.size);
        snprintf(place, sizeof place, "entry %d (\"%.80s\"): ", entries->number, path.data);
        lua_pop(L, 1); /* the table keeps it */
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

/* What the rest is depends on all others, so it is written last, and so are the objects that it is in. */
static bool move_rest_to_the_end(struct target *parent)
{
    struct target *before = NULL;
    for (struct target *child = parent->first_child; child; before = child, child = child->next) {
        bool is_rest = child->step && child->step->operation == OPERATION_REST;
        if (!is_rest && !move_rest_to_the_end(child)) continue;
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

struct target *compile_targets(struct compiler *compiler, int index, bool rest_allowed)
{
    struct target *root = compile_allocate(compiler, sizeof *root);
    root->number = compiler->target_count++;
    struct entries entries = {.compiler = compiler, .root = root, .rest_allowed = rest_allowed};
    add_entries(&entries, lua_absindex(compiler->L, index), 0);
    if (!root->first_child) compile_error(compiler, "there are no entries");
    move_rest_to_the_end(root);
    struct target *beside = entries.rest_parent ? entries.rest_parent->first_child : NULL;
    for (; beside; beside = beside->next)
        if (beside->name.data) beside->slot = compile_name(compiler, &compiler->fields, beside->name);
    return root;
}
