#include "postgresql_sink.h"
#include <stdlib.h>

const char *const column_meanings[COLUMN_COUNT] = {
    [COLUMN_ID] = "id",           [COLUMN_RECEIVED] = "received", [COLUMN_TIME] = "time",
    [COLUMN_ACCOUNT] = "account", [COLUMN_SOURCE] = "source",     [COLUMN_STREAM] = "stream",
    [COLUMN_TYPE] = "type",       [COLUMN_EVENT] = "event",
};

#define MEANINGS   "id, received, time, account, source, stream, type, event"
#define NAME_LIMIT 63 /* of the server: it would cut a longer one, and take another column for it */

/* What is not written unless `columns` says so. */
static bool is_left_out(int column)
{
    return column == COLUMN_STREAM;
}

static int column_of(postern_text meaning)
{
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (kit_is(meaning, column_meanings[column])) return column;
    return -1;
}

static postern_status set_name(struct settings *settings, int column, postern_text name, postern_error *error)
{
    if (name.size > NAME_LIMIT)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "columns: the name of a column has at most %d bytes",
                        NAME_LIMIT);
    free(settings->names[column]);
    settings->names[column] = name.size ? kit_string(name) : NULL;
    return name.size && !settings->names[column] ? kit_no_memory(error) : POSTERN_OK;
}

static postern_status read_columns(const postern_host *host, struct settings *settings, postern_error *error)
{
    postern_pair pair;
    postern_status status = POSTERN_OK;
    for (int column = 0; column < COLUMN_COUNT && status >= 0; column++)
        if (!is_left_out(column))
            status = set_name(settings, column, kit_text(column_meanings[column]), error);
    for (size_t i = 0; status >= 0 && host->option_pair(host, "columns", i, &pair); i++) {
        int column = column_of(pair.name);
        if (column < 0)
            return kit_fail(error, POSTERN_E_CONFIG, NULL,
                            "columns: there is no \"%.*s\"; there are " MEANINGS, (int)pair.name.size,
                            pair.name.data);
        status = set_name(settings, column, pair.value, error);
    }
    return status;
}

static postern_status read_unique(const postern_host *host, struct settings *settings, postern_error *error)
{
    postern_text meaning;
    settings->unique[COLUMN_ID] = true;
    for (size_t i = 0; host->option_item(host, "unique", i, &meaning); i++) {
        int column = column_of(meaning);
        if (column < 0)
            return kit_fail(error, POSTERN_E_CONFIG, NULL,
                            "unique: there is no \"%.*s\"; there are " MEANINGS, (int)meaning.size,
                            meaning.data);
        settings->unique[column] = true;
    }
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (settings->unique[column] && !settings->names[column])
            return kit_fail(error, POSTERN_E_CONFIG, NULL,
                            "columns: \"%s\" cannot be left out, because repeats are told by it",
                            column_meanings[column]);
    return POSTERN_OK;
}

static postern_status read_table(const postern_host *host, struct settings *settings, postern_error *error)
{
    postern_text table = kit_option_text(host, "table");
    const char *dot = table.size ? memchr(table.data, '.', table.size) : NULL;
    size_t schema = dot ? (size_t)(dot - table.data) : 0, name = table.size - schema - (dot != NULL);
    if (name == 0 || (dot && schema == 0) || name > NAME_LIMIT || schema > NAME_LIMIT)
        return kit_fail(error, POSTERN_E_CONFIG, NULL,
                        "table must be a name or \"schema.name\", of at most %d bytes each", NAME_LIMIT);
    settings->table = kit_string(table);
    return settings->table ? POSTERN_OK : kit_no_memory(error);
}

static const char *event_type(const postern_host *host)
{
    static const char *const types[] = {"json", "text", "jsonb"};
    postern_text chosen = kit_option_text(host, "event_type");
    size_t i = 0;
    while (i < 2 && !kit_is(chosen, types[i]))
        i++;
    return types[i];
}

postern_status settings_read(const postern_host *host, struct settings *settings, postern_error *error)
{
    int64_t create = 0;
    settings->event_type = event_type(host);
    settings->repairs_json = strcmp(settings->event_type, "jsonb") == 0;
    host->option_integer(host, "create_table", &create);
    host->option_integer(host, "connect_timeout", &settings->connect_timeout_ms);
    host->option_integer(host, "timeout", &settings->timeout_ms);
    settings->create_table = create != 0;
    postern_status status = read_table(host, settings, error);
    if (status >= 0) status = read_columns(host, settings, error);
    return status >= 0 ? read_unique(host, settings, error) : status;
}

void settings_free(struct settings *settings)
{
    free(settings->table);
    for (int column = 0; column < COLUMN_COUNT; column++)
        free(settings->names[column]);
}
