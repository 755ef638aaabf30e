#include "postgresql_sink.h"
#include <inttypes.h>
#include <stdlib.h>

#define STAGE         "pg_temp.postern_stage"
#define SQL_LIMIT     16384
#define TABLE_COMMENT "events of Postern; a repeat is told by the primary key"

/* An identifier as the server reads it back: quotes in it doubled. */
static void write_identifier(struct kit_writer *sql, postern_text name)
{
    kit_write_string(sql, "\"");
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '"') kit_write_string(sql, "\"");
        kit_write(sql, kit_span(name.data + i, 1));
    }
    kit_write_string(sql, "\"");
}

/* "siem.events" is the table events of the schema siem. */
static void write_table(struct kit_writer *sql, const struct settings *settings)
{
    const char *dot = strchr(settings->table, '.');
    if (dot) write_identifier(sql, kit_between(settings->table, dot));
    if (dot) kit_write_string(sql, ".");
    write_identifier(sql, kit_text(dot ? dot + 1 : settings->table));
}

static const char *column_type(const struct settings *settings, int column)
{
    if (column == COLUMN_RECEIVED || column == COLUMN_TIME) return "timestamptz";
    return column == COLUMN_EVENT ? settings->event_type : "text";
}

/* The columns that are written, or with `unique_only` those that tell a repeat, with commas between. */
static void write_columns(struct kit_writer *sql, const struct settings *settings, bool unique_only,
                          bool with_types)
{
    const char *between = "";
    for (int column = 0; column < COLUMN_COUNT; column++) {
        if (!settings->names[column] || (unique_only && !settings->unique[column])) continue;
        kit_write_string(sql, between);
        write_identifier(sql, kit_text(settings->names[column]));
        if (with_types) kit_write_string(sql, " ");
        if (with_types) kit_write_string(sql, column_type(settings, column));
        between = ", ";
    }
}

static void write_prepare(struct kit_writer *sql, const struct settings *settings)
{
    kit_write_string(sql, "SET statement_timeout = ");
    kit_write_integer(sql, settings->timeout_ms);
    kit_write_string(sql, "; DROP TABLE IF EXISTS " STAGE "; CREATE TEMPORARY TABLE postern_stage (");
    write_columns(sql, settings, false, true);
    kit_write_string(sql, ") ON COMMIT DELETE ROWS; SELECT current_setting('synchronous_commit'), "
                          "current_setting('fsync')");
}

/* With the index named, so that a row that some other index of the user's refuses is not taken for a repeat.
 */
static void write_insert(struct kit_writer *sql, const struct settings *settings, const char *before)
{
    kit_write_string(sql, before);
    kit_write_string(sql, "INSERT INTO ");
    write_table(sql, settings);
    kit_write_string(sql, " (");
    write_columns(sql, settings, false, false);
    kit_write_string(sql, ") SELECT * FROM " STAGE " ON CONFLICT (");
    write_columns(sql, settings, true, false);
    kit_write_string(sql, ") DO NOTHING");
}

static void write_create(struct kit_writer *sql, const struct settings *settings)
{
    kit_write_string(sql, "CREATE TABLE IF NOT EXISTS ");
    write_table(sql, settings);
    kit_write_string(sql, " (");
    write_columns(sql, settings, false, true);
    kit_write_string(sql, ", PRIMARY KEY (");
    write_columns(sql, settings, true, false);
    kit_write_string(sql, ")); COMMENT ON TABLE ");
    write_table(sql, settings);
    kit_write_string(sql, " IS '" TABLE_COMMENT "'");
}

static char *keep(struct kit_writer *sql)
{
    char *copy = sql->failed ? NULL : strndup(sql->data, sql->size);
    sql->size = 0;
    return copy;
}

bool statements_make(const struct settings *settings, struct statements *statements)
{
    char buffer[SQL_LIMIT];
    struct kit_writer sql = kit_writer_in_buffer(buffer, sizeof buffer);
    write_prepare(&sql, settings);
    statements->prepare = keep(&sql);
    write_insert(&sql, settings, "EXPLAIN ");
    statements->look = keep(&sql);
    write_insert(&sql, settings, "");
    statements->insert = keep(&sql);
    write_create(&sql, settings);
    statements->create = keep(&sql);
    kit_write_string(&sql, "BEGIN; COPY " STAGE " FROM STDIN");
    statements->begin = keep(&sql);
    return statements->prepare && statements->look && statements->insert && statements->create &&
           statements->begin;
}

void statements_free(struct statements *statements)
{
    free(statements->prepare);
    free(statements->look);
    free(statements->insert);
    free(statements->create);
    free(statements->begin);
}
