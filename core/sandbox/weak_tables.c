/* Weak tables are off. They would show when memory was collected, and the collector's work on chains of them
 * grows with the square of their number, in C, where no limit of time holds: 60,000 tables took it 15 s.
 *
 * To refuse `__mode` in setmetatable is not enough: a script can set it in the metatable afterwards, by
 * assignment, which nobody sees. So the collector is made blind instead. It looks for the field under the
 * very string that Lua made when the state was born, and strings of this length are compared by their
 * addresses. Once that string's bytes are others, whatever spells "__mode" is another string. The bytes are
 * random, so that no script can spell the old one either. */
#include "base/random.h"
#include "sandbox/state.h"

#define NAME "__mode"

void weak_tables_off(lua_State *L)
{
    lua_pushliteral(L, NAME);
    void *bytes = (void *)(uintptr_t)lua_tostring(L, -1);
    struct random_source *random = random_system();
    random->fill(random, bytes, sizeof NAME - 1);
    lua_pop(L, 1);
}
