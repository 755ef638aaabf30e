#include "config/path_template.h"
#include "base/error.h"
#include "base/smaller.h"
#include "base/text.h"
#include <ctype.h>
#include <stdlib.h>

static const char *const placeholders[] = {"account", "source", "stream", "type", "date", "hour", "id", NULL};

/* The placeholder that begins at `at` ("%{"), NULL if it is not closed. */
static const char *placeholder_end(const char *at)
{
    const char *end = strchr(at, '}');
    return end && !memchr(at, '/', (size_t)(end - at)) ? end : NULL;
}

static bool is_known(postern_text name)
{
    for (size_t i = 0; placeholders[i]; i++)
        if (text_is(name, placeholders[i])) return true;
    return false;
}

/* ".a.b": a path into the event's text. */
static bool is_value(postern_text name)
{
    return name.size > 1 && name.data[0] == '.' && name.data[name.size - 1] != '.' &&
           !memmem(name.data, name.size, "..", 2);
}

postern_status path_check_parts(const char *path, postern_error *error)
{
    const char *part = path;
    do {
        part += strspn(part, "/");
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == 0))
            return error_set(error, POSTERN_E_CONFIG, "must not hold \"..\"");
    } while ((part = strchr(part, '/')));
    return POSTERN_OK;
}

static postern_status unknown_placeholder(postern_text name, postern_error *error)
{
    const char *near = text_nearest(name, placeholders);
    if (near)
        return error_set(error, POSTERN_E_CONFIG,
                         "holds an unknown placeholder %%{%.*s}; did you mean %%{%s}?", TEXT_ARGS(name),
                         near);
    return error_set(error, POSTERN_E_CONFIG,
                     "holds an unknown placeholder %%{%.*s}; there are %%{account} %%{source} %%{stream} "
                     "%%{type} %%{date} %%{hour} %%{id}, and %%{.a.b} for a value of the event",
                     TEXT_ARGS(name));
}

postern_status template_check(const char *text, bool old, postern_error *error)
{
    for (const char *at = text; (at = strstr(at, "%{")); at++) {
        const char *end = placeholder_end(at);
        if (!end) return error_set(error, POSTERN_E_CONFIG, "holds a \"%%{\" without its \"}\"");
        postern_text name = text_slice(at + 2, end);
        if (!is_known(name) && !is_value(name)) return unknown_placeholder(name, error);
        if (old && (is_value(name) || text_is(name, "hour")))
            return error_set(error, POSTERN_E_CONFIG,
                             "holds %%{%.*s}, which its module does not know: it was built for an ABI before "
                             "1.3",
                             TEXT_ARGS(name));
    }
    return POSTERN_OK;
}

bool path_template_has(const char *path, const char *placeholder)
{
    for (const char *at = path; (at = strstr(at, "%{")); at++) {
        const char *end = placeholder_end(at);
        if (end && text_is(text_slice(at + 2, end), placeholder)) return true;
    }
    return false;
}

/* ---- Do two templates meet? ---- */

/* Both become lists of symbols: a byte, "one byte of a value", or "any bytes of a value". Whether two such
 * lists can spell the same text is decided from their ends backwards, one row for each symbol of the first.
 */

#define ONE 256
#define ANY 257

struct symbols {
    uint16_t *items;
    size_t count;
};

static bool is_value_byte(uint16_t symbol)
{
    return symbol >= ONE || isalnum(symbol) || (symbol && strchr("_-.%", (int)symbol));
}

static void add_text(struct symbols *symbols, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool is_double_slash = text[i] == '/' && symbols->count && symbols->items[symbols->count - 1] == '/';
        if (!is_double_slash) symbols->items[symbols->count++] = (unsigned char)text[i];
    }
}

static void add_any(struct symbols *symbols)
{
    symbols->items[symbols->count++] = ANY;
}

static void add_placeholder(struct symbols *symbols, postern_text name, const struct path_template *template)
{
    const char *value = text_is(name, "account")                             ? template->account
                        : text_is(name, "source") || text_is(name, "stream") ? template->source
                                                                             : NULL;
    if (value) {
        add_text(symbols, value, strlen(value));
        if (text_is(name, "stream")) add_any(symbols); /* a stream's name begins with its source's */
        return;
    }
    symbols->items[symbols->count++] = ONE;
    add_any(symbols);
}

static bool make_symbols(struct symbols *symbols, const struct path_template *template)
{
    size_t size = strlen(template->path);
    size_t longest = (template->account ? strlen(template->account) : 2) +
                     (template->source ? strlen(template->source) : 2) + 1;
    symbols->items = calloc(size * longest + 1, sizeof(*symbols->items));
    symbols->count = 0;
    if (!symbols->items) return false;
    for (const char *at = template->path; *at;) {
        const char *end = strncmp(at, "%{", 2) == 0 ? placeholder_end(at) : NULL;
        if (end) {
            add_placeholder(symbols, text_slice(at + 2, end), template);
            at = end + 1;
        } else if (strncmp(at, "/./", 3) == 0) {
            at += 2;
        } else {
            add_text(symbols, at++, 1);
        }
    }
    return true;
}

static bool same(uint16_t a, uint16_t b)
{
    if (a < ONE && b < ONE) return a == b;
    return is_value_byte(a) && is_value_byte(b);
}

/* meets[j]: can a[i..] and b[j..] spell the same? From the row of i + 1 to the row of i. */
static bool rows_meet(const struct symbols *a, const struct symbols *b, bool *below, bool *here)
{
    for (size_t i = a->count + 1; i-- > 0;) {
        for (size_t j = b->count + 1; j-- > 0;) {
            bool a_ends = i == a->count, b_ends = j == b->count, meets = a_ends && b_ends;
            bool a_any = !a_ends && a->items[i] == ANY, b_any = !b_ends && b->items[j] == ANY;
            if (a_any) meets |= below[j] || (!b_ends && is_value_byte(b->items[j]) && here[j + 1]);
            if (b_any) meets |= here[j + 1] || (!a_ends && is_value_byte(a->items[i]) && below[j]);
            if (!a_ends && !b_ends && !a_any && !b_any)
                meets = same(a->items[i], b->items[j]) && below[j + 1];
            here[j] = meets;
        }
        bool *row = below;
        below = here;
        here = row;
    }
    return below[0];
}

bool path_templates_meet(const struct path_template *a, const struct path_template *b)
{
    struct symbols x = {0}, y = {0};
    bool *rows = NULL, meets = true;
    if (make_symbols(&x, a) && make_symbols(&y, b)) {
        rows = calloc(2 * (y.count + 1), sizeof(*rows));
        if (rows) meets = rows_meet(&x, &y, rows, rows + y.count + 1);
    }
    free(rows);
    free(x.items);
    free(y.items);
    return meets;
}

/* ---- Without much work ---- */

static struct path_part part_at(const char *text)
{
    struct path_part part = {.text = text, .size = strcspn(text, "/")};
    const char *first = memmem(text, part.size, "%{", 2), *behind = text, *end = text + part.size;
    for (const char *at = text; (at = memchr(at, '}', (size_t)(end - at))) != NULL;)
        behind = ++at;
    part.head = first ? (size_t)(first - text) : part.size;
    part.tail = first ? (size_t)(end - behind) : part.size;
    return part;
}

static bool is_plain(const char *path)
{
    return !strstr(path, "//") && !strstr(path, "/./");
}

struct path_parts path_template_parts(const char *path)
{
    struct path_parts parts = {0};
    enum { ROOM = sizeof parts.items / sizeof *parts.items };
    if (!is_plain(path)) return parts;
    while (parts.count < ROOM) {
        struct path_part *part = &parts.items[parts.count++];
        *part = part_at(path);
        path += part->size;
        if (!*path++) return parts;
    }
    return (struct path_parts){0};
}

static bool part_differs(const struct path_part *a, const struct path_part *b)
{
    size_t head = smaller_size(a->head, b->head), tail = smaller_size(a->tail, b->tail);
    if (memcmp(a->text, b->text, head) != 0) return true;
    if (memcmp(a->text + a->size - tail, b->text + b->size - tail, tail) != 0) return true;
    return a->head == a->size && b->head == b->size && a->size != b->size;
}

bool path_parts_differ(const struct path_parts *a, const struct path_parts *b)
{
    if (!a->count || !b->count) return false;
    if (a->count != b->count) return true;
    for (size_t i = a->count; i-- > 0;) /* they mostly begin alike */
        if (part_differs(&a->items[i], &b->items[i])) return true;
    return false;
}

int path_template_part(const char *path, const char *placeholder)
{
    if (!is_plain(path)) return -1;
    for (int i = 0;; i++) {
        size_t size = strcspn(path, "/");
        bool is_one = size > 3 && strncmp(path, "%{", 2) == 0 && path[size - 1] == '}' &&
                      text_is((postern_text){path + 2, size - 3}, placeholder);
        if (is_one) return i;
        if (!path[size]) return -1;
        path += size + 1;
    }
}
