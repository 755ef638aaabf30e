/* links: postern_journal */
/* What stands in a journal's log of idle polls: whatever the bytes, reading fails cleanly, passes the group
 * over, or yields polls that are added and read again as the same. Input: one byte (odd: the rest is what a
 * group holds before it is packed, so that its numbers are reached), then the group. */
#include "base/error.h"
#include "journal/page/page.h"
#include "journal/sqlite/idle_log.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct database *open_once(void)
{
    static struct database database;
    if (database.handle) return &database;
    if (database_open(&database, ":memory:", SQLITE_OPEN_READWRITE, 0, NULL) < 0 ||
        database_script(&database,
                        "CREATE TABLE idle_log (id INTEGER PRIMARY KEY, polls BLOB NOT NULL) STRICT",
                        NULL) < 0)
        abort();
    return &database;
}

static size_t gather(const struct idle_poll_table *table, struct idle_poll **polls)
{
    size_t count = 0;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->by_stream[i]) polls[count++] = table->by_stream[i];
    return count;
}

/* What was read is written and read once more. */
static void read_again(struct database *database, const struct idle_poll_table *table)
{
    struct idle_poll **polls = calloc(table->capacity + 1, sizeof *polls);
    struct idle_poll_table again = {0};
    struct idle_log log = {.group = 1};
    if (!polls) return;
    size_t count = gather(table, polls), held = 0;
    for (size_t i = 0; i < count; i++)
        if (idle_log_can_hold(polls[i])) polls[held++] = polls[i];
    if (idle_log_clear(database, &log, NULL) < 0 || idle_log_add(database, &log, polls, held, NULL) < 0 ||
        idle_log_read(database, &again, NULL) < 0)
        abort();
    for (size_t i = 0; i < held; i++) {
        const struct idle_poll *found = idle_poll_find(&again, polls[i]->record.id);
        if (!found || found->record.last_success_ms != polls[i]->record.last_success_ms ||
            found->read_ms != polls[i]->read_ms || found->has_coverage != polls[i]->has_coverage)
            abort();
    }
    idle_poll_table_free(&again);
    free(polls);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    struct database *database = open_once();
    struct idle_poll_table table = {0};
    postern_text body = {(const char *)data + 1, size - 1};
    unsigned char *packed = NULL;
    if (data[0] % 2 && page_pack(body, &packed, &body.size, NULL) < 0) return 0;
    if (packed) body.data = (const char *)packed;
    if (database_script(database, "DELETE FROM idle_log", NULL) < 0 ||
        database_run(database, NULL, "INSERT INTO idle_log (id, polls) VALUES (7, ?1)",
                     VALUES(value_blob(body.data, body.size))) < 0)
        abort();
    if (idle_log_read(database, &table, NULL) == POSTERN_OK) read_again(database, &table);
    idle_poll_table_free(&table);
    free(packed);
    return 0;
}
