#include "json_outline.h"

#define LEVELS ((size_t)1024) /* whose kind is remembered; of those further inside only the number is */

struct outline {
    const char *at, *start, *end;
    size_t depth, lists; /* open; `lists` among the first LEVELS */
    bool is_list[LEVELS];
    bool sound;
};

static void begin(struct outline *outline, const struct json_walk *walk)
{
    outline->at = outline->start = walk->at;
    outline->end = walk->end;
    outline->depth = outline->lists = 0;
    outline->sound = true;
}

static void open_container(struct outline *outline, bool list)
{
    if (outline->depth < LEVELS) {
        outline->is_list[outline->depth] = list;
        outline->lists += list;
    }
    outline->depth++;
}

/* Closes the innermost one of that kind, with all that is open inside it. False: none is open. */
static bool close_container(struct outline *outline, bool list)
{
    if (outline->depth > LEVELS) {
        outline->depth--;
        return true;
    }
    size_t of_kind = list ? outline->lists : outline->depth - outline->lists;
    outline->sound = outline->sound && of_kind && outline->is_list[outline->depth - 1] == list;
    if (!of_kind) return false;
    for (bool closed = false; !closed;) {
        bool inner = outline->is_list[--outline->depth];
        outline->lists -= inner;
        closed = inner == list;
    }
    return true;
}

/* ---- Values ---- */

static bool skip_string(struct outline *outline)
{
    for (outline->at++; outline->at < outline->end; outline->at++) {
        if (*outline->at == '"') return true;
        if (*outline->at == '\\' && outline->at + 1 < outline->end) outline->at++;
    }
    return false;
}

bool json_outline_value(struct json_walk *walk)
{
    struct outline outline;
    begin(&outline, walk);
    for (; outline.at < outline.end; outline.at++) {
        char c = *outline.at;
        bool closes = c == '}' || c == ']';
        if (outline.depth == 0 && (c == ',' || closes)) break; /* behind a scalar */
        if (c == '"' && !skip_string(&outline)) return false;
        if (c == '{' || c == '[') open_container(&outline, c == '[');
        if (closes) close_container(&outline, c == ']');
        if (outline.depth == 0 && (closes || c == '"')) {
            outline.at++;
            break;
        }
    }
    bool ended = outline.depth == 0 && outline.at < outline.end;
    if (ended) walk->at = outline.at;
    return ended;
}

/* ---- Records ---- */

/* True if a whole object begins at `at` that can be a record of the list: behind a comma or another record.
 */
static bool begins_record(const struct outline *outline, const char *at)
{
    const char *before = at;
    while (before > outline->start && kit_is_space(before[-1]))
        before--;
    if (before == outline->start || (before[-1] != ',' && before[-1] != '}')) return false;
    struct json_walk walk = {.at = at + 1, .end = outline->end};
    json_walk_space(&walk);
    if (walk.at == walk.end || *walk.at != '"') return false; /* an empty one may also stand in a text */
    walk.at = at;
    if (!json_walk_value(&walk, NULL, NULL)) return false;
    json_walk_space(&walk);
    return walk.at == walk.end || *walk.at == ',' || *walk.at == ']' || *walk.at == '{';
}

/* As skip_string; `*record` if the next record is found in it: then it is no text, but what stands between
 * two. */
static bool skip_string_of_record(struct outline *outline, bool *record)
{
    for (outline->at++; outline->at < outline->end; outline->at++) {
        char c = *outline->at;
        if (c == '"') return true;
        *record = c == '{' && begins_record(outline, outline->at);
        if (*record) return true;
        if (c == '\\' && outline->at + 1 < outline->end) outline->at++;
    }
    return false;
}

static bool inside_list(const struct outline *outline)
{
    size_t depth = outline->depth < LEVELS ? outline->depth : LEVELS;
    return depth && outline->is_list[depth - 1];
}

static char next_byte(struct json_walk *walk)
{
    json_walk_space(walk);
    return walk->at < walk->end ? *walk->at++ : '\0';
}

/* True if the bracket at `at` is followed by what stands behind a list of records: members of the object that
 * holds it, or that object's end. */
static bool ends_list(const struct outline *outline, const char *at)
{
    struct json_walk walk = {.at = at + 1, .end = outline->end};
    char c = next_byte(&walk);
    if (c == '}') c = next_byte(&walk);
    return c == '\0' || c == ']' || (c == ',' && next_byte(&walk) == '"');
}

/* Moves on to where the list of records goes on. */
static bool find_next(struct outline *outline)
{
    bool record = false;
    for (; outline->at < outline->end; outline->at++) {
        char c = *outline->at;
        if (c == ',' && outline->depth == 0) return true;
        if (c == '"' && !skip_string_of_record(outline, &record)) return false;
        if (c == '{' && !inside_list(outline)) record = begins_record(outline, outline->at);
        if (record) return true;
        if (c == '{' || c == '[') open_container(outline, c == '[');
        if (c == '}') close_container(outline, false);
        if (c == ']' && !close_container(outline, true) && ends_list(outline, outline->at)) return true;
    }
    return false;
}

bool json_outline_record(struct json_walk *walk, bool *sound)
{
    struct outline outline;
    begin(&outline, walk);
    if (!find_next(&outline)) return false;
    *sound = outline.sound && outline.depth == 0 && *outline.at != '{';
    walk->at = outline.at;
    return true;
}
