#include "journal/sqlite/cursors.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/smaller.h"

postern_status cursors_load(struct cursors *cursors, struct database *database, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status =
        database_query(database, error, &statement,
                       "SELECT id, cursor, drops_oldest FROM delivery WHERE removed_ms = 0", NO_VALUES);
    for (cursors->count = 0; status == POSTERN_OK &&
                             (status = database_next(database, error, statement, &row)) == POSTERN_OK && row;
         cursors->count++) {
        if (!array_extend(&cursors->list, cursors->count, sizeof *cursors->list))
            return error_no_memory(error, NULL);
        cursors->list[cursors->count] =
            (struct cursor){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                            sqlite3_column_int64(statement, 2) != 0};
    }
    return status;
}

void cursors_free(struct cursors *cursors)
{
    free(cursors->list);
    *cursors = (struct cursors){0};
}

void cursors_move(struct cursors *cursors, int64_t delivery_id, int64_t sequence)
{
    for (size_t i = 0; i < cursors->count; i++)
        if (cursors->list[i].delivery_id == delivery_id && cursors->list[i].sequence < sequence)
            cursors->list[i].sequence = sequence;
}

int64_t cursors_lowest_of(const struct cursors *cursors, bool drops_oldest)
{
    int64_t lowest = INT64_MAX;
    for (size_t i = 0; i < cursors->count; i++)
        if (cursors->list[i].drops_oldest == drops_oldest && cursors->list[i].sequence < lowest)
            lowest = cursors->list[i].sequence;
    return lowest;
}

int64_t cursors_lowest(const struct cursors *cursors)
{
    return smaller(cursors_lowest_of(cursors, true), cursors_lowest_of(cursors, false));
}
