#include "commands/module_test/case_reading.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include <unistd.h>

postern_text case_text(const struct case_reading *reading, const struct json_node *value)
{
    _cleanup_(buffer_free) struct buffer text = {.limit = CASE_FILE_MOST};
    if (!json_unescape(reading->tape, value, &text)) return TEXT("");
    postern_text copy = arena_copy(reading->arena, buffer_text(&text));
    return copy.data ? copy : TEXT("");
}

postern_text case_member(const struct case_reading *reading, const struct json_node *of, const char *name)
{
    return case_text(reading, json_get(reading->tape, of, name));
}

int64_t case_number(const struct case_reading *reading, const char *name, int64_t otherwise)
{
    json_integer(reading->tape, json_get(reading->tape, reading->root, name), &otherwise);
    return otherwise;
}

bool case_file(postern_arena *arena, const char *folder, const char *name, postern_text *text)
{
    _cleanup_(buffer_free) struct buffer bytes = {.limit = CASE_FILE_MOST};
    _cleanup_(freep) char *path = path_join(folder, name);
    *text = (postern_text){0};
    if (!path || access(path, F_OK) < 0 || file_read(path, CASE_FILE_MOST, &bytes, NULL) < 0) return false;
    *text = arena_copy(arena, buffer_text(&bytes));
    return text->data != NULL;
}
