/* The methods of a map that work on texts. */
#include "script/map_run.h"

#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/map_parts.h"
#include "script/one_line.h"
#include "script/parse_email.h"
#include "script/parse_url.h"

/* The text as it is meant; false if it is none. A part of a clean text is clean. */
static bool read_text(const struct map_run *run, struct map_value *value)
{
    if (value->type != POSTERN_JSON_STRING) return false;
    if (value->form == TEXT_WRITTEN) {
        value->text = map_plain_text(run, value);
        value->form = TEXT_PLAIN;
    }
    return true;
}

static void push_part(const struct map_run *run, const struct map_value *whole, postern_text part)
{
    if (part.size) map_push(run, map_text_value(part, whole->form, whole->origin));
}

static bool change_case(const struct map_run *run, struct map_value value, char first)
{
    if (!read_text(run, &value)) return false;
    char *text = map_scratch(run, value.text.size);
    for (size_t i = 0; i < value.text.size; i++) {
        unsigned char byte = (unsigned char)value.text.data[i];
        bool changes = (unsigned char)(byte - (unsigned char)first) < 26;
        text[i] = (char)(byte ^ (changes ? 0x20 : 0));
    }
    push_part(run, &value, (postern_text){text, value.text.size});
    return true;
}

static bool lower(const struct map_run *run, const struct step *step, struct map_value value)
{
    (void)step;
    return change_case(run, value, 'A');
}

static bool upper(const struct map_run *run, const struct step *step, struct map_value value)
{
    (void)step;
    return change_case(run, value, 'a');
}

static bool trim(const struct map_run *run, const struct step *step, struct map_value value)
{
    (void)step;
    if (!read_text(run, &value)) return false;
    push_part(run, &value, text_trim(value.text));
    return true;
}

static bool unquote(const struct map_run *run, const struct step *step, struct map_value value)
{
    (void)step;
    if (!read_text(run, &value)) return false;
    postern_text text = value.text;
    char quote = text.size >= 2 ? text.data[0] : '\0';
    if ((quote == '"' || quote == '\'') && text.data[text.size - 1] == quote)
        text = text_slice(text.data + 1, text.data + text.size - 1);
    push_part(run, &value, text);
    return true;
}

static const char *find(postern_text text, const char *from, postern_text needle)
{
    return memmem(from, (size_t)(text.data + text.size - from), needle.data, needle.size);
}

static bool replace(const struct map_run *run, const struct step *step, struct map_value value)
{
    if (!read_text(run, &value)) return false;
    postern_text what = step->texts.first, by = step->texts.second;
    const char *end = value.text.data + value.text.size, *at = value.text.data;
    size_t count = 0;
    for (const char *found = at; (found = find(value.text, found, what)); found += what.size)
        count++;
    if (count == 0) {
        push_part(run, &value, value.text);
        return true;
    }
    size_t size = value.text.size - count * what.size + count * by.size;
    char *text = map_scratch(run, size), *out = text;
    for (const char *found; (found = find(value.text, at, what)); at = found + what.size) {
        out = mempcpy(out, at, (size_t)(found - at));
        out = mempcpy(out, by.data, by.size);
    }
    memcpy(out, at, (size_t)(end - at));
    value.form = TEXT_PLAIN;
    push_part(run, &value, (postern_text){text, size});
    return true;
}

static bool before(const struct map_run *run, const struct step *step, struct map_value value)
{
    if (!read_text(run, &value)) return false;
    const char *found = find(value.text, value.text.data, step->texts.first);
    if (found) push_part(run, &value, text_slice(value.text.data, found));
    return true;
}

static bool after(const struct map_run *run, const struct step *step, struct map_value value)
{
    if (!read_text(run, &value)) return false;
    const char *found = find(value.text, value.text.data, step->texts.first), *last = found;
    while (step->operation == OPERATION_AFTER_LAST && found) {
        last = found;
        found = find(value.text, found + 1, step->texts.first);
    }
    const char *end = value.text.data + value.text.size;
    if (last) push_part(run, &value, text_slice(last + step->texts.first.size, end));
    return true;
}

static bool split(const struct map_run *run, const struct step *step, struct map_value value)
{
    if (!read_text(run, &value)) return false;
    const char *at = value.text.data, *end = at + value.text.size;
    while (at <= end) {
        const char *found = find(value.text, at, step->texts.first);
        push_part(run, &value, text_trim(text_slice(at, found ? found : end)));
        at = found ? found + step->texts.first.size : end + 1;
    }
    sandbox_charge(run->L, (int64_t)(value.text.size / 16));
    return true;
}

static bool as_text(const struct map_run *run, const struct step *step, struct map_value value)
{
    (void)step;
    if (value.type == POSTERN_JSON_STRING)
        map_push(run, value);
    else
        map_push(run, map_text_value(value.text, value.type >= POSTERN_JSON_ARRAY ? TEXT_PLAIN : TEXT_CLEAN,
                                     value.origin));
    return true;
}

static bool parse_json(const struct map_run *run, const struct step *step, struct map_value value)
{
    (void)step;
    if (!read_text(run, &value)) { /* it is JSON as it is */
        map_push(run, value);
        return true;
    }
    struct json_tape *tape = map_machine_take_tape(run->L, run->machine);
    const struct json_node *root;
    sandbox_charge(run->L, (int64_t)(value.text.size / 16));
    if (text_has_line_break(value.text))
        value.text = text_without_line_breaks(value.text, map_scratch(run, value.text.size));
    if (json_parse(tape, value.text, &root, NULL) < 0) {
        map_machine_return_tape(run->machine);
        return false;
    }
    if (!map_node_is_missing(root)) map_push(run, map_node_value(tape, root, value.origin));
    return true;
}

/* ---- Mail addresses and URLs ---- */

static postern_text email_part(const struct email_parts *parts, enum map_email part)
{
    switch (part) {
    case EMAIL_ADDRESS:
        return parts->address;
    case EMAIL_LOCAL:
        return parts->local;
    case EMAIL_DOMAIN:
        return parts->domain;
    case EMAIL_NAME:
        return parts->name;
    }
    return (postern_text){0};
}

static bool email(const struct map_run *run, const struct step *step, struct map_value value)
{
    if (!read_text(run, &value)) return false;
    postern_text rest = value.text, address;
    bool readable = true;
    while (email_list_next(&rest, &address)) {
        struct email_parts parts;
        if (email_parse(address, &parts))
            push_part(run, &value, email_part(&parts, (enum map_email)step->part));
        else
            readable &= text_is(address, "<>"); /* nobody: no address, but nothing wrong either */
    }
    return readable;
}

static postern_text url_part(const struct map_run *run, const struct url_parts *parts, enum map_url part)
{
    switch (part) {
    case URL_SCHEME:
        return parts->scheme;
    case URL_DOMAIN:
        return parts->domain;
    case URL_PATH:
        return parts->path;
    case URL_EXTENSION:
        return parts->extension;
    case URL_QUERY:
        return parts->query;
    case URL_FRAGMENT:
        return parts->fragment;
    case URL_USERNAME:
        return parts->username;
    case URL_PORT:
        break;
    }
    struct buffer digits = {.data = map_scratch(run, 16), .capacity = 16, .limit = 16};
    if (parts->port) json_write_integer(&digits, parts->port);
    return buffer_text(&digits);
}

static bool url(const struct map_run *run, const struct step *step, struct map_value value)
{
    struct url_parts parts;
    if (!read_text(run, &value) || !url_parse(value.text, &parts)) return false;
    postern_text part = url_part(run, &parts, (enum map_url)step->part);
    if (step->part != URL_PORT)
        push_part(run, &value, part);
    else if (part.size)
        map_push(run, map_json_value(part, POSTERN_JSON_NUMBER, value.origin));
    return true;
}

map_method *map_text_method(enum operation operation)
{
    switch (operation) {
    case OPERATION_LOWER:
        return lower;
    case OPERATION_UPPER:
        return upper;
    case OPERATION_TRIM:
        return trim;
    case OPERATION_UNQUOTE:
        return unquote;
    case OPERATION_REPLACE:
        return replace;
    case OPERATION_BEFORE:
        return before;
    case OPERATION_AFTER:
    case OPERATION_AFTER_LAST:
        return after;
    case OPERATION_SPLIT:
        return split;
    case OPERATION_TEXT:
        return as_text;
    case OPERATION_JSON:
        return parse_json;
    case OPERATION_EMAIL:
        return email;
    case OPERATION_URL:
        return url;
    default:
        return NULL;
    }
}
