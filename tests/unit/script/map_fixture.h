/* For tests of maps: the words of a map as locals, before a declaration, and tables of maps and what they
 * write. */
#ifndef TESTS_UNIT_SCRIPT_MAP_FIXTURE_H
#define TESTS_UNIT_SCRIPT_MAP_FIXTURE_H

#include "script_fixture.h"

#define PREAMBLE                                                                                             \
    "local map = postern.map\n"                                                                              \
    "local field, list, first, when, object, item, meta, const, given, rest, concat, call =\n"               \
    "  map.field, map.list, map.first, map.when, map.object, map.item, map.meta, map.const, map.given, "     \
    "map.rest,\n"                                                                                            \
    "  map.concat, map.call\n"

/* Entries of a map, and the line that it makes of an event. */
struct map_example {
    const char *entries, *event, *line;
};

/* Twice each, since a map remembers what the last event had where; `before` the map stands in the script. */
static inline void expect_map_examples(const char *before, const struct map_example *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char script[2048];
        snprintf(script, sizeof script, PREAMBLE "%s return map { %s }", before, list[i].entries);
        struct scripts scripts;
        scripts_open(&scripts, script);
        expect_line(&scripts, list[i].event, list[i].line);
        expect_line(&scripts, list[i].event, list[i].line);
        scripts_close(&scripts);
    }
}

#endif
