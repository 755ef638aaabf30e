#include "script/event/null.h"
#include "script/library/parts.h"

void script_library_open(lua_State *L, const struct script_library_context *context)
{
    script_push_null(L);
    lua_setfield(L, -2, "null");
    library_open_text(L);
    library_open_time(L);
    library_open_network(L);
    library_open_hash(L);
    library_open_json(L, context);
    library_open_kv(L);
    library_open_labels(L);
    library_open_lookup(L, context);
}
