/* How the library's functions take their arguments and give their answers. */
#ifndef POSTERN_SCRIPT_LIBRARY_ARGUMENTS_H
#define POSTERN_SCRIPT_LIBRARY_ARGUMENTS_H

#include "script/event/null.h"
#include <postern/module.h>

/* For functions that read: true if the argument is a text. Numbers are not texts. */
bool argument_text(lua_State *L, int index, postern_text *text);
/* For functions that change: as above, but false only for nothing; anything else raises an error. */
bool argument_text_or_nothing(lua_State *L, int index, postern_text *text);
/* A text that must be there; raises an error otherwise. */
postern_text argument_required_text(lua_State *L, int index);

/* Pays for work on so many bytes. */
void library_charge(lua_State *L, size_t bytes);
void library_push(lua_State *L, postern_text text);
/* table[name] = text, for the table on the top of the stack; nothing if the text is empty. */
void library_set(lua_State *L, const char *name, postern_text text);

#endif
