#include "deliver/bulk_retry.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "deliver/replay/given_up.h"
#include <stdlib.h>
#include <string.h>

#define PART_BYTES    ((int64_t)4 << 20) /* of one batch, or a single letter */
#define LISTING_LIMIT ((size_t)256 << 20)
#define FILTER_LIMIT  ((size_t)64 << 20)
#define COUNT_LETTERS 10000

struct bulk_retry {
    struct journal *journal;
    postern_arena *arena; /* the filter's */
    const struct dead_filter *filter;
    int64_t request_id;
    int64_t after, until; /* letters that are done; the last that was there at the beginning */
    struct retry_tally tally;
    struct given_up given_up;
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
    made->given_up.arena = made->arena;
    made->filter = made->arena ? dead_filter_read(filter, made->arena) : NULL;
    postern_status status = POSTERN_OK;
    if (!made->filter)
        status =
            error_set(error, POSTERN_E_INVALID, "this Postern does not understand which letters are meant");
    if (status >= 0 && progress) (void)retry_tally_read(progress, &made->tally, &made->after);
    made->tally.wanted = retry_tally_done(&made->tally);
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

/* Letters of the first one's delivery, as many as go into a batch; those that were taken are struck off. */
static postern_status gather(struct bulk_retry *bulk, struct dead_letter *letters, size_t count,
                             struct dead_retry *retry, postern_error *error)
{
    const char *delivery = letters[0].delivery;
    int64_t bytes = 0;
    bool any = false;
    for (size_t i = 0; i < count; i++) { /* which are no more than fit into a batch */
        if (letters[i].id == 0 || strcmp(letters[i].delivery, delivery) != 0) continue;
        bytes += letters[i].size;
        if (bytes > PART_BYTES && any) break;
        error->code = POSTERN_OK;
        if (!dead_retry_add(retry, bulk->journal, letters[i].id, error)) {
            if (error->code < 0) return error->code;
            bulk->tally.missing++;
        } else {
            any = true;
        }
        letters[i].id = 0;
    }
    return POSTERN_OK;
}

static struct retry_letters strike_off(struct dead_letter *letters, size_t count, const char *delivery)
{
    struct retry_letters struck = {0};
    for (size_t i = 0; i < count; i++) {
        if (letters[i].id == 0 || strcmp(letters[i].delivery, delivery) != 0) continue;
        retry_letters_add(&struck, letters[i].id);
        letters[i].id = 0;
    }
    return struck;
}

static bool are_left(const struct dead_letter *letters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (letters[i].id) return true;
    return false;
}

/* A part that failed as a whole leaves the others of its delivery alone, unless the sink is not there. */
static postern_status run(struct bulk_retry *bulk, struct deliverer *deliverer, struct dead_retry *retry,
                          const char *delivery, const struct retry_request *request, postern_error *error)
{
    struct retry_letters tried = dead_retry_letters(retry);
    struct retry_outcome outcome = {.tally = &bulk->tally, .error = ERROR_INIT};
    bool failed = deliverer_retry_letters(deliverer, retry, delivery, request, &outcome) < 0;
    if (failed && deliverer_is_told_to_stop(deliverer))
        return error_set(error, POSTERN_E_STOPPED, "%s", outcome.error.message);
    if (failed) retry_tally_fail_at(&bulk->tally, delivery, &outcome.error, &tried);
    return given_up_note(&bulk->given_up, delivery, outcome.answer, &outcome.error)
               ? POSTERN_OK
               : error_no_memory(error, NULL);
}

/* The first letter is one of a delivery. `last`: the number of the part's last letter. */
static postern_status retry_delivery(struct bulk_retry *bulk, struct deliverer *deliverer,
                                     struct dead_letter *letters, size_t count, int64_t last,
                                     postern_error *error)
{
    const char *delivery = letters[0].delivery;
    const postern_error *why = given_up_why(&bulk->given_up, delivery);
    if (why) {
        struct retry_letters left = strike_off(letters, count, delivery);
        retry_tally_leave(&bulk->tally, delivery, why, &left);
        return POSTERN_OK;
    }
    struct dead_retry *retry = dead_retry_new(delivery);
    if (!retry) return error_no_memory(error, NULL);
    postern_status status = gather(bulk, letters, count, retry, error);
    if (status < 0 || dead_retry_letters(retry).count == 0) {
        dead_retry_free(retry);
        return status;
    }
    struct retry_request request = {.id = bulk->request_id,
                                    .tally = bulk->tally,
                                    .after = are_left(letters, count) ? bulk->after : last,
                                    .from = bulk->after};
    return run(bulk, deliverer, retry, delivery, &request, error);
}

static postern_status retry_bytes(struct bulk_retry *bulk, struct dead_letter *letter,
                                  const struct bytes_retry *bytes, postern_error *error)
{
    postern_error failure = ERROR_INIT;
    int64_t id = letter->id;
    const struct retry_letters one = retry_letter(id);
    letter->id = 0;
    if (!bytes) {
        retry_tally_fail(&bulk->tally,
                         "it holds bytes that could not be read as events: there is nothing to deliver",
                         &one);
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
        retry_tally_fail(&bulk->tally, failure.message, &one);
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
        int64_t met = retry_tally_done(&bulk->tally);
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
    if (status >= 0 && tally->failed) {
        const struct retry_reason *why = &tally->failures.list[0];
        status = error_set(error, POSTERN_E_RETRY, "%s", why->text);
        error_remedy(error, "%s", why->remedy);
    }
    bulk_retry_free(bulk);
    return status;
}
