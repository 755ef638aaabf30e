/* A number out of the journal's tables, read by one statement as any reader does. */
#ifndef TEST_JOURNAL_NUMBER_OF_H
#define TEST_JOURNAL_NUMBER_OF_H

#include "fixture.h"
#include "journal/sqlite/store.h"

/* 0 where there is none. */
static inline int64_t number_of(struct journal *journal, const char *sql)
{
    postern_error error = ERROR_INIT;
    int64_t number = -1;
    struct reader_connection reading = reading_begin(&journal->readers, &error);
    assert_non_null(reading.database);
    assert_ok(database_number(reading.database, &error, 0, &number, sql, NO_VALUES));
    reading_end(&reading);
    return number;
}

#endif
