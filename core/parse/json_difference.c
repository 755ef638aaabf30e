#include "parse/json_difference.h"

#include "base/cleanup.h"
#include "base/show.h"
#include "base/text.h"
#include <string.h>

#define SHOWN_BYTES 160 /* of a value in the report */
#define PATH_LIMIT  ((size_t)4096)

struct comparison {
    const char *indent;
    struct buffer path; /* of the place at hand */
    struct buffer *report;
    size_t differences;
};

static void show_value(struct buffer *report, struct json_side side)
{
    postern_text raw = json_raw(side.tape, side.node);
    size_t cut = raw.size;
    if (cut > SHOWN_BYTES)
        for (cut = SHOWN_BYTES; cut > 0 && ((unsigned char)raw.data[cut] & 0xc0) == 0x80;)
            cut--; /* not inside a letter */
    show_into(report, "%.*s%s", (int)cut, raw.data, cut < raw.size ? "..." : "");
}

static void report_difference(struct comparison *comparison, struct json_side expected,
                              struct json_side actual)
{
    struct buffer *report = comparison->report;
    comparison->differences++;
    show_into(report, "%s%s", comparison->indent,
              comparison->path.size ? buffer_string(&comparison->path) : "the whole");
    if (!actual.node) {
        show_into(report, ": is missing, expected ");
        show_value(report, expected);
    } else if (!expected.node) {
        show_into(report, ": was not expected, got ");
        show_value(report, actual);
    } else {
        show_into(report, ": expected ");
        show_value(report, expected);
        show_into(report, ", got ");
        show_value(report, actual);
    }
    show_into(report, "\n");
}

static bool same_text(struct json_side a, struct json_side b)
{
    _cleanup_(buffer_free) struct buffer left = {.limit = SIZE_MAX / 4}, right = {.limit = SIZE_MAX / 4};
    return json_unescape(a.tape, a.node, &left) && json_unescape(b.tape, b.node, &right) &&
           text_equal(buffer_text(&left), buffer_text(&right));
}

static bool same_number(struct json_side a, struct json_side b)
{
    int64_t left, right;
    double left_real = 0, right_real = 0;
    if (text_equal(json_raw(a.tape, a.node), json_raw(b.tape, b.node))) return true;
    bool both = json_integer(a.tape, a.node, &left) && json_integer(b.tape, b.node, &right);
    if (both) return left == right;
    bool huge = !(a.node->flags & JSON_NUMBER_REAL) && !(b.node->flags & JSON_NUMBER_REAL);
    if (huge) return false; /* integers over 64 bits are equal only digit by digit */
    json_real(a.tape, a.node, &left_real);
    json_real(b.tape, b.node, &right_real);
    return !(left_real < right_real) && !(left_real > right_real);
}

static bool same_scalar(struct json_side a, struct json_side b)
{
    switch (a.node->type) {
    case POSTERN_JSON_STRING:
        return same_text(a, b);
    case POSTERN_JSON_NUMBER:
        return same_number(a, b);
    default:
        return text_equal(json_raw(a.tape, a.node), json_raw(b.tape, b.node));
    }
}

static void compare(struct comparison *comparison, struct json_side expected, struct json_side actual);

/* `name` empty with data NULL: the element number `index`. */
static void compare_at(struct comparison *comparison, postern_text name, size_t index,
                       struct json_side expected, struct json_side actual)
{
    size_t before = comparison->path.size;
    if (name.data) {
        if (before) buffer_append_byte(&comparison->path, '.');
        buffer_append_text(&comparison->path, name);
    } else {
        buffer_printf(&comparison->path, "[%zu]", index);
    }
    comparison->path.failed = false; /* too long a path is shown cut */
    compare(comparison, expected, actual);
    comparison->path.size = before;
}

static struct json_side member_of(struct json_side object, struct buffer *key)
{
    return (struct json_side){object.tape, json_get_text(object.tape, object.node, buffer_text(key))};
}

/* Members that are in one but not in the other, or differ. `backwards`: only those that `from` has alone. */
static void compare_members(struct comparison *comparison, struct json_side from, struct json_side with,
                            bool backwards)
{
    for (const struct json_node *member = json_first(from.tape, from.node); member;
         member = json_node_after(from.tape, member)) {
        _cleanup_(buffer_free) struct buffer key = {.limit = SIZE_MAX / 4};
        if (!json_unescape_raw(json_node_key(from.tape, member), &key)) continue;
        struct json_side here = {from.tape, member}, there = member_of(with, &key);
        postern_text name = key.size ? buffer_text(&key) : TEXT("");
        if (!backwards)
            compare_at(comparison, name, 0, here, there);
        else if (!there.node)
            compare_at(comparison, name, 0, there, here);
    }
}

static void compare_elements(struct comparison *comparison, struct json_side expected,
                             struct json_side actual)
{
    struct json_side left = {expected.tape, json_first(expected.tape, expected.node)};
    struct json_side right = {actual.tape, json_first(actual.tape, actual.node)};
    for (size_t i = 1; left.node || right.node; i++) {
        compare_at(comparison, (postern_text){0}, i, left, right);
        left.node = json_after(left.tape, left.node);
        right.node = json_after(right.tape, right.node);
    }
}

static void compare(struct comparison *comparison, struct json_side expected, struct json_side actual)
{
    bool comparable = expected.node && actual.node;
    bool both_empty = comparable && expected.node->flags & JSON_EMPTY && actual.node->flags & JSON_EMPTY;
    if (both_empty) return;
    bool same_type = comparable && expected.node->type == actual.node->type;
    if (same_type && expected.node->type == POSTERN_JSON_OBJECT) {
        compare_members(comparison, expected, actual, false);
        compare_members(comparison, actual, expected, true);
    } else if (same_type && expected.node->type == POSTERN_JSON_ARRAY) {
        compare_elements(comparison, expected, actual);
    } else if (!same_type || !same_scalar(expected, actual)) {
        report_difference(comparison, expected, actual);
    }
}

size_t json_difference(struct json_side expected, struct json_side actual, const char *indent,
                       const char *path, struct buffer *report)
{
    struct comparison comparison = {.indent = indent, .path = {.limit = PATH_LIMIT}, .report = report};
    buffer_append_string(&comparison.path, path);
    compare(&comparison, expected, actual);
    buffer_free(&comparison.path);
    return comparison.differences;
}

/* ---- Paths ---- */

static struct json_side follow_index(struct json_side from, postern_text path)
{
    size_t index = 0, at = 1;
    while (at < path.size && path.data[at] >= '0' && path.data[at] <= '9' && index < 1000000)
        index = index * 10 + (size_t)(path.data[at++] - '0');
    bool valid = at > 1 && at < path.size && path.data[at] == ']' && index > 0 &&
                 json_type(from.node) == POSTERN_JSON_ARRAY;
    const struct json_node *item = valid ? json_first(from.tape, from.node) : NULL;
    while (item && --index > 0)
        item = json_after(from.tape, item);
    if (!item) return (struct json_side){from.tape, NULL};
    return json_follow((struct json_side){from.tape, item},
                       text_slice(path.data + at + 1, path.data + path.size));
}

struct json_side json_follow(struct json_side from, postern_text path)
{
    if (path.size && path.data[0] == '.') path = text_slice(path.data + 1, path.data + path.size);
    if (path.size == 0 || !from.node) return from;
    if (path.data[0] == '[') return follow_index(from, path);
    /* the shortest name that leads somewhere */
    for (size_t end = 1; end <= path.size; end++) {
        if (end < path.size && path.data[end] != '.' && path.data[end] != '[') continue;
        struct json_side member = {from.tape,
                                   json_get_text(from.tape, from.node, (postern_text){path.data, end})};
        if (!member.node) continue;
        struct json_side found = json_follow(member, text_slice(path.data + end, path.data + path.size));
        if (found.node) return found;
    }
    return (struct json_side){from.tape, NULL};
}
