#include "commands/map_report.h"

#include "base/plural.h"
#include "base/show.h"
#include "base/text.h"
#include <stdlib.h>

#define ROWS 30

static int by_events(const void *a, const void *b)
{
    const struct wrong_value *const *first = a, *const *second = b;
    if ((*first)->events != (*second)->events) return (*first)->events < (*second)->events ? 1 : -1;
    return *first < *second ? -1 : *first > *second; /* the notes lie in the order of their first events */
}

static bool is_of_a_map(const struct wrong_value *value)
{
    return value->map[0] != '\0';
}

static void show_row(const struct wrong_value *value)
{
    show(stderr, "  %s: %llu event%s", value->words, (unsigned long long)value->events,
         value->events == 1 ? "" : "s");
    if (value->file) show(stderr, ", first %s:%zu", value->file, value->line);
    if (is_of_a_map(value))
        show(stderr, "%s%s (map at %s)", value->file ? ": " : "", value->value, value->map);
    show(stderr, "\n");
}

/* The notes of one sort, the most frequent first. */
static void show_rows(const struct wrong_values *values, bool of_maps, const char *title)
{
    const struct wrong_value *rows[WRONG_VALUES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < wrong_values_count(values); i++) {
        const struct wrong_value *value = wrong_values_at(values, i);
        if (value->events > 0 && is_of_a_map(value) == of_maps) rows[count++] = value;
    }
    if (count == 0) return;
    qsort(rows, count, sizeof *rows, by_events);
    show(stderr, "postern: %s:\n", title);
    for (size_t i = 0; i < count && i < ROWS; i++)
        show_row(rows[i]);
    if (count > ROWS) show(stderr, "  and %zu more\n", count - ROWS);
}

void map_report_wrong_values(const struct wrong_values *values)
{
    if (!values) return;
    show_rows(values, false, "the scripts noted");
    show_rows(values, true,
              "what a map could not read was left out, and stays in the rest if the map has one");
    if (wrong_values_others(values))
        show(stderr, "  and others, in %llu events\n", (unsigned long long)wrong_values_others(values));
}

/* ---- Drops ---- */

static void add_row(struct map_drops *drops, const char *reason, size_t count)
{
    for (size_t i = 0; i < drops->count; i++) {
        if (strcmp(drops->rows[i].reason, reason) != 0) continue;
        drops->rows[i].count += count;
        return;
    }
    if (drops->count == DROP_REASONS_SHOWN) {
        drops->others += count;
        return;
    }
    snprintf(drops->rows[drops->count].reason, DROP_REASON_SIZE, "%s", reason);
    drops->rows[drops->count++].count = count;
}

void map_drops_add(struct map_drops *drops, postern_text reason)
{
    drops->dropped++;
    drops->without_reason += reason.size == 0;
    char text[DROP_REASON_SIZE];
    if (!text_to_string(reason, text, sizeof text)) text[0] = '\0';
    add_row(drops, text, 1);
}

void map_drops_move(struct map_drops *from, struct map_drops *into)
{
    for (size_t i = 0; i < from->count; i++)
        add_row(into, from->rows[i].reason, from->rows[i].count);
    into->dropped += from->dropped;
    into->without_reason += from->without_reason;
    into->others += from->others;
    from->count = from->others = from->dropped = from->without_reason = 0;
}

void map_report_drops(const struct map_drops *drops, size_t kept, size_t failed)
{
    if (drops->dropped == 0) return;
    if (drops->without_reason == drops->dropped && kept + failed == 0) {
        show(stderr,
             "postern: the script returned nothing for %s %zu event%s: does it end with \"return event\"?\n",
             drops->dropped == 1 ? "the" : "all", drops->dropped, plural((int64_t)drops->dropped));
        return;
    }
    show(stderr, "postern: %zu event%s dropped:\n", drops->dropped, drops->dropped == 1 ? " was" : "s were");
    for (size_t i = 0; i < drops->count; i++)
        show(stderr, "  %zu: %s\n", drops->rows[i].count,
             drops->rows[i].reason[0] ? drops->rows[i].reason : "no reason given");
    if (drops->others) show(stderr, "  %zu: other reasons\n", drops->others);
}
