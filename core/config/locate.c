/* Finds the line of each field in the text of the file. Lua tells only where a declaration begins, and a
 * declaration may go over many lines. What a program made (a loop, a function) keeps the line of its
 * declaration. */
#include "base/cleanup.h"
#include "base/text.h"
#include "config/document.h"
#include <ctype.h>
#include <stdlib.h>

enum token_type { TOKEN_END, TOKEN_NAME, TOKEN_STRING, TOKEN_OTHER };
struct token {
    enum token_type type;
    char character; /* of TOKEN_OTHER */
    int line;
    postern_text text; /* of a name; of a string without its quotes, escapes kept */
};

struct lexer {
    const char *at, *end;
    int line;
};

static char advance(struct lexer *lexer)
{
    if (lexer->at >= lexer->end) return 0;
    if (*lexer->at == '\n') lexer->line++;
    return *lexer->at++;
}

/* The level of a long bracket [[ or [==[ that opens here, or -1. Moves behind it. */
static int open_long_bracket(struct lexer *lexer)
{
    const char *at = lexer->at;
    int level = 0;
    if (at >= lexer->end || *at++ != '[') return -1;
    for (; at < lexer->end && *at == '='; at++)
        level++;
    if (at >= lexer->end || *at != '[') return -1;
    lexer->at = at + 1;
    return level;
}

/* Moves behind the closing bracket of that level; what stands between. */
static postern_text long_text(struct lexer *lexer, int level)
{
    const char *start = lexer->at;
    while (lexer->at < lexer->end) {
        const char *closing = lexer->at;
        if (advance(lexer) != ']') continue;
        int found = 0;
        for (; lexer->at < lexer->end && *lexer->at == '='; lexer->at++)
            found++;
        if (found == level && lexer->at < lexer->end && *lexer->at == ']') {
            lexer->at++;
            return text_slice(start, closing);
        }
    }
    return text_slice(start, lexer->at);
}

static postern_text quoted_text(struct lexer *lexer, char quote)
{
    const char *start = lexer->at;
    while (lexer->at < lexer->end && *lexer->at != quote) {
        if (advance(lexer) == '\\') advance(lexer);
    }
    postern_text text = text_slice(start, lexer->at);
    advance(lexer);
    return text;
}

static void skip_comment(struct lexer *lexer)
{
    int level = open_long_bracket(lexer);
    if (level >= 0) {
        long_text(lexer, level);
        return;
    }
    while (lexer->at < lexer->end && *lexer->at != '\n')
        lexer->at++;
}

static struct token next_token(struct lexer *lexer)
{
    for (;;) {
        while (lexer->at < lexer->end && isspace((unsigned char)*lexer->at))
            advance(lexer);
        if (lexer->end - lexer->at < 2 || lexer->at[0] != '-' || lexer->at[1] != '-') break;
        lexer->at += 2;
        skip_comment(lexer);
    }
    struct token token = {.line = lexer->line};
    if (lexer->at >= lexer->end) return token;
    int level = open_long_bracket(lexer);
    if (level >= 0) {
        token.type = TOKEN_STRING;
        token.text = long_text(lexer, level);
        return token;
    }
    const char *start = lexer->at;
    char first = advance(lexer);
    if (first == '"' || first == '\'') {
        token.type = TOKEN_STRING;
        token.text = quoted_text(lexer, first);
    } else if (isalpha((unsigned char)first) || first == '_') {
        while (lexer->at < lexer->end && (isalnum((unsigned char)*lexer->at) || *lexer->at == '_'))
            lexer->at++;
        token.type = TOKEN_NAME;
        token.text = text_slice(start, lexer->at);
    } else {
        token.type = TOKEN_OTHER;
        token.character = first;
    }
    return token;
}

static bool is_character(const struct token *token, char character)
{
    return token->type == TOKEN_OTHER && token->character == character;
}

#define DEPTH_LIMIT 8

/* The fields of one `{ ... }`; none where there are no keys to be found. */
struct located_table {
    struct config_field *fields;
    size_t count;
};

static struct config_field *find_field(const struct located_table *table, postern_text key)
{
    for (size_t i = 0; i < table->count; i++)
        if (text_is(key, table->fields[i].key)) return &table->fields[i];
    return NULL;
}

/* Behind the '{' of a declaration: notes `key =` and `["key"] =`, inside the values too, up to the matching
 * '}'. */
static void locate_fields(struct lexer *lexer, struct declaration *declaration)
{
    struct located_table open[DEPTH_LIMIT] = {{declaration->fields, declaration->count}}, inside = {0};
    size_t depth = 1;
    struct token key = {0}, token;
    while (depth > 0 && (token = next_token(lexer)).type != TOKEN_END) {
        if (is_character(&token, '{')) {
            if (depth < DEPTH_LIMIT) open[depth] = inside;
            depth++;
        }
        if (is_character(&token, '}')) depth--;
        inside = (struct located_table){0};
        if (is_character(&token, '=') && key.type != TOKEN_END && depth > 0 && depth <= DEPTH_LIMIT) {
            struct config_field *field = find_field(&open[depth - 1], key.text);
            if (field) field->line = key.line;
            if (field) inside = (struct located_table){field->value.fields, field->value.field_count};
        }
        if (!is_character(&token, ']')) key = token.type == TOKEN_OTHER ? (struct token){0} : token;
    }
}

/* Is this `kind "name" {` (or `kind {`)? Leaves the lexer behind the '{' if so. */
static bool is_declaration(struct lexer *lexer, const struct token *token,
                           const struct declaration *declaration)
{
    if (token->type != TOKEN_NAME || !text_is(token->text, declaration->kind)) return false;
    struct lexer ahead = *lexer;
    struct token next = next_token(&ahead);
    if (is_character(&next, '(')) next = next_token(&ahead);
    if (declaration->name) {
        if (next.type != TOKEN_STRING || !text_is(next.text, declaration->name)) return false;
        next = next_token(&ahead);
    }
    while (is_character(&next, '(') || is_character(&next, ')'))
        next = next_token(&ahead);
    if (!is_character(&next, '{')) return false;
    *lexer = ahead;
    return true;
}

static int compare_lines(const void *a, const void *b)
{
    const struct config_field *x = a, *y = b;
    return x->line != y->line ? (x->line > y->line) - (x->line < y->line) : strcmp(x->key, y->key);
}

/* Where the first name of each line begins (1 = the file's first byte; 0 = it has none), so that no
 * declaration needs a walk of its own; only walking through all tells where tokens begin. NULL if out of
 * memory. */
static uint32_t *find_lines(postern_text source, size_t *count)
{
    size_t lines = 2; /* they count from 1 */
    for (size_t i = 0; i < source.size; i++)
        lines += source.data[i] == '\n';
    uint32_t *starts = calloc(lines, sizeof *starts);
    struct lexer lexer = {source.data, source.data + source.size, 1};
    for (struct token token; starts && (token = next_token(&lexer)).type != TOKEN_END;)
        if (token.type == TOKEN_NAME && !starts[token.line])
            starts[token.line] = (uint32_t)(token.text.data - source.data) + 1;
    *count = starts ? lines : 0;
    return starts;
}

static void locate(struct lexer *lexer, struct lexer ahead, struct declaration *declaration)
{
    struct token token;
    while ((token = next_token(&ahead)).type != TOKEN_END && token.line <= declaration->line) {
        if (token.line < declaration->line || !is_declaration(&ahead, &token, declaration)) continue;
        locate_fields(&ahead, declaration);
        *lexer = ahead;
        return;
    }
}

/* Declarations come in the order of evaluation, which for written ones is that of the file; those that a
 * program made are looked for where it stands. */
void document_locate(struct config_document *document, postern_text source)
{
    if (source.size == 0) return; /* its data may be NULL */
    struct lexer lexer = {source.data, source.data + source.size, 1};
    size_t line_count;
    _cleanup_(freep) uint32_t *starts = find_lines(source, &line_count);
    for (struct declaration *d = document->first; d; d = d->next) {
        size_t line = d->line > 0 ? (size_t)d->line : 0;
        const char *start = line < line_count && starts[line] ? source.data + starts[line] - 1 : NULL;
        struct lexer ahead = {start, lexer.end, d->line};
        if (start) locate(&lexer, start > lexer.at ? ahead : lexer, d);
        if (d->count) qsort(d->fields, d->count, sizeof(*d->fields), compare_lines);
    }
}
