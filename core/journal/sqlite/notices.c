#include "journal/sqlite/notices.h"
#include "base/container.h"
#include "base/fnv1a.h"
#include "base/json.h"
#include "base/random.h"
#include "base/timestamp.h"
#include "journal/sqlite/store.h"

#define TEXT_LIMIT    ((size_t)8 << 10)
#define KEY_SIZE      320
#define WAITING_LIMIT 256
/* What was told of a subject so long ago is forgotten. */
#define TOLD_KEPT_MS ((int64_t)90 * 24 * 3600 * 1000)

struct notice_commit {
    struct journal_commit commit;
    struct journal *journal;
    struct stream_record stream;
    struct journal_page *pages; /* the one event; the commit's where it is news */
    enum notice_kind kind;
    int64_t words;
    int64_t number;                                              /* as they came */
    struct notice_commit *next;                                  /* of those that wait */
    enum { UNCOUNTED, COUNTED_TAKEN, COUNTED_LEFT_OUT } counted; /* in the hour, by the try under way */
    char account[RECORD_NAME_SIZE];
    struct buffer text; /* of the event, but for its end: its key is known when it is stored */
    struct buffer key;
    struct buffer former_key; /* before a stream's source was in it; empty = it is about no stream */
};

/* What the table remembers of a subject. */
struct remembered {
    struct told_notice told;
    char thread[KEY_SIZE]; /* the key under which its trouble began; "" = the one that it has */
};

void notices_start(struct notices *notices)
{
    *notices = (struct notices){0};
    pthread_mutex_init(&notices->lock, NULL);
}

static void free_notice(struct notice_commit *notice)
{
    journal_page_free(notice->pages);
    buffer_free(&notice->text);
    buffer_free(&notice->key);
    buffer_free(&notice->former_key);
    free(notice);
}

void notices_stop(struct notices *notices)
{
    for (struct notice_commit *each = notices->waiting, *next; each; each = next) {
        next = each->next;
        free_notice(each);
    }
    pthread_mutex_destroy(&notices->lock);
}

void journal_take_notices(struct journal *journal, const struct notice_settings *settings)
{
    pthread_mutex_lock(&journal->notices.lock);
    journal->notices.settings = *settings;
    pthread_mutex_unlock(&journal->notices.lock);
}

void notices_end(struct notices *notices)
{
    pthread_mutex_lock(&notices->lock);
    notices->settings.wanted = false;
    pthread_mutex_unlock(&notices->lock);
}

static struct notice_settings settings_of(struct journal *journal)
{
    pthread_mutex_lock(&journal->notices.lock);
    struct notice_settings settings = journal->notices.settings;
    pthread_mutex_unlock(&journal->notices.lock);
    return settings;
}

/* ---- The event ---- */

static void add_member(struct buffer *json, const char *name, const char *value)
{
    if (!value || !value[0]) return;
    buffer_printf(json, ",\"%s\":", name);
    json_write_string(json, text_of(value));
}

static void add_number(struct buffer *json, const char *name, int64_t number)
{
    if (number) buffer_printf(json, ",\"%s\":%lld", name, (long long)number);
}

static void write_event(struct buffer *json, const struct notice *notice, int64_t now_ms)
{
    const struct notice_trait *trait = notice_trait(notice->kind);
    char time[TIMESTAMP_SIZE];
    const char *slash = notice->subject ? strchr(notice->subject, '/') : NULL;
    buffer_printf(json, "{\"time\":\"%s\"", timestamp_iso(now_ms, time));
    add_member(json, "kind", trait->name);
    add_member(json, "severity", notice_severity(notice->kind));
    add_member(json, "account", notice->account);
    add_member(json, "source", notice->source);
    if (trait->subject) add_member(json, trait->subject, notice->subject);
    if (trait->subject && slash && strcmp(trait->subject, "delivery") == 0)
        add_member(json, "sink", slash + 1);
    add_member(json, "message", notice->message);
    add_member(json, "remedy", notice->remedy);
    add_number(json, "events", notice->events);
    add_number(json, "bytes", notice->bytes);
    if (notice->oldest_ms) add_member(json, "oldest", timestamp_iso(notice->oldest_ms, time));
}

/* Makes its page, with the key that `key` stands for. False if out of memory. */
static bool pack(struct notice_commit *notice, const char *key)
{
    _cleanup_(buffer_free) struct buffer json = {.limit = TEXT_LIMIT}, thread = {.limit = TEXT_LIMIT};
    struct page_builder *builder = page_builder_new(TEXT_LIMIT, 1);
    if (!builder) return false;
    notice_write_thread(key, &thread);
    buffer_append(&json, notice->text.data, notice->text.size);
    add_member(&json, "key", buffer_string(&thread));
    buffer_append_byte(&json, '}');
    struct journal_event event = {.time_ms = notice->commit.received_ms,
                                  .type = text_of(notice_trait(notice->kind)->name),
                                  .json = buffer_text(&json)};
    random_system()->fill(random_system(), event.id, sizeof event.id);
    bool added = !json.failed && !thread.failed && page_builder_add(builder, &event);
    struct journal_page *pages = added ? page_builder_take(builder) : NULL;
    page_builder_free(builder);
    if (!pages || pages == journal_page_out_of_memory()) return false;
    journal_page_free(notice->pages);
    notice->pages = pages;
    return true;
}

/* ---- Handing it over; any thread ---- */

/* In their order: a later one is no news, or news, by what was told before it. */
static void wait_in_order(struct notices *notices, struct notice_commit *notice)
{
    struct notice_commit **at = &notices->waiting;
    if (notices->waiting_count >= WAITING_LIMIT) {
        notices->hour.left_out++;
        free_notice(notice);
        return;
    }
    while (*at && (*at)->number < notice->number)
        at = &(*at)->next;
    notice->next = *at;
    *at = notice;
    notices->waiting_count++;
}

static void send(struct journal *journal, struct notice_commit *notice)
{
    journal->notices.on_their_way++;
    journal_submit(journal, &notice->commit);
}

static bool comes_again(postern_status status)
{
    return status == POSTERN_E_LIMIT || status == POSTERN_E_IO || status == POSTERN_E_MEMORY;
}

static void stored(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    (void)error;
    struct notice_commit *notice = CONTAINER_OF(commit, struct notice_commit, commit);
    struct notices *notices = &notice->journal->notices;
    pthread_mutex_lock(&notices->lock);
    notices->on_their_way--;
    notices->group_has_failed = false;
    if (status < 0 && notice->counted)
        notice_hour_gives_back(&notices->hour, notice->kind, notice->counted == COUNTED_TAKEN);
    if (comes_again(status))
        wait_in_order(notices, notice);
    else
        free_notice(notice);
    pthread_mutex_unlock(&notices->lock);
}

static struct notice_commit *new_notice(struct journal *journal, const struct notice *notice)
{
    struct notice_commit *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    int64_t now = clock_wall_ms(journal->clock);
    made->key.limit = made->former_key.limit = KEY_SIZE - 1;
    made->text.limit = TEXT_LIMIT;
    notice_write_key(notice->kind, notice->account, notice->source, notice->subject, &made->key);
    if (notice->source)
        notice_write_key(notice->kind, notice->account, NULL, notice->subject, &made->former_key);
    write_event(&made->text, notice, now);
    text_to_string(text_of(notice->account ? notice->account : NOTICE_ACCOUNT), made->account,
                   sizeof made->account);
    made->journal = journal;
    made->kind = notice->kind;
    made->words = (int64_t)fnv1a(FNV1A_START, text_of(notice->fact ? notice->fact : notice->message));
    made->stream = (struct stream_record){.account = made->account,
                                          .source = NOTICE_SOURCE,
                                          .name = NOTICE_SOURCE,
                                          .kind = POSTERN_STREAM_PUSH};
    made->commit = (struct journal_commit){
        .stream = &made->stream, .stream_stays = true, .received_ms = now, .notice = made, .done = stored};
    bool failed = made->key.failed || made->former_key.failed || made->text.failed;
    if (!failed && pack(made, buffer_string(&made->key))) return made;
    free_notice(made);
    return NULL;
}

bool notice_emit(struct journal *journal, const struct notice *notice)
{
    if (!journal || is_reader(journal)) return false;
    struct notices *notices = &journal->notices;
    struct notice_settings settings = settings_of(journal);
    if (!settings.wanted) return false;
    if (notice->since_ms && clock_wall_ms(journal->clock) - notice->since_ms < settings.after_ms)
        return false;
    struct notice_commit *made = new_notice(journal, notice);
    pthread_mutex_lock(&notices->lock);
    if (!made)
        notices->hour.left_out++;
    else {
        made->number = ++notices->numbers;
        if (notices->waiting)
            wait_in_order(notices, made);
        else
            send(journal, made);
    }
    pthread_mutex_unlock(&notices->lock);
    return true;
}

/* A journal that is full of events has room for notices. */
static bool takes_notices(struct journal *journal)
{
    pthread_mutex_lock(&journal->space_lock);
    enum space_kind kind = journal->space_shown.kind;
    pthread_mutex_unlock(&journal->space_lock);
    return !atomic_load(&journal->held.lost) && (kind == SPACE_FINE || kind == SPACE_JOURNAL_FULL);
}

int64_t journal_submit_notices(struct journal *journal)
{
    struct notices *notices = &journal->notices;
    bool takes = takes_notices(journal);
    pthread_mutex_lock(&notices->lock);
    bool goes = takes && !notices->on_their_way;
    struct notice_commit *waiting = goes ? STEAL_POINTER(notices->waiting) : NULL;
    if (goes) notices->waiting_count = 0;
    for (struct notice_commit *each = waiting, *next; each; each = next) {
        next = each->next;
        send(journal, each);
    }
    int64_t left_out = notice_hour_left_out(&notices->hour, clock_monotonic_ms(journal->clock));
    pthread_mutex_unlock(&notices->lock);
    return left_out;
}

/* ---- Storing; writer thread ---- */

static postern_status read_told(struct database *database, const char *key, struct remembered *remembered,
                                postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(database, error, &statement,
                                           "SELECT kind, words, told_ms, thread FROM notice WHERE key = ?1",
                                           VALUES(value_string(key)));
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    int64_t kind = status == POSTERN_OK && row ? sqlite3_column_int64(statement, 0) : NOTICE_NONE;
    if (kind <= NOTICE_NONE || kind >= NOTICE_KINDS) return status; /* or a later Postern's */
    remembered->told = (struct told_notice){(enum notice_kind)kind, sqlite3_column_int64(statement, 1),
                                            sqlite3_column_int64(statement, 2)};
    column_string(statement, 3, remembered->thread, sizeof remembered->thread);
    return status;
}

/* What an older Postern has told of a stream stands under the former key, and goes on under the new one. */
static postern_status recall(struct database *database, struct notice_commit *notice,
                             struct remembered *remembered, bool *is_former, postern_error *error)
{
    postern_status status = read_told(database, buffer_string(&notice->key), remembered, error);
    *is_former = false;
    if (status < 0 || remembered->told.kind != NOTICE_NONE || !notice->former_key.size) return status;
    status = read_told(database, buffer_string(&notice->former_key), remembered, error);
    *is_former = remembered->told.kind != NOTICE_NONE;
    if (*is_former && !remembered->thread[0])
        text_to_string(buffer_text(&notice->former_key), remembered->thread, sizeof remembered->thread);
    return status;
}

static postern_status remember(struct database *database, struct notice_commit *notice,
                               const struct remembered *before, int64_t now_ms, postern_error *error)
{
    return database_run(database, error,
                        "INSERT OR REPLACE INTO notice (key, kind, words, told_ms, thread)"
                        " VALUES (?1, ?2, ?3, ?4, ?5)",
                        VALUES(value_string(buffer_string(&notice->key)), value_integer(notice->kind),
                               value_integer(notice->words), value_integer(now_ms),
                               value_string(notice_goes_on(&before->told) ? before->thread : "")));
}

static bool must_wait(struct notices *notices)
{
    pthread_mutex_lock(&notices->lock);
    bool must = notices->group_has_failed || notices->waiting;
    pthread_mutex_unlock(&notices->lock);
    return must;
}

static bool is_worth_it(struct journal *journal, struct notice_commit *notice, const struct told_notice *told,
                        int64_t now_ms)
{
    struct notices *notices = &journal->notices;
    const struct notice_settings settings = settings_of(journal);
    if (!notice_is_news(told, notice->kind, notice->words, now_ms, settings.repeat_ms)) return false;
    if (notice_is_good_end(told, notice->kind)) return true;
    pthread_mutex_lock(&notices->lock);
    bool taken = notice_hour_takes(&notices->hour, notice->kind, clock_monotonic_ms(journal->clock),
                                   settings.per_hour);
    pthread_mutex_unlock(&notices->lock);
    notice->counted = taken ? COUNTED_TAKEN : COUNTED_LEFT_OUT;
    return taken;
}

static postern_status find_stream(struct journal *journal, struct notice_commit *notice, postern_error *error)
{
    struct database *database = &journal->writer.database;
    const char *account = notice->account;
    postern_status status =
        database_run(database, error,
                     "INSERT INTO account (key, name, added_ms, status, status_since_ms)"
                     " VALUES (randomblob(16), ?1, ?2, ?3, ?2) ON CONFLICT (name) DO NOTHING",
                     VALUES(value_string(account), value_integer(notice->commit.received_ms),
                            value_string(account_status_name(ACCOUNT_PENDING))));
    if (status == POSTERN_OK)
        status = database_run(database, error,
                              "INSERT INTO stream (account_id, source, name, kind, state)"
                              " SELECT id, ?2, ?2, ?3, ?4 FROM account WHERE name = ?1"
                              " ON CONFLICT (account_id, source, name) DO NOTHING",
                              VALUES(value_string(account), value_string(NOTICE_SOURCE),
                                     value_integer(notice->stream.kind),
                                     value_string(stream_state_name(STREAM_OK))));
    if (status < 0) return status;
    return database_number(database, error, 0, &notice->stream.id,
                           "SELECT s.id FROM stream s JOIN account a ON a.id = s.account_id"
                           " WHERE a.name = ?1 AND s.source = ?2",
                           VALUES(value_string(account), value_string(NOTICE_SOURCE)));
}

postern_status notice_admit(struct journal *journal, struct notice_commit *notice, postern_error *error)
{
    struct database *database = &journal->writer.database;
    struct remembered before = {0};
    bool is_former = false;
    int64_t now = forget_clock_now(&journal->forget_clock);
    notice->commit.pages = NULL;
    notice->counted = UNCOUNTED;
    if (journal->notices.memory_is_damaged)
        return error_set(error, POSTERN_E_INVALID, "what was told before cannot be read");
    if (must_wait(&journal->notices))
        return error_set(error, POSTERN_E_LIMIT, "a notice before it could not be stored yet");
    postern_status status = recall(database, notice, &before, &is_former, error);
    if (status < 0 || !is_worth_it(journal, notice, &before.told, now)) return status;
    if (before.thread[0] && notice_goes_on(&before.told) && !pack(notice, before.thread))
        return error_no_memory(error, NULL);
    notice->commit.pages = notice->pages;
    status = find_stream(journal, notice, error);
    if (status == POSTERN_OK) status = remember(database, notice, &before, now, error);
    if (status == POSTERN_OK && is_former)
        status = database_run(database, error, "DELETE FROM notice WHERE key = ?1",
                              VALUES(value_string(buffer_string(&notice->former_key))));
    if (status < 0) return status;
    return database_run(database, error, "DELETE FROM notice WHERE told_ms < ?1",
                        VALUES(value_integer(now - TOLD_KEPT_MS)));
}

void notices_give_up(struct journal *journal, const char *why)
{
    char message[320];
    snprintf(message, sizeof message, "what was told before cannot be read, so none is stored: %s", why);
    log_write(POSTERN_LOG_ERROR, "notices", "%s", message);
    journal->notices.memory_is_damaged = true;
}

/* SQLite gives up the whole transaction in which it found damage: once, since it is not touched again. */
postern_status notice_failed(struct journal *journal, postern_status failed, const postern_error *error)
{
    if (failed == POSTERN_E_IO && journal->writer.database.is_damaged) {
        notices_give_up(journal, error->message);
        return POSTERN_E_INVALID;
    }
    pthread_mutex_lock(&journal->notices.lock);
    journal->notices.group_has_failed |= comes_again(failed);
    pthread_mutex_unlock(&journal->notices.lock);
    return failed;
}
