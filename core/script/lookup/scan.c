/* Finds the lookup files that a script names, by reading its text: they are there before an event asks. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "parse/lua_tokens.h"
#include "script/lookup/files.h"

#include <stdlib.h>

/* The file that is named where a call of lookup has a text in quotes as its first argument; empty if it is
 * none. Tokens are read behind `at`: the last two are empty. */
static postern_text named_file(const struct lua_token *at)
{
    const postern_text none = {"", 0};
    if (at->kind != LUA_TOKEN_NAME || !text_is(at->text, "lookup")) return none;
    at += text_is(at[1].text, "(") ? 2 : 1;
    if (at->kind != LUA_TOKEN_TEXT || at->text.size < 2 || at->text.data[0] == '[') return none;
    postern_text name = text_slice(at->text.data + 1, at->text.data + at->text.size - 1);
    if (memchr(name.data, '\\', name.size)) return none;
    return text_ends_with(name, ".csv") || text_ends_with(name, ".json") ? name : none;
}

postern_status lookup_files_scan(struct lookup_files *files, const char *directory, const char *path,
                                 postern_text script, postern_error *error)
{
    size_t count = lua_tokens_read(script, NULL);
    _cleanup_(freep) struct lua_token *tokens = calloc(count + 2, sizeof *tokens);
    if (!tokens) return error_no_memory(error, NULL);
    lua_tokens_read(script, tokens);
    for (size_t i = 0; i < count; i++) {
        postern_text name = named_file(&tokens[i]);
        const struct lookup_file *file;
        if (name.size == 0) continue;
        postern_status status = lookup_files_open(files, directory, name, &file, error);
        if (status < 0) {
            error_prefix(error, "%s:%u: ", path, (unsigned)tokens[i].line);
            return status;
        }
    }
    return POSTERN_OK;
}
