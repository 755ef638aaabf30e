#include "commands/map_report.h"

#include "base/show.h"
#include <stdlib.h>

#define ROWS 30

static int by_events(const void *a, const void *b)
{
    const struct wrong_value *const *first = a, *const *second = b;
    if ((*first)->events != (*second)->events) return (*first)->events < (*second)->events ? 1 : -1;
    return *first < *second ? -1 : *first > *second; /* the notes lie in the order of their first events */
}

static void show_wrong_value(const struct wrong_value *value)
{
    show(stderr, "  %s: %llu event%s", value->words, (unsigned long long)value->events,
         value->events == 1 ? "" : "s");
    if (value->file) show(stderr, ", first %s:%zu: %s", value->file, value->line, value->value);
    show(stderr, " (map at %s)\n", value->map);
}

void map_report_wrong_values(const struct wrong_values *values)
{
    const struct wrong_value *rows[WRONG_VALUES_MAX];
    size_t count = 0;
    for (size_t i = 0; values && i < wrong_values_count(values); i++)
        if (wrong_values_at(values, i)->events > 0) rows[count++] = wrong_values_at(values, i);
    if (count == 0) return;
    qsort(rows, count, sizeof *rows, by_events);
    show(stderr,
         "postern: what a map could not read was left out, and stays in the rest if the map has one:\n");
    for (size_t i = 0; i < count && i < ROWS; i++)
        show_wrong_value(rows[i]);
    if (count > ROWS) show(stderr, "  and %zu more\n", count - ROWS);
    if (wrong_values_others(values))
        show(stderr, "  and others, in %llu events\n", (unsigned long long)wrong_values_others(values));
}
