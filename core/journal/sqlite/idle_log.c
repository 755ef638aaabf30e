#include "journal/sqlite/idle_log.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/smaller.h"
#include "base/varint.h"
#include "journal/page/page.h"
#include "journal/sqlite/stream_fields.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_POLLS  4096
#define TIME_FROM    ((int64_t)1 << 40) /* what is larger is a time: it is near that of the poll */
#define NUMBER_LIMIT ((int64_t)1 << 60)

enum { HAS_COVERAGE = 1, FORGETS_SETTLED = 2, KEEPS_POSITION = 4 };

/* ---- Columns -------------------------------------------------------------------------------------- */

#define OF_POLL(member) offsetof(struct idle_poll, member)
static const size_t own_columns[] = {OF_POLL(coverage.from_ms), OF_POLL(coverage.until_ms),
                                     OF_POLL(coverage.events),  OF_POLL(coverage.newest_ms),
                                     OF_POLL(joined_reads),     OF_POLL(read_ms),
                                     OF_POLL(remember_ms),      OF_POLL(list_polls)};
#define OWN_COUNT (sizeof own_columns / sizeof *own_columns)

static size_t column_count(void)
{
    return STREAM_FIELD_COUNT + OWN_COUNT;
}

static size_t column_place(size_t column)
{
    return column < STREAM_FIELD_COUNT ? OF_POLL(record) + stream_fields[column].offset
                                       : own_columns[column - STREAM_FIELD_COUNT];
}

static int64_t get(const struct idle_poll *poll, size_t place)
{
    int64_t number;
    memcpy(&number, (const char *)poll + place, sizeof number);
    return number;
}

bool idle_log_can_hold(const struct idle_poll *poll)
{
    for (size_t column = 0; column < column_count(); column++) {
        int64_t number = get(poll, column_place(column));
        if (number <= -NUMBER_LIMIT || number >= NUMBER_LIMIT) return false;
    }
    return true;
}

/* ---- Writing -------------------------------------------------------------------------------------- */

static void put_number(struct buffer *payload, int64_t number, int64_t base)
{
    bool is_time = number >= TIME_FROM;
    varint_append(payload, zigzag(is_time ? number - base : number) << 1 | is_time);
}

static unsigned char flags_of(const struct idle_poll *poll)
{
    return (unsigned char)((poll->has_coverage ? HAS_COVERAGE : 0) |
                           (poll->forget_settled ? FORGETS_SETTLED : 0) |
                           (poll->record.position ? KEEPS_POSITION : 0));
}

static void encode(struct buffer *payload, struct idle_poll *const *polls, size_t count)
{
    int64_t stream = 0, success = 0;
    varint_append(payload, column_count());
    varint_append(payload, count);
    for (size_t i = 0; i < count; stream = polls[i++]->record.id)
        varint_append(payload, (uint64_t)(polls[i]->record.id - stream));
    for (size_t i = 0; i < count; i++)
        buffer_append_byte(payload, (char)flags_of(polls[i]));
    for (size_t i = 0; i < count; success = polls[i++]->record.last_success_ms)
        put_number(payload, polls[i]->record.last_success_ms, success);
    for (size_t column = 0; column < column_count(); column++)
        for (size_t i = 0; i < count; i++)
            put_number(payload, get(polls[i], column_place(column)), polls[i]->record.last_success_ms);
}

static postern_status add_group(struct database *database, struct idle_log *log,
                                struct idle_poll *const *polls, size_t count, postern_error *error)
{
    _cleanup_(buffer_free) struct buffer payload = {.limit = PAGE_PAYLOAD_LIMIT};
    _cleanup_(freep) unsigned char *body = NULL;
    size_t size = 0;
    encode(&payload, polls, count);
    if (payload.failed) return error_no_memory(error, "for polls that brought nothing new");
    postern_status status = page_pack(buffer_text(&payload), &body, &size, error);
    if (status < 0) return status;
    log->group++;
    log->bytes += (int64_t)size;
    return database_run(database, error, "INSERT INTO idle_log (id, polls) VALUES (?1, ?2)",
                        VALUES(value_integer(log->group), value_blob(body, size)));
}

postern_status idle_log_add(struct database *database, struct idle_log *log, struct idle_poll *const *polls,
                            size_t count, postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t at = 0; status == POSTERN_OK && at < count; at += GROUP_POLLS)
        status = add_group(database, log, polls + at, smaller_size(count - at, GROUP_POLLS), error);
    return status;
}

postern_status idle_log_clear(struct database *database, struct idle_log *log, postern_error *error)
{
    log->flushes = log->bytes = 0;
    return database_run(database, error, "DELETE FROM idle_log", NO_VALUES);
}

/* ---- Reading -------------------------------------------------------------------------------------- */

/* Polls that have come out of a group, before they are in the table. */
struct group {
    struct idle_poll *polls[GROUP_POLLS];
    size_t count;
};

static void group_free(struct group **group)
{
    for (size_t i = 0; *group && i < (*group)->count; i++)
        idle_poll_free((*group)->polls[i]);
    free(*group);
}

static int64_t take_number(struct varint_reader *reader, int64_t base)
{
    uint64_t coded = varint_read(reader);
    uint64_t number = (uint64_t)zigzag_decode(coded >> 1);
    return (int64_t)(coded & 1 ? number + (uint64_t)base : number);
}

/* False: out of memory. */
static bool make_polls(struct varint_reader *reader, struct group *group, size_t count, int64_t number)
{
    uint64_t stream = 0;
    for (; group->count < count && !reader->damaged; group->count++) {
        struct idle_poll *poll = calloc(1, sizeof *poll);
        if (!poll) return false;
        group->polls[group->count] = poll;
        stream += varint_read(reader);
        reader->damaged |= stream == 0 || stream >= IDLE_POLL_STREAMS;
        poll->record.id = (int64_t)stream;
        poll->record.state = STREAM_OK;
        poll->group = number;
    }
    return true;
}

static void read_columns(struct varint_reader *reader, struct group *group)
{
    int64_t success = 0;
    postern_text flags = varint_read_bytes(reader, group->count);
    for (size_t i = 0; i < group->count && !reader->damaged; i++) {
        struct idle_poll *poll = group->polls[i];
        poll->has_coverage = flags.data[i] & HAS_COVERAGE;
        poll->forget_settled = flags.data[i] & FORGETS_SETTLED;
        poll->keeps_position = flags.data[i] & KEEPS_POSITION;
        poll->record.last_success_ms = success = take_number(reader, success);
    }
    for (size_t column = 0; column < column_count(); column++)
        for (size_t i = 0; i < group->count; i++) {
            int64_t number = take_number(reader, group->polls[i]->record.last_success_ms);
            memcpy((char *)group->polls[i] + column_place(column), &number, sizeof number);
        }
}

static postern_status read_payload(struct varint_reader *reader, struct group *group, int64_t number,
                                   postern_error *error)
{
    uint64_t columns = varint_read(reader), count = varint_read(reader);
    if (reader->damaged || columns != column_count() || count > GROUP_POLLS)
        return error_set(error, POSTERN_E_PROTOCOL, "it is of another form");
    if (!make_polls(reader, group, (size_t)count, number)) return error_no_memory(error, NULL);
    read_columns(reader, group);
    if (reader->damaged || reader->at != reader->end)
        return error_set(error, POSTERN_E_PROTOCOL, "it ends early or late");
    return POSTERN_OK;
}

static postern_status read_group(struct idle_poll_table *table, int64_t number, postern_text body,
                                 postern_error *error)
{
    _cleanup_(group_free) struct group *group = calloc(1, sizeof *group);
    _cleanup_(freep) char *payload = NULL;
    size_t size = 0;
    if (!group) return error_no_memory(error, NULL);
    postern_status status = page_unpack_payload(body, &payload, &size, error);
    if (status < 0) return status;
    const unsigned char *start = (const unsigned char *)payload;
    status = read_payload(&(struct varint_reader){start, start + size, false}, group, number, error);
    for (size_t i = 0; status == POSTERN_OK && i < group->count; i++) {
        if (!idle_poll_put(table, group->polls[i])) return error_no_memory(error, NULL);
        group->polls[i] = NULL;
    }
    return status;
}

/* Damage is said and passed over. */
static postern_status take_group(struct idle_poll_table *table, sqlite3_stmt *statement, postern_error *error)
{
    postern_error own = ERROR_INIT;
    postern_status status =
        read_group(table, sqlite3_column_int64(statement, 0), column_bytes(statement, 1), &own);
    if (status == POSTERN_E_PROTOCOL) {
        log_error(POSTERN_LOG_WARNING, "journal", &own);
        log_write(POSTERN_LOG_WARNING, "journal",
                  "polls that brought nothing new cannot be read from it any more: they are made again");
        return POSTERN_OK;
    }
    if (status < 0 && error) *error = own;
    return status;
}

postern_status idle_log_read(struct database *database, struct idle_poll_table *table, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    postern_status status =
        database_query(database, error, &statement, "SELECT id, polls FROM idle_log ORDER BY id", NO_VALUES);
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row)
        status = take_group(table, statement, error);
    return status;
}

postern_status idle_log_start(struct database *database, struct idle_log *log, postern_error *error)
{
    postern_status status = database_number(database, error, 0, &log->group,
                                            "SELECT max((SELECT ifnull(max(id), 0) FROM idle_log),"
                                            " (SELECT ifnull(max(idle_group), 0) FROM stream))",
                                            NO_VALUES);
    if (status == POSTERN_OK)
        status =
            database_number(database, error, 0, &log->flushes, "SELECT count(*) FROM idle_log", NO_VALUES);
    if (status == POSTERN_OK)
        status = database_number(database, error, 0, &log->bytes, "SELECT sum(length(polls)) FROM idle_log",
                                 NO_VALUES);
    return status;
}
