/* The tokens of a Lua text, for looking at what a script says without running it. Pure. */
#ifndef POSTERN_PARSE_LUA_TOKENS_H
#define POSTERN_PARSE_LUA_TOKENS_H

#include <postern/module.h>

enum lua_token_kind {
    LUA_TOKEN_NAME,
    LUA_TOKEN_KEYWORD, /* but for and, or, not, which are signs here */
    LUA_TOKEN_TEXT,
    LUA_TOKEN_NUMBER,
    LUA_TOKEN_SIGN,
};

struct lua_token {
    postern_text text; /* as it is written; a text with its quotes */
    uint32_t line;
    uint32_t partner; /* of a bracket: the number of the one that belongs to it; 0 = none */
    enum lua_token_kind kind;
};

/* Writes the tokens to `tokens`, if that is not NULL; how many there are. Number 0 is an empty one, so that
 * each token has one in front of it, and so is the last. Text that Lua would refuse gives some tokens. */
size_t lua_tokens_read(postern_text text, struct lua_token *tokens);

#endif
