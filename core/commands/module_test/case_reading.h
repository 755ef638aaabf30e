/* The files of one case: case.json, and others beside it. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_CASE_READING_H
#define POSTERN_COMMANDS_MODULE_TEST_CASE_READING_H

#include "base/arena.h"
#include "base/json.h"
#include "commands/module_test/subject.h"

#define CASE_FILE_MOST ((size_t)256 << 20)

/* One case.json while it is read; what is taken from it lies in the arena. */
struct case_reading {
    struct subject *subject;
    postern_arena *arena;
    struct json_tape *tape;
    const struct json_node *root;
};

/* A member's text, "" if it is not there. */
postern_text case_member(const struct case_reading *reading, const struct json_node *of, const char *name);
/* The text of a value, likewise. */
postern_text case_text(const struct case_reading *reading, const struct json_node *value);
int64_t case_number(const struct case_reading *reading, const char *name, int64_t otherwise);
/* A file of the case, in the arena. Empty and false if it is not there. */
bool case_file(postern_arena *arena, const char *folder, const char *name, postern_text *text);

#endif
