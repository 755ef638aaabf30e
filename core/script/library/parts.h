/* Inside the library: its parts, and how functions take their arguments. */
#ifndef POSTERN_SCRIPT_LIBRARY_PARTS_H
#define POSTERN_SCRIPT_LIBRARY_PARTS_H

#include "sandbox/sandbox.h"
#include "script/library/library.h"
#include <lauxlib.h>

/* Each adds its functions to the table on the top of the stack. */
void library_open_text(lua_State *L);
void library_open_time(lua_State *L);
void library_open_network(lua_State *L); /* email, url, ip, cidr */
void library_open_hash(lua_State *L);    /* hash, hex, base64 */
void library_open_json(lua_State *L, const struct script_library_context *context);
void library_open_kv(lua_State *L);
void library_open_lookup(lua_State *L, const struct script_library_context *context);

/* For functions that read: true if the argument is a text. Numbers are not texts. */
bool argument_text(lua_State *L, int index, postern_text *text);
/* For functions that change: as above, but false only for nothing; anything else raises an error. */
bool argument_text_or_nothing(lua_State *L, int index, postern_text *text);
/* A text that must be there; raises an error otherwise. */
postern_text argument_required_text(lua_State *L, int index);

/* Returns nil from a function. */
int library_nil(lua_State *L);
/* Pays for work on so many bytes. */
void library_charge(lua_State *L, size_t bytes);
void library_push(lua_State *L, postern_text text);
/* table[name] = text, for the table on the top of the stack; nothing if the text is empty. */
void library_set(lua_State *L, const char *name, postern_text text);

#endif
