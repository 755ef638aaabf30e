/* postern.map { ... }: from the expressions of a script to a plan. */
#include "script/map/compile.h"

#include "base/text.h"
#include "script/map/schema.h"

static void read_options(struct compiler *compiler)
{
    lua_State *L = compiler->L;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) continue;
        const char *name = lua_tostring(L, -2);
        if (strcmp(name, "schema") == 0) continue;
        if (strcmp(name, "ignore_case") != 0)
            compile_error(compiler,
                          "there is no option \"%s\" (entries are written { \"target\", expression })", name);
        if (!lua_isboolean(L, -1)) compile_error(compiler, "ignore_case must be true or false");
        compiler->ignore_case = lua_toboolean(L, -1);
    }
}

/* "ecs.lua:12", as Lua names places. */
static const char *place_of_call(struct compiler *compiler)
{
    lua_State *L = compiler->L;
    luaL_where(L, 1);
    postern_text place = {0};
    place.data = lua_tolstring(L, -1, &place.size);
    if (text_ends_with(place, ": ")) place.size -= 2;
    const char *copy = compile_copy(compiler, place).data;
    lua_pop(L, 1);
    return copy;
}

static bool has_rest(const struct map_target *target)
{
    if (target->step) return target->step->operation == OPERATION_REST;
    for (const struct map_target *child = target->first_child; child; child = child->next)
        if (has_rest(child)) return true;
    return false;
}

/* What map_compile leaves on the stack: a userdata whose user value holds all that the plan is made of. */
int map_compile(lua_State *L, struct bridge *bridge)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct map *map = lua_newuserdatauv(L, sizeof *map, 1);
    memset(map, 0, sizeof *map);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 2, 1);
    lua_newtable(L);
    struct compiler compiler = {.L = L, .bridge = bridge, .held = 3, .known = 4, .place = "", .target = ""};
    read_options(&compiler);
    if (lua_getfield(L, 1, "schema") != LUA_TNIL) schema_read(&compiler, lua_gettop(L));
    const struct map_target *root = compile_targets(&compiler, 1, true);
    map->root = root;
    map->has_rest = has_rest(root);
    map->fields = compile_names(&compiler, &compiler.fields, compiler.ignore_case);
    map->seen = compile_allocate(&compiler, sizeof *map->seen);
    map->given = compile_names(&compiler, &compiler.given, false);
    map->target_count = compiler.target_count;
    map->memo_count = compiler.memo_count;
    map->step_count = compiler.step_count + compiler.target_count;
    map->sites = compiler.sites;
    map->site_count = compiler.site_count;
    map->place = place_of_call(&compiler);
    map->number = ++bridge->maps_made;
    lua_settop(L, 2);
    return 1;
}
