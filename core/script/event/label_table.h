/* The labels of prose as scripts declare them: { ip = { "ip", "remote ip" }, date = "date" }. */
#ifndef POSTERN_SCRIPT_EVENT_LABEL_TABLE_H
#define POSTERN_SCRIPT_EVENT_LABEL_TABLE_H

#include "parse/label_set.h"
#include "sandbox/sandbox.h"

#define LABEL_NAMES 64

struct label_table {
    struct label_set set;
    char names[LABEL_NAMES][LABEL_SIZE + 1]; /* by the number of the piece, sorted */
    uint16_t count;
};

/* Reads the table at `index`, and at `free_index` the list of names whose pieces people wrote (0 or nil =
 * none), or name = { labels that end it }. NULL, or what is wrong, which is pushed. */
const char *label_table_read(lua_State *L, int index, int free_index, struct label_table *table);
/* The number of the piece with the name, -1 if there is none. */
int label_table_find(const struct label_table *table, postern_text name);

/* The name under which a piece is shown whose label nobody named: "Viewed Content" → "viewed_content". Its
 * size. */
size_t label_write_name(postern_text label, char name[2 * LABEL_SIZE]);

#endif
