/* One case of a script's tests, read from Lua. */
#ifndef POSTERN_SCRIPT_TEST_CASE_H
#define POSTERN_SCRIPT_TEST_CASE_H

#include "script/event/bridge.h"

struct test_match {
    postern_text path;
    postern_text json; /* "null": must not be there */
};

/* Everything lies in `arena`. */
struct test_case {
    postern_arena *arena;
    postern_text name;
    struct script_event event;
    bool has_expect;
    postern_text expect; /* JSON: one event, or a list of them */
    postern_text line;   /* the ready line that must come out; data NULL = not said */
    bool drops;
    postern_text drop_reason; /* data NULL = any */
    postern_text fails;       /* a part of the message; data NULL = must not fail */
    struct test_match *matches;
    size_t match_count;
};

/* Reads the case at `index` (a table). Raises an error if it is not made as it should be. */
void test_case_read(lua_State *L, struct bridge *bridge, int index, struct test_case *test);

#endif
