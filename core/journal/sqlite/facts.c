#include "journal/sqlite/facts.h"

postern_status meta_set(struct database *database, const char *key, int64_t value, postern_error *error)
{
    return database_run(database, error, "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
                        VALUES(value_string(key), value_integer(value)));
}

postern_status meta_get(struct database *database, const char *key, int64_t *value, postern_error *error)
{
    return database_number(database, error, 0, value, "SELECT value FROM meta WHERE key = ?1",
                           VALUES(value_string(key)));
}

postern_status dead_totals(struct database *database, int64_t *count, int64_t *bytes, postern_error *error)
{
    postern_status status =
        database_number(database, error, 0, count, "SELECT count(*) FROM dead_letter", NO_VALUES);
    if (status < 0) return status;
    return database_number(database, error, 0, bytes, "SELECT sum(bytes) FROM dead_letter", NO_VALUES);
}

postern_status last_sequence(struct database *database, int64_t *sequence, postern_error *error)
{
    return database_number(database, error, 0, sequence,
                           "SELECT seq FROM sqlite_sequence WHERE name = 'page'", NO_VALUES);
}
