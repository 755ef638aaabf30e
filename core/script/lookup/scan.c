/* Finds the lookup files that a script names, by reading it as Lua's lexer would: comments and texts are
 * skipped. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "script/lookup/files.h"

struct scanner {
    const char *at, *end;
    int line;
};

static char peek(const struct scanner *s, size_t ahead)
{
    return (size_t)(s->end - s->at) > ahead ? s->at[ahead] : '\0';
}

static void advance(struct scanner *s)
{
    s->line += *s->at++ == '\n';
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_';
}

/* At "[[" or "[==[": moves behind the closing bracket. False if this is no long bracket. */
static bool skip_long_bracket(struct scanner *s)
{
    size_t level = 0;
    while (peek(s, 1 + level) == '=')
        level++;
    if (peek(s, 0) != '[' || peek(s, 1 + level) != '[') return false;
    for (; s->at < s->end; advance(s)) {
        size_t same = 0;
        while (peek(s, 0) == ']' && peek(s, 1 + same) == '=' && same < level)
            same++;
        if (peek(s, 0) == ']' && same == level && peek(s, 1 + same) == ']') {
            s->at += level + 2;
            return true;
        }
    }
    return true;
}

static void skip_comment(struct scanner *s)
{
    s->at += 2;
    if (skip_long_bracket(s)) return;
    while (s->at < s->end && *s->at != '\n')
        s->at++;
}

/* At a quote: moves behind the closing one. The text between, empty if it holds escapes. */
static postern_text skip_quoted(struct scanner *s)
{
    char quote = *s->at++;
    const char *from = s->at;
    bool escaped = false;
    for (; s->at < s->end && *s->at != quote && *s->at != '\n'; advance(s))
        if (*s->at == '\\') {
            escaped = true;
            advance(s);
            if (s->at == s->end) break;
        }
    postern_text inside = text_slice(from, s->at);
    if (s->at < s->end && *s->at == quote) s->at++;
    return escaped ? (postern_text){"", 0} : inside;
}

static void skip_blanks(struct scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || (*s->at >= '\t' && *s->at <= '\r')))
        advance(s);
}

/* Moves to the next call of lookup with a literal; false at the end of the script. */
static bool next_name(struct scanner *s, postern_text *name)
{
    while (s->at < s->end) {
        if (peek(s, 0) == '-' && peek(s, 1) == '-') {
            skip_comment(s);
        } else if (*s->at == '"' || *s->at == '\'') {
            skip_quoted(s);
        } else if (is_name_byte(*s->at)) {
            const char *from = s->at;
            while (s->at < s->end && is_name_byte(*s->at))
                s->at++;
            if (!text_is(text_slice(from, s->at), "lookup")) continue;
            skip_blanks(s);
            if (peek(s, 0) == '(') {
                s->at++;
                skip_blanks(s);
            }
            if (peek(s, 0) != '"' && peek(s, 0) != '\'') continue;
            *name = skip_quoted(s);
            if (text_ends_with(*name, ".csv") || text_ends_with(*name, ".json")) return true;
        } else if (!skip_long_bracket(s)) {
            advance(s);
        }
    }
    return false;
}

postern_status lookup_files_scan(struct lookup_files *files, const char *directory, const char *path,
                                 postern_text script, postern_error *error)
{
    struct scanner scanner = {.at = script.data, .end = script.data + script.size, .line = 1};
    postern_text name;
    while (next_name(&scanner, &name)) {
        const struct lookup_file *file;
        postern_status status = lookup_files_open(files, directory, name, &file, error);
        if (status < 0) {
            error_prefix(error, "%s:%d: ", path, scanner.line);
            return status;
        }
    }
    return POSTERN_OK;
}
