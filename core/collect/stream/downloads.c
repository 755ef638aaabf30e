#include "collect/stream/downloads.h"

#include "base/error.h"
#include "base/smaller.h"
#include "base/text.h"
#include "base/units.h"
#include "collect/stream/account.h"
#include "collect/stream/download_order.h"
#include "collect/stream/download_trouble.h"
#include "collect/stream/exchange_trouble.h"
#include "collect/stream/memory.h"
#include "collect/stream/next_request.h"
#include "collect/stream/page_commit.h"
#include "collect/stream/request.h"
#include "collect/stream/state.h"

#include <stdlib.h>
#include <string.h>

struct downloads {
    struct stream *stream;
    const struct downloads_end *end;
    struct answer *page; /* the answer that named them */
    struct download_order order;
    size_t next;                               /* of `order`: the next to be fetched */
    size_t left;                               /* not done yet */
    struct request *under_way[DOWNLOADS_MOST]; /* NULL = free */
    struct request *fetched[DOWNLOADS_MOST];   /* waiting to be read, oldest first */
    size_t fetched_count;
    int64_t turn_ms; /* monotonic; when the next may be fetched, taken of the account; 0 = none taken */
    bool reading;    /* one is being read or committed */
    uint64_t trying; /* which one, as file_tries.h calls it */
    bool is_dead;    /* its link was */
    bool any_came;   /* a file was to be had */
    bool damaged;    /* a file was; `trouble` says how, and the others go on */
    bool broken;     /* `trouble` ends this page: nothing more is fetched, what has come is read */
    bool unkept;     /* nor is that, for what was read could not be kept */
    struct trouble trouble;
};

static void advance(struct downloads *downloads);

/* ---- The budget --------------------------------------------------------------------------------- */

static size_t held(const struct downloads *downloads)
{
    size_t count = downloads->fetched_count + downloads->reading;
    for (size_t i = 0; i < DOWNLOADS_MOST; i++)
        count += downloads->under_way[i] != NULL;
    return count;
}

/* What the vendor says of its size is believed within the bounds of what can come. */
static int64_t reserved_for(const struct downloads *downloads, size_t index)
{
    int64_t said = downloads->page->downloads[index].bytes;
    int64_t most = downloads->stream->shared->download_limits.largest;
    if (said <= 0) return smaller(DOWNLOAD_GUESS, most);
    return smaller(larger(said, DOWNLOAD_LEAST), most);
}

static uint64_t key_of(const struct downloads *downloads, size_t index)
{
    return file_tries_key(downloads->page->downloads[index].key);
}

static bool may_fetch(const struct downloads *downloads)
{
    const struct stream_shared *shared = downloads->stream->shared;
    if (held(downloads) == 0) return true;
    return held(downloads) < shared->download_limits.at_once &&
           shared->download_bytes + reserved_for(downloads, downloads->order.places[downloads->next].index) <=
               shared->download_limits.budget;
}

/* False if the turn is yet to come: the stream's timer rings then, and advances. */
static bool has_turn(struct downloads *downloads)
{
    struct stream *stream = downloads->stream;
    if (!downloads->turn_ms) downloads->turn_ms = account_take_turn(stream->account);
    if (downloads->turn_ms <= stream_now_ms(stream)) return true;
    stream_wake_at(stream, downloads->turn_ms);
    return false;
}

static int64_t size_of(const struct request *request)
{
    return (int64_t)request->exchange.answer_body.size;
}

static void drop_fetched(struct downloads *downloads, struct request *request)
{
    downloads->stream->shared->download_bytes -= size_of(request);
    request_free(request);
}

/* ---- Ending ------------------------------------------------------------------------------------- */

void downloads_free(struct downloads *downloads)
{
    if (!downloads) return;
    for (size_t i = 0; i < downloads->fetched_count; i++)
        drop_fetched(downloads, downloads->fetched[i]);
    answer_free(downloads->page);
    free(downloads->order.places);
    free(downloads);
}

void downloads_pause(struct downloads *downloads)
{
    struct stream *stream = downloads->stream;
    for (size_t i = 0; i < DOWNLOADS_MOST; i++) {
        if (!downloads->under_way[i]) continue;
        stream->shared->download_bytes -= reserved_for(downloads, downloads->under_way[i]->index);
        request_detach(downloads->under_way[i]);
        downloads->under_way[i] = NULL;
    }
    if (downloads->reading) return; /* freed when that has come back */
    stream->downloads = NULL;
    stream->phase = PHASE_RESTING;
    downloads_free(downloads);
}

/* Where the page has no other file, another one of the account since the last go shows that files come. */
static void end_go(const struct downloads *downloads, struct file_tries *tries)
{
    const struct stream *stream = downloads->stream;
    bool others_came = downloads->any_came;
    if (!downloads->broken) {
        file_tries_forget(tries);
        return;
    }
    if (downloads->order.is_alone) others_came = stream->account->files_came != tries->files_came;
    tries->files_came = stream->account->files_came;
    file_tries_end_go(tries, others_came, stream_now_ms(stream), stream_settings(stream)->give_up_file_ms);
}

static void end(struct downloads *downloads)
{
    struct stream *stream = downloads->stream;
    struct answer *page = downloads->page;
    struct trouble trouble = downloads->trouble;
    trouble.raises_attempt = false; /* a file was damaged and not its page, which has tries of its own */
    bool broken = downloads->broken;
    const struct downloads_end *how = downloads->end;
    stream->downloads = NULL;
    stream->phase = PHASE_RESTING;
    if (!broken) downloads->page = NULL;
    if (stream->memory) end_go(downloads, &stream->memory->file_tries);
    downloads_free(downloads);
    if (broken)
        how->broken(stream, &trouble);
    else
        how->complete(stream, page);
}

static void break_off(struct downloads *downloads, const struct trouble *trouble)
{
    if (downloads->broken) return;
    downloads->broken = true;
    downloads->trouble = *trouble;
}

static void give_up_reading(struct downloads *downloads, const struct trouble *trouble)
{
    break_off(downloads, trouble);
    downloads->unkept = true;
}

/* ---- Reading and committing --------------------------------------------------------------------- */

static void come_back(struct downloads *downloads)
{
    struct activity *activity = &downloads->stream->shared->activity;
    downloads->reading = false;
    if (activity->running) {
        advance(downloads);
    } else {
        downloads_pause(downloads);
    }
    activity_done(activity);
}

static void file_stored(struct page_commit *commit)
{
    struct stream *stream = commit->stream;
    struct downloads *downloads = stream->downloads;
    if (commit->status < 0) {
        struct trouble trouble;
        trouble_of_commit(&commit->error, commit->status, &trouble);
        give_up_reading(downloads, &trouble);
    } else {
        page_commit_apply(commit);
        downloads->left--;
    }
    page_commit_free(commit);
    come_back(downloads);
}

/* Commits the events of a file together with its being done. The busy mark of reading goes over to the
 * commit. */
static void store_file(struct downloads *downloads, struct answer *answer)
{
    struct page_commit *commit = page_commit_new(downloads->stream);
    if (!commit) {
        struct trouble trouble = {.error = ERROR_INIT};
        error_no_memory(&trouble.error, NULL);
        answer_free(answer);
        give_up_reading(downloads, &trouble);
        come_back(downloads);
        return;
    }
    page_commit_add_answer(commit, answer);
    page_commit_send(commit, file_stored);
}

/* What was understood counts for nothing, nor does what could not be kept. */
static void count_try(const struct downloads *downloads)
{
    struct file_tries *tries = stream_file_tries(downloads->stream);
    if (downloads->is_dead)
        file_tries_count_dead(tries, downloads->trying);
    else
        file_tries_count_damaged(tries, downloads->trying);
}

static void try_stored(struct page_commit *commit)
{
    struct downloads *downloads = commit->stream->downloads;
    if (commit->status >= 0) {
        page_commit_apply(commit);
        count_try(downloads);
    } else {
        struct trouble trouble;
        trouble_of_commit(&commit->error, commit->status, &trouble);
        downloads->damaged = false; /* nothing of it is kept: it does not count */
        give_up_reading(downloads, &trouble);
    }
    page_commit_free(commit);
    come_back(downloads);
}

/* Commits what is whole in a damaged file. The other files go on: each is to have its tries. */
static void store_try(struct downloads *downloads, struct answer *answer, const struct trouble *trouble)
{
    struct page_commit *commit = page_commit_new(downloads->stream);
    if (!downloads->damaged && !downloads->broken) downloads->trouble = *trouble;
    downloads->damaged = commit != NULL;
    if (commit) {
        page_commit_add_events(commit, answer);
        page_commit_send(commit, try_stored);
        return;
    }
    answer_free(answer);
    give_up_reading(downloads, trouble);
    come_back(downloads);
}

static void file_was_read(struct answer *answer)
{
    struct stream *stream = answer->context;
    struct downloads *downloads = stream->downloads;
    stream->shared->download_bytes -= size_of(answer->request);
    stream_count_steps(stream, answer);
    if (answer->status >= 0) {
        store_file(downloads, answer);
        return;
    }
    struct trouble trouble;
    trouble_of_answer(answer, &trouble);
    if (!answer->step_failed &&
        trouble.reaction !=
            REACTION_RETRY) { /* what a file store says is no news about the account or the stream */
        trouble.reaction = REACTION_RETRY;
        trouble.raises_attempt = true;
    }
    if (answer->is_try) {
        store_try(downloads, answer, &trouble);
        return;
    }
    if (trouble.raises_attempt) count_try(downloads);
    if (answer->step_failed)
        give_up_reading(downloads, &trouble);
    else
        break_off(downloads, &trouble);
    answer_free(answer);
    come_back(downloads);
}

static struct answer *file_answer(struct downloads *downloads, struct request *request)
{
    const struct answer_download *file = &downloads->page->downloads[request->index];
    struct answer *answer = stream_new_answer(downloads->stream, request);
    if (!answer) return NULL;
    downloads->trying = file_tries_key(file->key);
    const struct file_tries *tries = stream_file_tries(downloads->stream);
    downloads->is_dead = download_link_is_dead(&request->exchange);
    answer->attempt = 1 + (downloads->is_dead ? file_tries_dead(tries, downloads->trying)
                                              : file_tries_damaged(tries, downloads->trying));
    answer->call = downloads->page->call;
    answer->is_download = true;
    answer->download = (struct answer_download){.url = strdup(file->url),
                                                .key = strdup(file->key),
                                                .tag = {text_duplicate(file->tag), file->tag.size}};
    answer->done = file_was_read;
    if (answer->download.url && answer->download.key && answer->download.tag.data) return answer;
    answer_free(answer);
    return NULL;
}

static void read_next(struct downloads *downloads)
{
    struct request *request = downloads->fetched[0];
    int64_t size = size_of(request);
    memmove(downloads->fetched, downloads->fetched + 1,
            --downloads->fetched_count * sizeof downloads->fetched[0]);
    struct answer *answer = file_answer(downloads, request);
    if (!answer) {
        struct trouble trouble = {.error = ERROR_INIT};
        error_no_memory(&trouble.error, NULL);
        downloads->stream->shared->download_bytes -= size;
        give_up_reading(downloads, &trouble);
        return;
    }
    downloads->reading = true;
    activity_busy(&downloads->stream->shared->activity);
    answer_read(answer);
}

/* ---- Fetching ----------------------------------------------------------------------------------- */

static void note_came(struct downloads *downloads, const struct request *request)
{
    if (request->exchange.error.code < 0 || request->exchange.status != 200) return;
    downloads->any_came = true;
    downloads->stream->account->files_came++;
}

static void fetched(struct request *request)
{
    struct downloads *downloads = request->owner;
    struct stream_shared *shared = downloads->stream->shared;
    shared->download_bytes -= reserved_for(downloads, request->index);
    for (size_t i = 0; i < DOWNLOADS_MOST; i++)
        if (downloads->under_way[i] == request) downloads->under_way[i] = NULL;
    struct trouble trouble;
    bool is_witness = downloads->page->downloads[request->index].done;
    if (download_trouble(downloads->stream, key_of(downloads, request->index), request, &trouble)) {
        file_tries_put_last(stream_file_tries(downloads->stream), key_of(downloads, request->index));
        request_free(request);
        if (!is_witness) break_off(downloads, &trouble);
    } else if (is_witness) {
        note_came(downloads, request);
        request_free(request);
    } else {
        note_came(downloads, request);
        shared->download_bytes += size_of(request);
        downloads->fetched[downloads->fetched_count++] = request;
    }
    advance(downloads);
}

static bool fetch(struct downloads *downloads, size_t index)
{
    struct stream *stream = downloads->stream;
    const struct stream_shared *shared = stream->shared;
    const postern_request what = {
        .size = sizeof what, .method = "GET", .path = text_of(downloads->page->downloads[index].url)};
    const struct request_plan plan = {
        .what = &what,
        .clock = shared->clock,
        .random = shared->random,
        .credentialless = true,
        .allow_private = stream->account->allow_private,
        .keeps_coding = file_tries_keeps_coding(stream_file_tries(stream), key_of(downloads, index))};
    postern_error error = ERROR_INIT;
    struct request *request = request_new(&plan, &error); /* only memory can be out */
    if (!request) return false;
    request->index = index;
    size_t slot = 0;
    while (downloads->under_way[slot])
        slot++;
    downloads->under_way[slot] = request;
    stream->shared->download_bytes += reserved_for(downloads, index);
    stream->record.requests++;
    downloads->turn_ms = 0;
    request_start(request, shared->network, fetched, downloads);
    return true;
}

/* Starts what may be started; ends when nothing is left. */
static void advance(struct downloads *downloads)
{
    if (!downloads->unkept && !downloads->reading && downloads->fetched_count) read_next(downloads);
    while (!downloads->broken && downloads->next < downloads->order.count && may_fetch(downloads)) {
        if (!has_turn(downloads)) break;
        if (fetch(downloads, downloads->order.places[downloads->next++].index)) continue;
        struct trouble trouble = {.error = ERROR_INIT};
        error_no_memory(&trouble.error, NULL);
        break_off(downloads, &trouble);
    }
    if (downloads->reading) return;
    for (size_t i = 0; i < DOWNLOADS_MOST; i++)
        if (downloads->under_way[i]) return;
    if (downloads->turn_ms && !downloads->broken) return;
    if (downloads->damaged && !downloads->fetched_count) downloads->broken = true;
    if (downloads->broken || !downloads->left) end(downloads);
}

void downloads_go_on(struct downloads *downloads)
{
    advance(downloads);
}

void downloads_start(struct stream *stream, struct answer *page, const struct downloads_end *end)
{
    struct downloads *downloads = calloc(1, sizeof *downloads);
    if (downloads)
        downloads->order = download_order_new(page, stream_file_tries(stream), stream_now_ms(stream),
                                              stream_settings(stream)->give_up_file_ms);
    if (!downloads || !downloads->order.places) {
        struct trouble trouble = {.error = ERROR_INIT};
        error_no_memory(&trouble.error, NULL);
        free(downloads);
        answer_free(page);
        stream->phase = PHASE_RESTING;
        end->broken(stream, &trouble);
        return;
    }
    downloads->stream = stream;
    downloads->end = end;
    downloads->page = page;
    downloads->left = downloads->order.left;
    stream->downloads = downloads;
    stream->phase = PHASE_FETCHING;
    advance(downloads);
}
