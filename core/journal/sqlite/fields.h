/* Records and rows: a list of fields drives both ways, so that no column can be forgotten in one of them. */
#ifndef POSTERN_JOURNAL_SQLITE_FIELDS_H
#define POSTERN_JOURNAL_SQLITE_FIELDS_H

#include "journal/sqlite/database.h"

struct record_field {
    enum { FIELD_INTEGER, FIELD_BOOLEAN, FIELD_STRING, FIELD_BYTES } type;
    size_t offset, size;
};

#define FIELDS_LIMIT 32

/* Reads `count` columns from `first` on into the record. A FIELD_BYTES of another size in the row reads as
 * zeros. */
void fields_read(sqlite3_stmt *statement, int first, const struct record_field *fields, size_t count,
                 void *record);
/* The record's values, in the order of the fields. They borrow from the record. */
void fields_values(const struct record_field *fields, size_t count, const void *record,
                   struct bound_value *values);

/* For lists written as #define X_FIELDS(F) F(INTEGER, added_ms) F(STRING, status) ... */
#define FIELD_ASSIGNMENT(type, name) #name " = ?, "
#define FIELD_COLUMN(type, name)     ", r." #name
#define FIELD_OF(record, type, name)                                                                         \
    {FIELD_##type, offsetof(struct record, name), sizeof(((struct record *)NULL)->name)},

#endif
