#include "journal/sqlite/dead_gone.h"
#include "base/plural.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/store.h"

/* The stream's letter as it stands; id 0 = there is none yet. */
struct gone_letter {
    int64_t id, count, bytes, first_ms, size;
};

static postern_status find(struct database *database, const struct dead_letter *like,
                           struct gone_letter *letter, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(
        database, error, &statement,
        "SELECT id, gone, gone_bytes, received_ms, bytes FROM dead_letter"
        " WHERE gone > 0 AND account = ?1 AND source = ?2 AND stream = ?3",
        VALUES(value_string(like->account), value_string(like->source), value_string(like->stream)));
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0 || !row) return status;
    *letter = (struct gone_letter){
        sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
        sqlite3_column_int64(statement, 2), sqlite3_column_int64(statement, 3),
        sqlite3_column_int64(statement, 4),
    };
    return POSTERN_OK;
}

static postern_status insert(struct journal *journal, const struct dead_letter *like,
                             struct gone_letter *letter, postern_error *error)
{
    struct database *database = &journal->writer.database;
    postern_status status = database_run(
        database, error,
        "INSERT INTO dead_letter (bytes, created_ms, account, source, stream, delivery, stage, event_id, "
        "type, received_ms, time_ms, retries, reason, gone)"
        " VALUES (0, ?1, ?2, ?3, ?4, '', ?5, zeroblob(16), '', ?6, 0, 0, '', 1)",
        VALUES(value_integer(clock_wall_ms(journal->clock)), value_string(like->account),
               value_string(like->source), value_string(like->stream),
               value_string(dead_stage_name(like->stage)), value_integer(like->received_ms)));
    if (status < 0) return status;
    *letter = (struct gone_letter){.id = sqlite3_last_insert_rowid(database->handle),
                                   .first_ms = like->received_ms};
    journal->writer.group_dead.count++;
    return database_run(database, error, "INSERT INTO dead_letter_body (id, body) VALUES (?1, x'')",
                        VALUES(value_integer(letter->id)));
}

/* What was full. */
static const char *limit_words(const struct journal *journal, const struct dead_gone *gone, char words[96])
{
    char limit[32];
    size_format(journal->settings.dead_limit, limit);
    if (gone->of_account)
        snprintf(words, 96, "for the account (journal.dead_account_share %lld percent of %s)",
                 (long long)journal->settings.dead_account_share, limit);
    else
        snprintf(words, 96, "(journal.dead_limit %s)", limit);
    return words;
}

static void describe(const struct journal *journal, const struct dead_gone *gone,
                     const struct gone_letter *letter, char reason[512])
{
    char limit[96], from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE];
    snprintf(reason, 512,
             "%lld that could not be read (%lld byte%s) %s not kept, because the dead letters were full "
             "%s; received from %s to %s; the last of them: %.200s",
             (long long)letter->count, (long long)letter->bytes, plural(letter->bytes),
             letter->count == 1 ? "was" : "were", limit_words(journal, gone, limit),
             timestamp_iso(letter->first_ms, from), timestamp_iso(gone->letter->received_ms, until),
             gone->letter->reason ? gone->letter->reason : "");
}

/* Once for each such letter, however much goes on being counted in it; again when `repeat` is over. */
static void say(struct journal *journal, const struct dead_gone *gone, const struct gone_letter *letter)
{
    char fact[32], limit[96], message[320];
    snprintf(fact, sizeof fact, "%lld", (long long)letter->id);
    snprintf(message, sizeof message,
             "the dead letters are full %s: %lld more that could not be read (%lld byte%s) %s counted and "
             "not kept, %lld up to now; collecting goes on",
             limit_words(journal, gone, limit), (long long)gone->count, (long long)gone->bytes,
             plural(gone->bytes), plural_are(gone->count), (long long)letter->count);
    notice_say(journal, &(struct notice){.kind = NOTICE_DEAD_LETTERS_NOT_KEPT,
                                         .account = gone->letter->account,
                                         .source = gone->letter->source,
                                         .subject = gone->letter->stream,
                                         .message = message,
                                         .remedy = "see `postern dead list`; `postern dead drop` makes "
                                                   "room, or raise their limit",
                                         .fact = fact,
                                         .events = letter->count,
                                         .bytes = letter->bytes,
                                         .oldest_ms = letter->first_ms});
}

postern_status dead_gone_add(struct journal *journal, const struct dead_gone *gone, postern_error *error)
{
    struct database *database = &journal->writer.database;
    struct gone_letter letter = {0};
    char reason[512];
    postern_status status = find(database, gone->letter, &letter, error);
    if (status == POSTERN_OK && !letter.id) status = insert(journal, gone->letter, &letter, error);
    if (status < 0) return status;
    letter.count += gone->count;
    letter.bytes += gone->bytes;
    describe(journal, gone, &letter, reason);
    int64_t size = LETTER_OVERHEAD + (int64_t)strlen(reason);
    status = database_run(
        database, error,
        "UPDATE dead_letter SET gone = ?2, gone_bytes = ?3, reason = ?4, bytes = ?5 WHERE id = ?1",
        VALUES(value_integer(letter.id), value_integer(letter.count), value_integer(letter.bytes),
               value_string(reason), value_integer(size)));
    if (status < 0) return status;
    journal->writer.group_dead.bytes += size - letter.size;
    say(journal, gone, &letter);
    return POSTERN_OK;
}
