/* A text against one of Lua's patterns, for C functions that scripts call. */
#ifndef POSTERN_SANDBOX_MATCH_H
#define POSTERN_SANDBOX_MATCH_H

#include <lua.h>
#include <postern/module.h>

/* What is wrong with the pattern, in words; NULL if it can be used. Captures of places are refused. */
const char *sandbox_pattern_fault(postern_text pattern);
/* As string.match with a pattern that can be used: *found is the first capture, or all that matches. Raises
 * an error if that takes too long. */
bool sandbox_match(lua_State *L, postern_text text, postern_text pattern, postern_text *found);

#endif
