/* Gathers records that own memory in one piece, with the names that they point to behind them. One thread. */
#ifndef POSTERN_JOURNAL_SQLITE_ROW_LIST_H
#define POSTERN_JOURNAL_SQLITE_ROW_LIST_H

#include "base/buffer.h"

struct row_list {
    size_t record_size;
    const size_t *name_places; /* offsets of the record's `const char *` members */
    size_t name_count;
    void (*clear)(void *record); /* frees what a record owns */
    struct buffer records, names;
};

void row_list_begin(struct row_list *list, size_t record_size, const size_t *name_places, size_t name_count,
                    void (*clear)(void *record));
/* Takes the record with what it owns, and copies the names, which stand in the order of their places; false,
 * with the record cleared, if out of memory. */
bool row_list_add(struct row_list *list, void *record, const postern_text *names);
/* `records` points to the variable that is to hold the array: one free(), once each record is cleared. The
 * list is empty then. False, with both as they were, if out of memory. */
bool row_list_take(struct row_list *list, void *records, size_t *count);
void row_list_end(struct row_list *list); /* also as _cleanup_(row_list_end) */

#endif
