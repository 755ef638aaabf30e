#include "deliver/bulk_retry.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PART_BYTES    ((int64_t)4 << 20) /* of one batch, or a single letter */
#define LISTING_LIMIT ((size_t)256 << 20)
#define FILTER_LIMIT  ((size_t)64 << 20)
#define COUNT_LETTERS 10000
#define MOST_GIVEN_UP 64

struct bulk_retry {
    struct journal *journal;
    postern_arena *arena; /* the filter's */
    const struct dead_filter *filter;
    int64_t request_id;
    int64_t after, until; /* letters that are done; the last that was there at the beginning */
    struct retry_tally tally;
    /* Deliveries whose sink fails: one try is enough. */
    struct given_up {
        char delivery[sizeof((struct dead_letter){0}.delivery)];
        char reason[RETRY_REASON_SIZE];
    } given_up[MOST_GIVEN_UP];
    size_t given_up_count;
};

/* ---- Beginning ---- */

static postern_status count_letters(struct bulk_retry *bulk, postern_error *error)
{
    for (int64_t after = bulk->after;;) {
        _cleanup_(arena_freep) postern_arena *arena = arena_new(LISTING_LIMIT);
        struct dead_letter *letters = NULL;
        size_t count = 0;
        if (!arena) return error_no_memory(error, NULL);
        postern_status status = journal_dead_find(bulk->journal, arena, bulk->filter, after, COUNT_LETTERS,
                                                  false, &letters, &count, error);
        if (status < 0 || count == 0) return status;
        bulk->tally.wanted += (int64_t)count;
        after = bulk->until = letters[count - 1].id;
    }
}

postern_status bulk_retry_new(struct journal *journal, const char *filter, int64_t request_id,
                              const char *progress, struct bulk_retry **bulk, postern_error *error)
{
    struct bulk_retry *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    made->journal = journal;
    made->request_id = request_id;
    made->arena = arena_new(FILTER_LIMIT);
    made->filter = made->arena ? dead_filter_read(filter, made->arena) : NULL;
    postern_status status = POSTERN_OK;
    if (!made->filter)
        status =
            error_set(error, POSTERN_E_INVALID, "this Postern does not understand which letters are meant");
    if (status >= 0 && progress) (void)retry_tally_read(progress, &made->tally, &made->after);
    made->tally.wanted = made->tally.delivered + made->tally.failed;
    if (status >= 0) status = count_letters(made, error);
    if (status >= 0 && made->filter->ids) made->tally.wanted = (int64_t)made->filter->id_count;
    if (status < 0)
        bulk_retry_free(made);
    else
        *bulk = made;
    return status;
}

void bulk_retry_free(struct bulk_retry *bulk)
{
    if (!bulk) return;
    arena_free(bulk->arena);
    free(bulk);
}

const struct retry_tally *bulk_retry_tally(const struct bulk_retry *bulk)
{
    return &bulk->tally;
}

char *bulk_retry_outcome(const struct bulk_retry *bulk)
{
    return retry_tally_write(&bulk->tally, bulk->after);
}

/* ---- A part ---- */

static const char *given_up_for(const struct bulk_retry *bulk, const char *delivery)
{
    for (size_t i = 0; i < bulk->given_up_count; i++)
        if (strcmp(bulk->given_up[i].delivery, delivery) == 0) return bulk->given_up[i].reason;
    return NULL;
}

static void give_up(struct bulk_retry *bulk, const char *delivery, const char *reason, size_t count)
{
    retry_tally_fail(&bulk->tally, reason, (int64_t)count);
    if (bulk->given_up_count == MOST_GIVEN_UP || given_up_for(bulk, delivery)) return;
    struct given_up *given_up = &bulk->given_up[bulk->given_up_count++];
    snprintf(given_up->delivery, sizeof given_up->delivery, "%s", delivery);
    text_to_string(text_of(reason), given_up->reason, sizeof given_up->reason);
}

/* Letters of the first one's delivery, as many as go into a batch; those that were taken are struck off. */
static postern_status gather(struct bulk_retry *bulk, struct dead_letter *letters, size_t count,
                             struct dead_retry *retry, postern_error *error)
{
    const char *delivery = letters[0].delivery;
    int64_t bytes = 0;
    for (size_t i = 0; i < count && dead_retry_count(retry) < RETRY_LETTERS; i++) {
        if (letters[i].id == 0 || strcmp(letters[i].delivery, delivery) != 0) continue;
        bytes += letters[i].size;
        if (bytes > PART_BYTES && dead_retry_count(retry)) break;
        error->code = POSTERN_OK;
        if (!dead_retry_add(retry, bulk->journal, letters[i].id, error)) {
            if (error->code < 0) return error->code;
            bulk->tally.missing++;
        }
        letters[i].id = 0;
    }
    return POSTERN_OK;
}

static size_t strike_off(struct dead_letter *letters, size_t count, const char *delivery)
{
    size_t struck = 0;
    for (size_t i = 0; i < count; i++) {
        if (letters[i].id == 0 || strcmp(letters[i].delivery, delivery) != 0) continue;
        letters[i].id = 0;
        struck++;
    }
    return struck;
}

static bool are_left(const struct dead_letter *letters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (letters[i].id) return true;
    return false;
}

/* The first letter is one of a delivery. `last`: the number of the part's last letter. */
static postern_status retry_delivery(struct bulk_retry *bulk, struct deliverer *deliverer,
                                     struct dead_letter *letters, size_t count, int64_t last,
                                     postern_error *error)
{
    const char *delivery = letters[0].delivery, *reason = given_up_for(bulk, delivery);
    if (reason) {
        retry_tally_fail(&bulk->tally, reason, (int64_t)strike_off(letters, count, delivery));
        return POSTERN_OK;
    }
    struct dead_retry *retry = dead_retry_new(delivery);
    if (!retry) return error_no_memory(error, NULL);
    postern_status status = gather(bulk, letters, count, retry, error);
    size_t gathered = dead_retry_count(retry);
    if (status < 0 || gathered == 0) {
        dead_retry_free(retry);
        return status;
    }
    postern_error failure = ERROR_INIT;
    struct retry_request request = {.id = bulk->request_id,
                                    .tally = bulk->tally,
                                    .after = are_left(letters, count) ? bulk->after : last,
                                    .from = bulk->after};
    if (deliverer_retry_letters(deliverer, retry, delivery, &request, &bulk->tally, &failure) >= 0)
        return POSTERN_OK;
    if (deliverer_is_told_to_stop(deliverer))
        return error_set(error, POSTERN_E_STOPPED, "%s", failure.message);
    give_up(bulk, delivery, failure.message, gathered);
    return POSTERN_OK;
}

static postern_status retry_bytes(struct bulk_retry *bulk, struct dead_letter *letter,
                                  const struct bytes_retry *bytes, postern_error *error)
{
    postern_error failure = ERROR_INIT;
    int64_t id = letter->id;
    letter->id = 0;
    if (!bytes) {
        retry_tally_fail(&bulk->tally,
                         "it holds bytes that could not be read as events: there is nothing to deliver", 1);
        return POSTERN_OK;
    }
    _cleanup_(arena_freep) postern_arena *arena = arena_new(LISTING_LIMIT);
    struct dead_letter *found = NULL;
    size_t count = 0;
    if (!arena) return error_no_memory(error, NULL);
    postern_status status = journal_dead_list(bulk->journal, arena, id - 1, 1, true, &found, &count, error);
    if (status < 0) return status;
    if (count == 0 || found->id != id)
        bulk->tally.missing++;
    else if (bytes->run(bytes->context, found, &failure) >= 0)
        bulk->tally.delivered++;
    else
        retry_tally_fail(&bulk->tally, failure.message, 1);
    return POSTERN_OK;
}

static postern_status note_progress(struct bulk_retry *bulk, postern_error *error)
{
    if (!bulk->request_id) return POSTERN_OK;
    _cleanup_(freep) char *progress = retry_tally_write(&bulk->tally, bulk->after);
    if (!progress) return error_no_memory(error, NULL);
    struct journal_commit commit = {.request_id = bulk->request_id, .request_progress = progress};
    return journal_commit_now(bulk->journal, &commit, error);
}

static postern_status retry_part(struct bulk_retry *bulk, struct deliverer *deliverer,
                                 const struct bytes_retry *bytes, struct dead_letter *letters, size_t count,
                                 postern_error *error)
{
    int64_t last = letters[count - 1].id;
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < count && status >= 0; i++) {
        while (letters[i].id && status >= 0)
            status = letters[i].delivery[0]
                         ? retry_delivery(bulk, deliverer, letters + i, count - i, last, error)
                         : retry_bytes(bulk, &letters[i], bytes, error);
    }
    if (status < 0) return status;
    bulk->after = last;
    return note_progress(bulk, error);
}

bool bulk_retry_step(struct bulk_retry *bulk, struct deliverer *deliverer, const struct bytes_retry *bytes,
                     postern_error *error)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(LISTING_LIMIT);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    if (!arena) return error_no_memory(error, NULL), false;
    postern_status status = journal_dead_find(bulk->journal, arena, bulk->filter, bulk->after, RETRY_LETTERS,
                                              false, &letters, &count, error);
    if (status < 0) return false;
    while (count && letters[count - 1].id > bulk->until)
        count--;
    if (count) return retry_part(bulk, deliverer, bytes, letters, count, error) >= 0;
    if (bulk->filter->ids) {
        int64_t met = bulk->tally.delivered + bulk->tally.failed;
        bulk->tally.missing = bulk->tally.wanted > met ? bulk->tally.wanted - met : 0;
    }
    return false;
}

/* ---- One ---- */

postern_status retry_one(struct deliverer *deliverer, struct journal *journal, int64_t letter_id,
                         postern_error *error)
{
    struct bulk_retry *bulk = NULL;
    _cleanup_(freep) char *filter =
        dead_filter_write(&(struct dead_filter){.ids = &letter_id, .id_count = 1});
    if (!filter) return error_no_memory(error, NULL);
    postern_status status = bulk_retry_new(journal, filter, 0, NULL, &bulk, error);
    if (status < 0) return status;
    error->code = POSTERN_OK;
    while (bulk_retry_step(bulk, deliverer, NULL, error))
        ;
    const struct retry_tally *tally = &bulk->tally;
    status = error->code == POSTERN_E_STOPPED ? POSTERN_E_RETRY : error->code;
    if (status >= 0 && tally->missing)
        status = error_set(error, POSTERN_E_INVALID, "there is no dead letter %lld", (long long)letter_id);
    else if (status >= 0 && tally->failed)
        status = error_set(error, POSTERN_E_RETRY, "%s", tally->reasons[0].text);
    bulk_retry_free(bulk);
    return status;
}
