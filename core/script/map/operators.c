#include "script/map/operators.h"

#include "base/text.h"
#include "parse/lua_tokens.h"
#include "sandbox/sandbox.h"
#include <stdio.h>
#include <string.h>

#define VARIABLES_LOOKED   500 /* operands that are variables: each is looked for in the whole text */
#define TOKENS_BESIDE      300 /* of a line that are looked at, on both sides */
#define VARIABLES_ASSIGNED 50  /* in one statement, that are looked at */

static const char noted_calls = 0; /* its address is the place in the registry: by file, sets of calls */

/* ---- Noting ---- */

void map_operators_begin(lua_State *L)
{
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &noted_calls);
}

void map_operators_end(lua_State *L)
{
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &noted_calls);
}

/* How a call is written: "f field" for map.field(), "v field" for field(). */
static void push_call(lua_State *L, char way, postern_text name, int line)
{
    lua_pushfstring(L, "%d %c ", line, way);
    lua_pushlstring(L, name.data, name.size);
    lua_concat(L, 2);
}

void map_operators_note(lua_State *L)
{
    lua_Debug function, caller;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &noted_calls) != LUA_TTABLE || !lua_getstack(L, 0, &function) ||
        !lua_getstack(L, 1, &caller)) {
        lua_pop(L, 1);
        return;
    }
    lua_getinfo(L, "n", &function);
    lua_getinfo(L, "Sl", &caller);
    bool is_method =
        function.name && function.namewhat[0] == 'm'; /* of an expression that was noted itself */
    if (function.name && !is_method && caller.currentline > 0 && caller.source[0] == '@') {
        char way = function.namewhat[0] == 'f' ? 'f' : 'v';
        luaL_getsubtable(L, -1, caller.source + 1);
        push_call(L, way, text_of(function.name), caller.currentline);
        lua_pushboolean(L, true);
        lua_rawset(L, -3);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* ---- Reading ---- */

struct looking {
    lua_State *L;
    const char *path;
    const struct lua_token *tokens;
    size_t count;
    int calls; /* stack index of the file's noted calls */
    int variables_left;
};

static bool is(const struct looking *look, size_t at, const char *sign)
{
    const struct lua_token *token = &look->tokens[at];
    return token->kind == LUA_TOKEN_SIGN && text_is(token->text, sign);
}

static bool is_word(const struct looking *look, size_t at, const char *word)
{
    return look->tokens[at].kind == LUA_TOKEN_KEYWORD && text_is(look->tokens[at].text, word);
}

static bool is_name(const struct looking *look, size_t at)
{
    return look->tokens[at].kind == LUA_TOKEN_NAME;
}

/* What stands here may be called or indexed by what follows. */
static bool ends_prefix(const struct looking *look, size_t at)
{
    return is_name(look, at) || is(look, at, ")") || is(look, at, "]");
}

/* The first token of the arguments, the index or the group that ends at `end`; 0 if none does. */
static size_t bracket_start(const struct looking *look, size_t end)
{
    if (look->tokens[end].kind == LUA_TOKEN_TEXT) return end;
    bool closes = is(look, end, ")") || is(look, end, "]") || is(look, end, "}");
    return closes ? look->tokens[end].partner : 0;
}

/* The first token of a call, an index, a name or a group that ends at `end`; 0 if nothing of that does. */
static size_t operand_start(const struct looking *look, size_t end)
{
    for (size_t at = end;;) {
        if (is_name(look, at)) {
            if (!is(look, at - 1, ".") && !is(look, at - 1, ":")) return at;
            at -= 2;
        } else {
            at = bracket_start(look, at);
            if (at == 0 || !ends_prefix(look, at - 1)) return at;
            at--;
        }
        if (at == 0) return 0;
    }
}

/* The last token of one that begins at `start`; 0 if none does. */
static size_t operand_end(const struct looking *look, size_t start)
{
    size_t at = is(look, start, "(") ? look->tokens[start].partner : is_name(look, start) ? start : 0;
    while (at) {
        size_t next = at + 1;
        if ((is(look, next, ".") || is(look, next, ":")) && is_name(look, next + 1))
            at = next + 1;
        else if (is(look, next, "(") || is(look, next, "{") || is(look, next, "["))
            at = look->tokens[next].partner;
        else if (look->tokens[next].kind == LUA_TOKEN_TEXT)
            at = next;
        else
            break;
    }
    return at;
}

/* A function of that name in one of Lua's libraries (table.concat) is none of a map's. */
static bool is_of_a_library(const struct looking *look, size_t name)
{
    static const char *const libraries[] = {"table", "string", "math", "utf8"};
    for (size_t i = 0; is(look, name - 1, ".") && i < sizeof libraries / sizeof *libraries; i++)
        if (is_name(look, name - 2) && text_is(look->tokens[name - 2].text, libraries[i])) return true;
    return false;
}

/* Another call in the line goes to a function of the same name in another table: one of them was noted. */
static bool is_called_elsewhere(const struct looking *look, size_t name)
{
    const struct lua_token *tokens = look->tokens;
    size_t first = name, last = name;
    while (first > 2 && name - first < TOKENS_BESIDE && tokens[first - 1].line == tokens[name].line)
        first--;
    while (last + 1 < look->count && last - name < TOKENS_BESIDE &&
           tokens[last + 1].line == tokens[name].line)
        last++;
    sandbox_charge(look->L, (int64_t)(last - first));
    for (size_t at = first; is(look, name - 1, ".") && at <= last; at++) {
        bool has_the_name = is_name(look, at) && is(look, at - 1, ".") && !is_of_a_library(look, at) &&
                            text_equal(tokens[at].text, tokens[name].text);
        if (has_the_name && !text_equal(tokens[at - 2].text, tokens[name - 2].text)) return true;
    }
    return false;
}

static bool was_noted(const struct looking *look, size_t name, uint32_t line)
{
    if (is_of_a_library(look, name) || is_called_elsewhere(look, name)) return false;
    push_call(look->L, is(look, name - 1, ".") ? 'f' : 'v', look->tokens[name].text, (int)line);
    bool noted = lua_rawget(look->L, look->calls) != LUA_TNIL;
    lua_pop(look->L, 1);
    return noted;
}

static bool is_expression(struct looking *look, size_t end);

/* `name` = the value that begins at `value`, in a list of such. */
static bool value_is_expression(struct looking *look, size_t value, size_t number)
{
    for (size_t end; (end = operand_end(look, value)) != 0; value = end + 2, number--) {
        bool goes_on = look->tokens[end + 1].kind == LUA_TOKEN_SIGN && !is(look, end + 1, ",") &&
                       !is(look, end + 1, ";");
        if (goes_on) return false;
        if (number == 0) return !is_name(look, end) && is_expression(look, end);
        if (!is(look, end + 1, ",")) return false;
    }
    return false;
}

/* What is known of a variable once the whole file has been looked through. */
struct declared {
    size_t count;  /* of its declarations; assignments count as well */
    size_t values; /* the first token of the values in "local a, b = x, y"; 0 = none */
    size_t number; /* of the variable among the names there */
};

/* "x = ...", "x, t.y, t[1] = ...". */
static bool is_assigned(const struct looking *look, size_t name)
{
    size_t at = name + 1;
    if (is(look, name - 1, ".")) return false;
    for (int variables = 1; variables < VARIABLES_ASSIGNED && !is(look, at, "="); variables++) {
        if (!is(look, at, ",") || !is_name(look, at + 1)) return false;
        at = operand_end(look, at + 1) + 1;
    }
    return true;
}

/* Not in a table, nor behind another variable. */
static bool begins_statement(const struct looking *look, size_t at)
{
    return !is(look, at - 1, "{") && !is(look, at - 1, ",") && !is(look, at - 1, ";");
}

static struct declared find_declarations(const struct looking *look, postern_text name)
{
    struct declared found = {0};
    size_t number = 0;
    bool in_names = false, is_here = false; /* among the names of a local, a function or a loop; one was it */
    for (size_t at = 1; at + 1 < look->count; at++) {
        bool opens = is_word(look, at, "local") || is_word(look, at, "for") || is_word(look, at, "function");
        if (opens) {
            in_names = true;
            is_here = false;
            number = 0;
        } else if (is(look, at, ",")) {
            number++;
        } else if (is_name(look, at) && text_equal(look->tokens[at].text, name)) {
            bool is_set = is_assigned(look, at);
            found.count += in_names || is_set;
            if (in_names) is_here = true, found.number = number;
            if (!in_names && is(look, at + 1, "=") && begins_statement(look, at))
                found.values = at + 2, found.number = 0;
        } else if (is(look, at, "=") && in_names) {
            if (is_here) found.values = at + 1;
            in_names = false;
        } else if (!is_name(look, at) && !is(look, at, "(") && !is(look, at, "<") && !is(look, at, ">") &&
                   !is(look, at, ".") && !is(look, at, ":")) {
            in_names = false;
        }
    }
    return found;
}

/* The variable has one declaration in the whole file, and that gives it such a call. */
static bool variable_is_expression(struct looking *look, postern_text name)
{
    if (look->variables_left-- <= 0) return false;
    sandbox_charge(look->L, (int64_t)look->count);
    struct declared found = find_declarations(look, name);
    return found.count == 1 && found.values && value_is_expression(look, found.values, found.number);
}

/* What ends at `end` is an expression of a map: a call that made one, or a variable that holds it. */
static bool is_expression(struct looking *look, size_t end)
{
    sandbox_charge(look->L, 4);
    size_t start = operand_start(look, end);
    if (start == 0) return false;
    if (is_name(look, end)) return start == end && variable_is_expression(look, look->tokens[end].text);
    size_t open = bracket_start(look, end);
    if (open == 0 || is(look, end, "]")) return false;
    if (open != start && is(look, open - 2, ":")) return is_expression(look, open - 3); /* a method of one */
    if (open != start)
        return is_name(look, open - 1) && (was_noted(look, open - 1, look->tokens[open].line) ||
                                           was_noted(look, open - 1, look->tokens[start].line));
    return is(look, end, ")") && end > open + 1 && operand_start(look, end - 1) == open + 1 &&
           is_expression(look, end - 1);
}

/* ---- Operators ---- */

static _Noreturn void refuse(const struct looking *look, size_t at, const char *message)
{
    luaL_error(look->L, "%s:%d: map: %s", look->path, (int)look->tokens[at].line, message);
    __builtin_unreachable();
}

/* An operator that binds closer takes what stands in front of `start`. */
static bool is_taken_closer(const struct looking *look, size_t start, bool by_and)
{
    static const char *const closer[] = {"==", "~=", "<", ">", "<=", ">=", "..", "+",  "-",  "*",  "/",
                                         "//", "%",  "^", "#", "&",  "|",  "~",  "<<", ">>", "not"};
    for (size_t i = 0; i < sizeof closer / sizeof *closer; i++)
        if (is(look, start - 1, closer[i])) return true;
    return by_and && is(look, start - 1, "and");
}

static void check_or(struct looking *look, size_t at)
{
    size_t start = operand_start(look, at - 1);
    if (start && !is_taken_closer(look, start, true) && is_expression(look, at - 1))
        refuse(look, at,
               "\"or\" always takes the expression in front of it, whatever the event: write map.any(a, b) "
               "for a "
               "condition, map.first(a, b) for a value");
}

static void check_and(struct looking *look, size_t at)
{
    size_t start = operand_start(look, at - 1);
    if (start && !is_taken_closer(look, start, false) && is_expression(look, at - 1))
        refuse(look, at,
               "\"and\" always takes what stands behind it, whatever the event: write map.all(a, b), or "
               "map.when(a, b) for a value");
}

static void check_not(struct looking *look, size_t at)
{
    size_t end = operand_end(look, at + 1);
    if (end && is_expression(look, end))
        refuse(look, at, "\"not\" of an expression is false, whatever the event: write map.none(a)");
}

static void check_equality(struct looking *look, size_t at)
{
    size_t end = operand_end(look, at + 1);
    bool with_nil = is_word(look, at + 1, "nil") || is_word(look, at - 1, "nil"); /* asks about a variable */
    if (with_nil && (is_name(look, at - 1) || (end && is_name(look, end)))) return;
    bool is_one = operand_start(look, at - 1) && is_expression(look, at - 1);
    if (!is_one && !(end && is_expression(look, end))) return;
    if (is(look, at, "=="))
        refuse(look, at, "\"==\" with an expression is false, whatever the event: write a:equals(b)");
    refuse(look, at, "\"~=\" with an expression is true, whatever the event: write map.none(a:equals(b))");
}

/* `if field "x" then`. A variable alone may be asked whether it is there. */
static void check_if(struct looking *look, size_t at)
{
    size_t end = operand_end(look, at + 1);
    bool is_whole = end && (is_word(look, end + 1, "then") || is_word(look, end + 1, "do"));
    if (is_whole && !is_name(look, end) && is_expression(look, end))
        refuse(look, at, "an expression always holds here, whatever the event: write map.when(a, b)");
}

static void check_all(struct looking *look)
{
    for (size_t at = 1; at + 1 < look->count; at++) {
        if (is(look, at, "or"))
            check_or(look, at);
        else if (is(look, at, "and"))
            check_and(look, at);
        else if (is(look, at, "not"))
            check_not(look, at);
        else if (is(look, at, "==") || is(look, at, "~="))
            check_equality(look, at);
        else if (is_word(look, at, "if") || is_word(look, at, "elseif") || is_word(look, at, "while"))
            check_if(look, at);
    }
}

void map_operators_check(lua_State *L, const char *path, postern_text text)
{
    luaL_checkstack(L, 8, "map");
    int top = lua_gettop(L);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &noted_calls) == LUA_TTABLE &&
        lua_getfield(L, -1, path) == LUA_TTABLE) {
        struct looking look = {
            .L = L, .path = path, .calls = lua_gettop(L), .variables_left = VARIABLES_LOOKED};
        look.count = lua_tokens_read(text, NULL);
        struct lua_token *tokens = lua_newuserdatauv(L, look.count * sizeof *tokens, 0);
        memset(tokens, 0, look.count * sizeof *tokens);
        lua_tokens_read(text, tokens);
        look.tokens = tokens;
        sandbox_charge(L, (int64_t)look.count);
        check_all(&look);
    }
    lua_settop(L, top);
}
