#include "parse/lua_tokens.h"
#include "base/text.h"

struct lua_token_reader {
    const char *at, *end;
    struct lua_token *tokens;
    size_t count;
    uint32_t line;
    uint32_t open; /* the innermost open bracket: they are chained by `partner` until they are closed */
};

static char peek(const struct lua_token_reader *r, size_t ahead)
{
    return (size_t)(r->end - r->at) > ahead ? r->at[ahead] : '\0';
}

static void advance(struct lua_token_reader *r)
{
    r->line += *r->at++ == '\n';
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(byte) || byte == '_';
}

/* At "[[" or "[==[": moves behind the closing bracket. False if this is no long bracket. */
static bool skip_long_bracket(struct lua_token_reader *r)
{
    size_t level = 0;
    while (peek(r, 1 + level) == '=')
        level++;
    if (peek(r, 0) != '[' || peek(r, 1 + level) != '[') return false;
    for (; r->at < r->end; advance(r)) {
        size_t same = 0;
        while (peek(r, 0) == ']' && same < level && peek(r, 1 + same) == '=')
            same++;
        if (peek(r, 0) != ']' || same != level || peek(r, 1 + same) != ']') continue;
        r->at += level + 2;
        return true;
    }
    return true;
}

static void skip_quoted(struct lua_token_reader *r)
{
    char quote = *r->at++;
    for (; r->at < r->end && *r->at != quote && *r->at != '\n'; advance(r))
        if (*r->at == '\\' && r->end - r->at > 1) advance(r);
    if (r->at < r->end && *r->at == quote) r->at++;
}

static void skip_number(struct lua_token_reader *r)
{
    for (; is_name_byte(peek(r, 0)) || peek(r, 0) == '.'; r->at++) {
        bool is_exponent = strchr("eEpP", *r->at) && (peek(r, 1) == '+' || peek(r, 1) == '-');
        r->at +=
            is_exponent; /* a hexadecimal e before a sign is no exponent: such a sum is read as one number */
    }
}

/* Signs of more than one byte that matter to someone who looks at operators. */
static void skip_sign(struct lua_token_reader *r)
{
    static const char *const longer[] = {"...", "..", "==", "~=", "<=", ">=", "::", "//", "<<", ">>"};
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        if (!text_starts_with(text_slice(r->at, r->end), longer[i])) continue;
        r->at += strlen(longer[i]);
        return;
    }
    r->at++;
}

static bool is_keyword(postern_text word)
{
    static const char *const keywords[] = {"break",    "do",   "else", "elseif", "end",   "false", "for",
                                           "function", "goto", "if",   "in",     "local", "nil",   "repeat",
                                           "return",   "then", "true", "until",  "while"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (text_is(word, keywords[i])) return true;
    return false;
}

static enum lua_token_kind kind_of_word(postern_text word)
{
    bool is_operator = text_is(word, "and") || text_is(word, "or") || text_is(word, "not");
    return is_operator ? LUA_TOKEN_SIGN : is_keyword(word) ? LUA_TOKEN_KEYWORD : LUA_TOKEN_NAME;
}

/* Moves behind the token at hand. */
static enum lua_token_kind skip_token(struct lua_token_reader *r)
{
    const char *from = r->at;
    if (*r->at == '"' || *r->at == '\'') {
        skip_quoted(r);
        return LUA_TOKEN_TEXT;
    }
    if (skip_long_bracket(r)) return LUA_TOKEN_TEXT;
    if (is_digit(*r->at) || (*r->at == '.' && is_digit(peek(r, 1)))) {
        skip_number(r);
        return LUA_TOKEN_NUMBER;
    }
    if (!is_name_byte(*r->at)) {
        skip_sign(r);
        return LUA_TOKEN_SIGN;
    }
    while (is_name_byte(peek(r, 0)))
        r->at++;
    return kind_of_word(text_slice(from, r->at));
}

static bool skip_space(struct lua_token_reader *r)
{
    while (r->at < r->end) {
        if (is_blank(*r->at)) {
            advance(r);
        } else if (peek(r, 0) == '-' && peek(r, 1) == '-') {
            r->at += 2;
            if (skip_long_bracket(r)) continue;
            while (r->at < r->end && *r->at != '\n')
                r->at++;
        } else {
            return true;
        }
    }
    return false;
}

static void pair_bracket(struct lua_token_reader *r, uint32_t number)
{
    struct lua_token *token = &r->tokens[number];
    char sign = token->text.size == 1 ? token->text.data[0] : '\0';
    if (token->kind != LUA_TOKEN_SIGN) return;
    if (sign == '(' || sign == '[' || sign == '{') {
        token->partner = r->open;
        r->open = number;
    } else if ((sign == ')' || sign == ']' || sign == '}') && r->open) {
        uint32_t opening = r->open;
        r->open = r->tokens[opening].partner;
        r->tokens[opening].partner = number;
        token->partner = opening;
    }
}

static void add(struct lua_token_reader *r, struct lua_token token)
{
    size_t number = r->count++;
    if (!r->tokens) return;
    r->tokens[number] = token;
    pair_bracket(r, (uint32_t)number);
}

size_t lua_tokens_read(postern_text text, struct lua_token *tokens)
{
    struct lua_token_reader r = {.at = text.data, .end = text.data + text.size, .tokens = tokens, .line = 1};
    const struct lua_token none = {.text = {"", 0}, .kind = LUA_TOKEN_KEYWORD};
    add(&r, none);
    while (skip_space(&r)) {
        struct lua_token token = {.line = r.line};
        const char *from = r.at;
        token.kind = skip_token(&r);
        token.text = text_slice(from, r.at);
        add(&r, token);
    }
    add(&r, none);
    while (tokens && r.open) { /* those that are never closed */
        uint32_t outer = tokens[r.open].partner;
        tokens[r.open].partner = 0;
        r.open = outer;
    }
    return r.count;
}
