/* The parts of the library. */
#ifndef POSTERN_SCRIPT_LIBRARY_PARTS_H
#define POSTERN_SCRIPT_LIBRARY_PARTS_H

#include "script/library/library.h"

/* Each adds its functions to the table on the top of the stack. */
void library_open_text(lua_State *L);
void library_open_time(lua_State *L);
void library_open_network(lua_State *L); /* email, url, ip, cidr */
void library_open_hash(lua_State *L);    /* hash, hex, base64 */
void library_open_json(lua_State *L, const struct script_library_context *context);
void library_open_kv(lua_State *L);
void library_open_labels(lua_State *L);
void library_open_lookup(lua_State *L, const struct script_library_context *context);

#endif
