/* The methods of a map that work on texts. */
#include "script/map/values.h"

#include "base/text.h"
#include "parse/email.h"
#include "parse/file_extension.h"
#include "parse/mentions.h"
#include "parse/name_list.h"
#include "parse/one_line.h"
#include "sandbox/match.h"
#include "sandbox/sandbox.h"
#include "script/event/strict_line.h"
#include "script/map/parts.h"

#define ENCODINGS_LIMIT 3 /* of an object as JSON in a text */

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

/* The value becomes a part of its text, or a text of the same form. */
static enum map_outcome become(struct map_value *value, postern_text text)
{
    value->text = text;
    return text.size ? MAP_ONE : MAP_NONE;
}

static enum map_outcome change_case(const struct map_run *run, struct map_value *value, char first)
{
    if (!read_text(run, value)) return MAP_UNREADABLE;
    return become(value, map_change_case(value->text, first, map_scratch(run, value->text.size)));
}

static enum map_outcome lower(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    return change_case(run, value, 'A');
}

static enum map_outcome upper(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    return change_case(run, value, 'a');
}

static enum map_outcome trim(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    if (!read_text(run, value)) return MAP_UNREADABLE;
    return become(value, map_trim(value->text));
}

static enum map_outcome unquote(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    if (!read_text(run, value)) return MAP_UNREADABLE;
    postern_text text = value->text;
    char quote = text.size >= 2 ? text.data[0] : '\0';
    if ((quote == '"' || quote == '\'') && text.data[text.size - 1] == quote)
        text = text_slice(text.data + 1, text.data + text.size - 1);
    return become(value, text);
}

static const char *find(postern_text text, const char *from, postern_text needle)
{
    return memmem(from, (size_t)(text.data + text.size - from), needle.data, needle.size);
}

static enum map_outcome replace(const struct map_run *run, const struct step *step, struct map_value *value)
{
    if (!read_text(run, value)) return MAP_UNREADABLE;
    postern_text what = step->texts->first, by = step->texts->second;
    const char *end = value->text.data + value->text.size, *at = value->text.data;
    size_t count = 0;
    for (const char *found = at; (found = find(value->text, found, what)); found += what.size)
        count++;
    map_pay_for_values(run, count);
    if (count == 0) return MAP_ONE;
    size_t size = value->text.size - count * what.size + count * by.size;
    char *text = map_scratch(run, size), *out = text;
    for (const char *found; (found = find(value->text, at, what)); at = found + what.size) {
        out = mempcpy(out, at, (size_t)(found - at));
        out = mempcpy(out, by.data, by.size);
    }
    memcpy(out, at, (size_t)(end - at));
    value->form = TEXT_PLAIN;
    return become(value, (postern_text){text, size});
}

static enum map_outcome before(const struct map_run *run, const struct step *step, struct map_value *value)
{
    if (!read_text(run, value)) return MAP_UNREADABLE;
    const char *found = find(value->text, value->text.data, step->texts->first);
    if (step->texts->splits_characters) value->form = TEXT_PLAIN;
    return found ? become(value, text_slice(value->text.data, found)) : MAP_NONE;
}

static enum map_outcome after(const struct map_run *run, const struct step *step, struct map_value *value)
{
    if (!read_text(run, value)) return MAP_UNREADABLE;
    const char *found = find(value->text, value->text.data, step->texts->first), *last = found;
    while (step->operation == OPERATION_AFTER_LAST && found) {
        sandbox_charge(run->L, (int64_t)(1 + step->texts->first.size / 8)); /* occurrences may overlap */
        last = found;
        found = find(value->text, found + 1, step->texts->first);
    }
    const char *end = value->text.data + value->text.size;
    if (step->texts->splits_characters) value->form = TEXT_PLAIN;
    return last ? become(value, text_slice(last + step->texts->first.size, end)) : MAP_NONE;
}

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

/* Where character `number` begins, counted from 1; the end if there are fewer. */
static const char *character_at(postern_text text, size_t number)
{
    const char *at = text.data, *end = text.data + text.size;
    for (; at < end; at++)
        if (begins_character(*at) && --number == 0) break;
    return at;
}

/* Characters from `first` to `last`: none is ever cut. */
static enum map_outcome sub(const struct map_run *run, const struct step *step, struct map_value *value)
{
    if (!read_text(run, value)) return MAP_UNREADABLE;
    int64_t first = step->range.first, last = step->range.last, count = 0;
    map_pay_for_text(run, value->text);
    if (first < 0 || last < 0)
        for (size_t i = 0; i < value->text.size; i++)
            count += begins_character(value->text.data[i]);
    if (first < 0) first = first + count < 0 ? 1 : first + count + 1;
    if (last < 0) last += count + 1;
    if (last < first) return MAP_NONE;
    const char *from = character_at(value->text, (size_t)first);
    return become(value, text_slice(from, character_at(value->text, (size_t)last + 1)));
}

static enum map_outcome match(const struct map_run *run, const struct step *step, struct map_value *value)
{
    postern_text found;
    if (!read_text(run, value)) return MAP_UNREADABLE;
    if (!sandbox_match(run->L, value->text, step->texts->first, &found)) return MAP_NONE;
    value->form = TEXT_PLAIN; /* patterns know bytes, no characters */
    return become(value, found);
}

static void push_part(const struct map_run *run, const struct map_value *whole, postern_text part)
{
    if (part.size) map_push_text(run, part, whole->form, whole->origin);
}

static enum map_outcome split(const struct map_run *run, const struct step *step, struct map_value *value)
{
    if (!read_text(run, value)) return MAP_UNREADABLE;
    struct map_value whole = *value;
    if (step->texts->splits_characters) whole.form = TEXT_PLAIN;
    const char *at = whole.text.data, *end = at + whole.text.size;
    while (at <= end) {
        const char *found = find(whole.text, at, step->texts->first);
        push_part(run, &whole, text_trim(text_slice(at, found ? found : end)));
        at = found ? found + step->texts->first.size : end + 1;
        sandbox_charge(run->L, 1);
    }
    return MAP_SEVERAL;
}

/* Names of a list in JSON; MAP_NONE if the text is none. What is no name in it stays in the rest. */
static enum map_outcome give_json_names(const struct map_run *run, const struct map_value *value)
{
    postern_text text = text_trim(value->text);
    if (text.size == 0 || text.data[0] != '[') return MAP_NONE;
    struct json_tape *tape = bridge_take_tape(run->L, run->bridge);
    const struct json_node *root;
    if (bridge_parse(run->L, tape, text, run->machine->scratch, &root, NULL) < 0) {
        bridge_return_tape(run->bridge);
        return MAP_NONE;
    }
    strict_note_text(run->bridge, tape);
    map_origin origin = value->origin;
    bool names_only = true;
    for (const struct json_node *name = json_node_first(root); name; name = json_node_after(tape, name)) {
        sandbox_charge(run->L, 1);
        if (map_node_is_missing(name)) continue;
        if (name->type == POSTERN_JSON_STRING)
            map_push_node(run, tape, name, origin);
        else
            names_only = false;
    }
    return names_only ? MAP_SEVERAL : MAP_PARTLY;
}

static enum map_outcome names(const struct map_run *run, const struct step *step, struct map_value *value)
{
    if (!read_text(run, value)) return MAP_UNREADABLE;
    struct map_value whole = *value;
    enum map_outcome in_json = give_json_names(run, &whole);
    if (in_json != MAP_NONE) return in_json;
    struct listed_names list = name_list_of(whole.text, step->part == NAMES_ONE);
    for (postern_text name; name_list_next(&list, &name);) {
        push_part(run, &whole, name);
        sandbox_charge(run->L, 1);
    }
    return MAP_SEVERAL;
}

static enum map_outcome as_text(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)run;
    (void)step;
    if (value->type == POSTERN_JSON_STRING) return MAP_ONE;
    enum text_form form = value->type >= POSTERN_JSON_ARRAY ? TEXT_PLAIN : TEXT_CLEAN;
    *value = map_text_value(value->text, form, value->origin);
    return MAP_ONE;
}

/* The value that the text is as JSON; MAP_NONE for null and "". */
static enum map_outcome parse_text(const struct map_run *run, struct map_value *value)
{
    struct json_tape *tape = bridge_take_tape(run->L, run->bridge);
    const struct json_node *root;
    if (bridge_parse(run->L, tape, value->text, run->machine->scratch, &root, NULL) < 0) {
        bridge_return_tape(run->bridge);
        return MAP_UNREADABLE;
    }
    strict_note_text(run->bridge, tape);
    *value = map_node_value(tape, root, value->origin);
    return map_node_is_missing(root) ? MAP_NONE : MAP_ONE;
}

/* What is no text is JSON as it is. An object is also found where its JSON was made a text once more. */
static enum map_outcome parse_json(const struct map_run *run, const struct step *step,
                                   struct map_value *value)
{
    if (step->part != JSON_OBJECT_ONLY) return read_text(run, value) ? parse_text(run, value) : MAP_ONE;
    for (int encodings = 0; read_text(run, value); encodings++) {
        if (encodings == ENCODINGS_LIMIT) return MAP_UNREADABLE;
        enum map_outcome outcome = parse_text(run, value);
        if (outcome != MAP_ONE) return outcome;
    }
    return value->type == POSTERN_JSON_OBJECT ? MAP_ONE : MAP_UNREADABLE;
}

/* ---- Mail addresses ---- */

/* What the text mentions, each time it does. */
static enum map_outcome find_mentions(const struct map_run *run, const struct step *step,
                                      struct map_value *value)
{
    if (!read_text(run, value)) return MAP_UNREADABLE;
    struct map_value whole = *value;
    postern_text rest = whole.text, found;
    while (mention_next(&rest, (enum mention)step->part, &found)) {
        sandbox_charge(run->L, 1);
        push_part(run, &whole, found);
    }
    return MAP_SEVERAL;
}

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

/* Each address of a list. If one cannot be read, the others are given, and the field stays in the rest, as it
 * does for the sake of a name. */
__attribute__((noinline)) static enum map_outcome
each_email(const struct map_run *run, const struct step *step, const struct map_value *value)
{
    struct map_value whole = *value;
    struct email_parts parts;
    postern_text rest = whole.text, address;
    bool readable = true, has_name = false;
    while (email_list_next(&rest, &address)) {
        sandbox_charge(run->L, 1);
        if (email_parse(address, &parts)) {
            push_part(run, &whole, email_part(&parts, (enum map_email)step->part));
            has_name |= parts.name.size > 0;
        } else {
            readable &= text_is(address, "<>"); /* nobody: no address, but nothing wrong either */
        }
    }
    if (!readable) return MAP_UNREADABLE;
    return has_name && step->part != EMAIL_NAME ? MAP_PARTLY : MAP_SEVERAL;
}

static enum map_outcome email(const struct map_run *run, const struct step *step, struct map_value *value)
{
    if (!read_text(run, value)) return MAP_UNREADABLE;
    struct email_parts parts;
    if (!email_parse_alone(value->text, &parts)) return each_email(run, step, value);
    return become(value, email_part(&parts, (enum map_email)step->part)); /* nearly always */
}

static enum map_outcome file_extension(const struct map_run *run, const struct step *step,
                                       struct map_value *value)
{
    (void)step;
    if (!read_text(run, value)) return MAP_UNREADABLE;
    value->text = file_extension_of(map_trim(value->text));
    return value->text.size ? MAP_ONE : MAP_NONE;
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
    case OPERATION_SUB:
        return sub;
    case OPERATION_MATCH:
        return match;
    case OPERATION_SPLIT:
        return split;
    case OPERATION_NAMES:
        return names;
    case OPERATION_TEXT:
        return as_text;
    case OPERATION_JSON:
        return parse_json;
    case OPERATION_EMAIL:
        return email;
    case OPERATION_FIND:
        return find_mentions;
    case OPERATION_URL:
        return map_give_url_part;
    case OPERATION_FILE_EXTENSION:
        return file_extension;
    default:
        return NULL;
    }
}
