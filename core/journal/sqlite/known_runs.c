#include "journal/sqlite/known_runs.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "journal/known/block.h"
#include <string.h>

/* Block n of run r is row r * 4096 + n of known_block: so a run's blocks lie one behind the other. */
#define RUN_BLOCKS 4096
#define LAST_BLOCK (RUN_BLOCKS - 1)

#define FIRST_SIZE 8 /* of the index over a run's blocks: the first fingerprint of each, big-endian */

static int64_t block_id(int64_t run, size_t number)
{
    return run * RUN_BLOCKS + (int64_t)number;
}

/* ---- Writing ------------------------------------------------------------------------------------ */

static postern_status write_blocks(struct database *database, int64_t run,
                                   const struct fingerprints *fingerprints, unsigned char *firsts,
                                   size_t *block_count, postern_error *error)
{
    unsigned char block[KNOWN_BLOCK_SIZE];
    unsigned parameter = known_block_parameter(fingerprints->count);
    postern_status status = POSTERN_OK;
    size_t number = 0;
    for (size_t at = 0, size = 0; status == POSTERN_OK && at < fingerprints->count; number++) {
        if (number == RUN_BLOCKS) return error_set(error, POSTERN_E_LIMIT, "a run has too many blocks");
        for (int i = 0; i < FIRST_SIZE; i++)
            firsts[number * FIRST_SIZE + (size_t)i] = (unsigned char)(fingerprints->list[at] >> (56 - 8 * i));
        at += known_block_encode(fingerprints->list + at, fingerprints->count - at, parameter, block, &size);
        status = database_run(database, error, "INSERT INTO known_block (id, block) VALUES (?1, ?2)",
                              VALUES(value_integer(block_id(run, number)), value_blob(block, size)));
    }
    *block_count = number;
    return status;
}

postern_status known_run_write(struct database *database, struct known_run *run,
                               const struct fingerprints *fingerprints, postern_error *error)
{
    unsigned char firsts[RUN_BLOCKS * FIRST_SIZE];
    size_t blocks = 0;
    postern_status status = database_run(
        database, error,
        "INSERT INTO known_run (stream_id, id_count, pass_until_ms, first_remember_ms, last_remember_ms,"
        " hours, firsts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, x'')",
        VALUES(value_integer(run->stream_id), value_integer((int64_t)fingerprints->count),
               value_integer(run->pass_until_ms), value_integer(run->first_remember_ms),
               value_integer(run->last_remember_ms), value_blob(run->hours.bits, EVENT_HOURS_SIZE)));
    if (status < 0) return status;
    run->id = sqlite3_last_insert_rowid(database->handle);
    status = write_blocks(database, run->id, fingerprints, firsts, &blocks, error);
    if (status < 0) return status;
    return database_run(database, error, "UPDATE known_run SET firsts = ?2 WHERE id = ?1",
                        VALUES(value_integer(run->id), value_blob(firsts, blocks * FIRST_SIZE)));
}

postern_status known_run_remove(struct database *database, int64_t id, postern_error *error)
{
    postern_status status =
        database_run(database, error, "DELETE FROM known_block WHERE id BETWEEN ?1 AND ?2",
                     VALUES(value_integer(block_id(id, 0)), value_integer(block_id(id, LAST_BLOCK))));
    if (status < 0) return status;
    return database_run(database, error, "DELETE FROM known_run WHERE id = ?1", VALUES(value_integer(id)));
}

/* ---- Reading ------------------------------------------------------------------------------------ */

postern_status known_run_list(struct database *database, int64_t stream_id, struct known_run **runs,
                              size_t *count, postern_error *error)
{
    _cleanup_(freep) struct known_run *list = NULL;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    size_t size = 0;
    bool row = true;
    postern_status status =
        database_query(database, error, &statement,
                       "SELECT id, stream_id, id_count, pass_until_ms, first_remember_ms, last_remember_ms,"
                       " hours FROM known_run WHERE stream_id = ?1 ORDER BY id DESC",
                       VALUES(value_integer(stream_id)));
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row) {
        if (!array_extend(&list, size, sizeof *list)) return error_no_memory(error, "for known ids");
        struct known_run *run = &list[size++];
        *run = (struct known_run){.id = sqlite3_column_int64(statement, 0),
                                  .stream_id = sqlite3_column_int64(statement, 1),
                                  .count = sqlite3_column_int64(statement, 2),
                                  .pass_until_ms = sqlite3_column_int64(statement, 3),
                                  .first_remember_ms = sqlite3_column_int64(statement, 4),
                                  .last_remember_ms = sqlite3_column_int64(statement, 5)};
        postern_text hours = column_bytes(statement, 6);
        event_hours_join(&run->hours, hours.data, hours.size);
    }
    if (status < 0) return status;
    *runs = STEAL_POINTER(list);
    *count = size;
    return POSTERN_OK;
}

/* What is wrong with a block also says where. */
static postern_status name_block(const struct known_run *run, int64_t id, postern_status status,
                                 postern_error *error)
{
    if (status < 0)
        error_prefix(error, "remembered ids of stream %lld, run %lld, block %lld are damaged: ",
                     (long long)run->stream_id, (long long)run->id, (long long)(id - block_id(run->id, 0)));
    return status;
}

postern_status known_run_read(struct database *database, const struct known_run *run,
                              struct fingerprints *fingerprints, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(freep) uint64_t *list = NULL;
    bool row = true;
    size_t count = 0, most = run->count > 0 && run->count <= KNOWN_RUN_COUNT ? (size_t)run->count : 0;
    uint64_t block[KNOWN_BLOCK_COUNT];
    if (!(list = malloc((most + 1) * sizeof *list))) return error_no_memory(error, "for known ids");
    postern_status status = database_query(
        database, error, &statement,
        "SELECT id, block FROM known_block WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        VALUES(value_integer(block_id(run->id, 0)), value_integer(block_id(run->id, LAST_BLOCK))));
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row) {
        size_t fresh = 0;
        int64_t id = sqlite3_column_int64(statement, 0);
        status = known_block_decode(column_bytes(statement, 1), block, &fresh, error);
        if (status == POSTERN_OK && (fresh > most - count || (count && block[0] <= list[count - 1])))
            status = error_set(error, POSTERN_E_PROTOCOL, "it does not follow the one before it");
        if (status < 0) return name_block(run, id, status, error);
        memcpy(list + count, block, fresh * sizeof *list);
        count += fresh;
    }
    if (status == POSTERN_OK && count != most)
        status = error_set(error, POSTERN_E_PROTOCOL,
                           "remembered ids of stream %lld, run %lld are damaged: blocks are missing",
                           (long long)run->stream_id, (long long)run->id);
    if (status < 0) return status;
    *fingerprints = (struct fingerprints){STEAL_POINTER(list), count};
    return POSTERN_OK;
}

/* ---- Searching ---------------------------------------------------------------------------------- */

struct run_index {
    unsigned char *firsts; /* malloc'ed */
    size_t count;
};

static postern_status read_index(struct database *database, const struct known_run *run,
                                 struct run_index *index, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status =
        database_query(database, error, &statement, "SELECT firsts FROM known_run WHERE id = ?1",
                       VALUES(value_integer(run->id)));
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0) return status;
    postern_text firsts = row ? column_bytes(statement, 0) : (postern_text){0};
    if (!(index->firsts = malloc(firsts.size + 1))) return error_no_memory(error, "for known ids");
    if (firsts.size) memcpy(index->firsts, firsts.data, firsts.size);
    index->count = firsts.size / FIRST_SIZE;
    return POSTERN_OK;
}

static uint64_t first_of(const struct run_index *index, size_t number)
{
    return fingerprint_of(index->firsts + number * FIRST_SIZE);
}

/* The block that would hold it; SIZE_MAX: none. */
static size_t block_of(const struct run_index *index, uint64_t fingerprint)
{
    size_t low = 0, high = index->count; /* the first one that begins behind it lies in [low, high] */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (first_of(index, middle) <= fingerprint)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static postern_status read_block(struct database *database, const struct known_run *run, size_t number,
                                 uint64_t list[KNOWN_BLOCK_COUNT], size_t *count, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    int64_t id = block_id(run->id, number);
    *count = 0;
    postern_status status =
        database_query(database, error, &statement, "SELECT block FROM known_block WHERE id = ?1",
                       VALUES(value_integer(id)));
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0) return status;
    status = row ? known_block_decode(column_bytes(statement, 0), list, count, error)
                 : error_set(error, POSTERN_E_PROTOCOL, "it is missing");
    return name_block(run, id, status, error);
}

static postern_status search_blocks(struct database *database, const struct known_run *run,
                                    const struct run_index *index, struct asked_fingerprint *const *asked,
                                    size_t count, postern_error *error)
{
    uint64_t list[KNOWN_BLOCK_COUNT];
    struct fingerprints block = {list, 0};
    size_t held = SIZE_MAX;
    postern_status damage = POSTERN_OK, status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < count; i++) {
        size_t wanted = block_of(index, asked[i]->fingerprint);
        if (wanted == SIZE_MAX) continue;
        if (wanted != held) {
            status = read_block(database, run, wanted, list, &block.count, error);
            held = wanted;
            if (status == POSTERN_E_PROTOCOL) { /* the other blocks still know what they know */
                damage = status;
                status = POSTERN_OK;
            }
        }
        if (fingerprints_have(&block, asked[i]->fingerprint)) asked[i]->found = true;
    }
    return status < 0 ? status : damage;
}

postern_status known_run_search(struct database *database, const struct known_run *run,
                                struct asked_fingerprint *const *asked, size_t count, postern_error *error)
{
    struct run_index index = {0};
    postern_status status = read_index(database, run, &index, error);
    if (status == POSTERN_OK && index.count == 0)
        status = error_set(error, POSTERN_E_PROTOCOL,
                           "remembered ids of stream %lld, run %lld are damaged: its index is missing",
                           (long long)run->stream_id, (long long)run->id);
    if (status == POSTERN_OK) status = search_blocks(database, run, &index, asked, count, error);
    free(index.firsts);
    return status;
}
