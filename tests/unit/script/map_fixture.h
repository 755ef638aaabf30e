/* For tests of maps: the words of a map as locals, before a declaration. */
#ifndef TESTS_UNIT_SCRIPT_MAP_FIXTURE_H
#define TESTS_UNIT_SCRIPT_MAP_FIXTURE_H

#include "script_fixture.h"

#define PREAMBLE                                                                                             \
    "local map = postern.map\n"                                                                              \
    "local field, list, first, when, object, item, meta, const, given, rest, concat, call =\n"               \
    "  map.field, map.list, map.first, map.when, map.object, map.item, map.meta, map.const, map.given, "     \
    "map.rest,\n"                                                                                            \
    "  map.concat, map.call\n"

#endif
