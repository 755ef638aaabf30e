#include "script/event/number.h"

#include "base/text.h"
#include "sandbox/sandbox.h"

static int number_tostring(lua_State *L)
{
    const struct number *number = lua_touserdata(L, 1);
    lua_pushlstring(L, number->digits, number->size);
    return 1;
}

/* postern.number(digits) */
static int make_number(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    postern_text digits = {0};
    digits.data = luaL_checklstring(L, 1, &digits.size);
    const struct json_node *root;
    sandbox_charge(L, (int64_t)(digits.size / 16));
    struct json_tape *tape = bridge_take_tape(L, bridge);
    bool is_number =
        bridge_parse(L, tape, digits, NULL, &root, NULL) >= 0 && json_type(root) == POSTERN_JSON_NUMBER;
    bridge_return_tape(bridge);
    if (!is_number) return luaL_argerror(L, 1, "this is not a JSON number");
    digits = text_trim(digits);
    struct number *number = lua_newuserdatauv(L, sizeof *number + digits.size, 0);
    number->size = digits.size;
    memcpy(number->digits, digits.data, digits.size);
    bridge_set_type(L, &bridge->number_type);
    return 1;
}

void number_open(lua_State *L, struct bridge *bridge)
{
    static const luaL_Reg metamethods[] = {{"__tostring", number_tostring}, {NULL, NULL}};
    bridge_open_type(L, bridge, "number", metamethods, &bridge->number_type);
    bridge_register(L, bridge, (const luaL_Reg[]){{"number", make_number}, {NULL, NULL}});
}
