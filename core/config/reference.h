/* References to secrets as the configuration's Lua sees them: values that say nothing. */
#ifndef POSTERN_CONFIG_REFERENCE_H
#define POSTERN_CONFIG_REFERENCE_H

#include "config/document.h"
#include <lua.h>

/* The name of the configuration's chunk in Lua's messages. */
#define REFERENCE_CHUNK "config"

/* Makes the metatable; `push` functions need it. */
void reference_open(lua_State *L);
/* Pushes the function env, file or vault. */
void reference_push_function(lua_State *L, enum reference_kind kind);
/* The reference at a stack index (its name belongs to Lua), or NULL. */
const struct reference *reference_at(lua_State *L, int index);
/* "env", "file", "vault" */
const char *reference_kind_name(enum reference_kind kind);
/* The line of the Lua code that called the running C function; 0 if there is none. */
int calling_line(lua_State *L);

#endif
