/* Gathers records in one piece of memory, with the names that they point to behind them: one free() is
 * enough. One thread. */
#ifndef POSTERN_JOURNAL_SQLITE_ROW_LIST_H
#define POSTERN_JOURNAL_SQLITE_ROW_LIST_H

#include "base/buffer.h"

struct row_list {
    size_t record_size;
    const size_t *name_places; /* offsets of the record's `const char *` members */
    size_t name_count;
    struct buffer records, names;
};

void row_list_begin(struct row_list *list, size_t record_size, const size_t *name_places, size_t name_count);
/* Copies record and names, which stand in the order of their places; false if out of memory. */
bool row_list_add(struct row_list *list, const void *record, const postern_text *names);
/* The records so far, to be looked at. */
void *row_list_records(struct row_list *list, size_t *count);
/* malloc'ed; NULL if out of memory. The list is empty again. */
void *row_list_take(struct row_list *list, size_t *count);
void row_list_end(struct row_list *list);

#endif
