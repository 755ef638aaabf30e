/* links: postern_parse */
/* The tokens of a Lua text: they lie in it in order with nothing but blanks and comments between them, lines
 * never go back, brackets belong to each other. */
#include "base/text.h"
#include "parse/lua_tokens.h"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define require(holds) ((holds) ? (void)0 : abort())

static void check_token(const struct lua_token *tokens, size_t count, size_t number)
{
    const struct lua_token *token = &tokens[number];
    require(token->text.size > 0 && token->line > 0);
    require(number == 1 || token->line >= tokens[number - 1].line);
    if (!token->partner) return;
    require(token->partner < count - 1 && token->partner != number);
    require(tokens[token->partner].partner == number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    postern_text text = {(const char *)data, size};
    size_t count = lua_tokens_read(text, NULL);
    require(count >= 2 && count <= size + 2);
    struct lua_token *tokens = calloc(count, sizeof *tokens);
    if (!tokens) return 0;
    require(lua_tokens_read(text, tokens) == count);
    const char *end = text.data;
    for (size_t i = 1; i + 1 < count; i++) {
        check_token(tokens, count, i);
        require(tokens[i].text.data >= end);
        end = tokens[i].text.data + tokens[i].text.size;
    }
    require(end <= text.data + text.size);
    free(tokens);
    return 0;
}
