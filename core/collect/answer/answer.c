#include "collect/answer/answer.h"
#include "base/array.h"

#include "base/cleanup.h"
#include "base/container.h"
#include "base/error.h"
#include "base/resident.h"
#include "base/text.h"
#include "base/text_index.h"
#include "collect/answer/event_intake.h"
#include "collect/answer/set_aside.h"
#include "collect/answer/step.h"
#include "collect/answer/tries_kept.h"
#include "module/registry.h"

#include <stdlib.h>
#include <string.h>

/* Of a mapped response more than this is not worth keeping in memory while it is read. */
#define RESIDENT_SIZE ((size_t)8 << 20)

/* What the source writes on. */
struct sheet {
    postern_answer answer; /* first: the source hands it back */
    struct answer *into;
    struct event_intake *intake;
};

static postern_status take_event(postern_answer *answer, const postern_event *event)
{
    return event_intake_add(((struct sheet *)answer)->intake, event);
}

static postern_status take_set_aside(postern_answer *answer, const postern_set_aside *what)
{
    struct answer *into = ((struct sheet *)answer)->into;
    if (what->flags & POSTERN_SET_ASIDE_ONE)
        return answer_set_record_aside(into, what->name, what->bytes, (postern_text){0}, what->reason);
    return answer_set_aside(into, what->name, what->bytes, (postern_text){0}, what->reason);
}

static postern_status take_part(postern_answer *answer, postern_text name, bool is_damaged)
{
    struct answer *into = ((struct sheet *)answer)->into;
    postern_status status = answer_set_aside_break(into);
    if (status < 0) return status;
    return trail_part(&into->trail, name, is_damaged) ? POSTERN_OK : error_no_memory(&into->error, NULL);
}

static postern_status take_download(postern_answer *answer, const postern_download *download)
{
    struct answer *into = ((struct sheet *)answer)->into;
    if (into->again)
        return error_set(&into->error, POSTERN_E_INVALID, "what was set aside may not name downloads");
    if (into->is_download)
        return error_set(&into->error, POSTERN_E_INVALID, "a download may not name further downloads");
    size_t size = download->url.size + download->key.size + download->tag.size;
    if (into->download_count == ANSWER_DOWNLOAD_LIMIT || size > ANSWER_DOWNLOAD_BYTES - into->download_bytes)
        return answer_set_aside(into, TEXT("downloads"), download->key, (postern_text){0},
                                "the answer names more downloads than are fetched for one answer");
    into->download_bytes += size;
    into->content += trail_mark(download->key);
    if (!array_extend(&into->downloads, into->download_count, sizeof *into->downloads))
        return error_no_memory(&into->error, NULL);
    struct answer_download *item = &into->downloads[into->download_count];
    *item = (struct answer_download){.url = text_duplicate(download->url),
                                     .key = text_duplicate(download->key),
                                     .tag = {text_duplicate(download->tag), download->tag.size},
                                     .bytes = POSTERN_HAS(download, bytes) ? download->bytes : 0};
    into->download_count++;
    if (!item->url || !item->key || !item->tag.data) return error_no_memory(&into->error, NULL);
    return POSTERN_OK;
}

static postern_status take_position(struct answer *answer, const postern_answer *sheet)
{
    answer->outcome = sheet->outcome;
    answer->keep_position = (sheet->flags & POSTERN_ANSWER_KEEP_POSITION) != 0;
    if (answer->outcome < POSTERN_MORE || answer->outcome > POSTERN_NOTHING_NEW)
        return error_set(&answer->error, POSTERN_E_INVALID, "the source set no outcome");
    if (answer->keep_position || !sheet->position.size) return POSTERN_OK;
    if (sheet->position.size > answer->limits.position_size)
        return error_set(&answer->error, POSTERN_E_PROTOCOL,
                         "the vendor's token has %zu bytes, more than %zu", sheet->position.size,
                         answer->limits.position_size);
    if (memchr(sheet->position.data, 0, sheet->position.size))
        return error_set(&answer->error, POSTERN_E_PROTOCOL, "the vendor's token holds a NUL byte");
    answer->next_position = text_duplicate(sheet->position);
    return answer->next_position ? POSTERN_OK : error_no_memory(&answer->error, NULL);
}

/* A file that is named again is the same file. */
static bool mark_repeated_downloads(struct answer *answer)
{
    if (!answer->download_count) return true;
    struct text_place *places = calloc(answer->download_count, sizeof *places);
    if (!places) return false;
    for (size_t i = 0; i < answer->download_count; i++)
        places[i] = (struct text_place){answer->downloads[i].key, i};
    const struct text_index keys = text_index_new(places, answer->download_count);
    for (size_t i = 0; i < answer->download_count; i++)
        answer->downloads[i].done = text_index_find(&keys, answer->downloads[i].key) != i;
    free(places);
    return true;
}

static postern_status mark_done_downloads(struct answer *answer)
{
    if (!mark_repeated_downloads(answer)) return error_no_memory(&answer->error, NULL);
    for (size_t i = 0; answer->journal && i < answer->download_count; i++) {
        struct answer_download *item = &answer->downloads[i];
        if (item->done) continue;
        postern_status status = journal_download_is_done(answer->journal, answer->record.id, item->key,
                                                         &item->done, &answer->error);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

static postern_status settle_tries(struct answer *answer, struct event_intake *intake)
{
    _cleanup_(tries_free) struct tries tries = {0};
    postern_status status = tries_load(answer, (struct tries_room){SIZE_MAX, SIZE_MAX}, &tries);
    if (status < 0) return status;
    if (!answer->was_tried)
        tries_settle_first(answer);
    else if (!tries_settle(&tries, answer))
        return error_no_memory(&answer->error, NULL);
    status = tries_settle_gone(answer);
    if (status < 0) return status;
    answer_hold(answer, (int64_t)answer->aside.size);
    return event_intake_release(intake);
}

static postern_status leave_to_next_try(struct answer *answer, struct event_intake *intake)
{
    if (!answer->journal || answer->again) return POSTERN_OK;
    _cleanup_(tries_free) struct tries tries = {0};
    const struct tries_room room = {answer->limits.set_aside_count + 1, answer->limits.tries_size};
    postern_status status = tries_load(answer, room, &tries);
    if (status < 0) return status;
    if (!answer->was_tried && !tries_take(&tries, answer, room)) return error_no_memory(&answer->error, NULL);
    tries_drop_made_up(&tries);
    if (tries.held.size > answer->limits.tries_size) { /* lost is worse than made up */
        answer->trail.held = tries.held;
        tries.held = (struct held_events){0};
        status = event_intake_release(intake);
    }
    if (status < 0 || tries_are_empty(&tries)) return status;
    if (!tries_write(&tries, &answer->tries_left)) return error_no_memory(&answer->error, NULL);
    answer_hold(answer, (int64_t)answer->tries_left.size);
    return POSTERN_OK;
}

/* What on_response was called for came to `status`; whatever that is, the events that are whole are kept. */
static postern_status keep_what_is_whole(struct answer *answer, struct event_intake *intake,
                                         postern_status status, bool read_on)
{
    if (answer->step_failed || status == POSTERN_E_MEMORY || status == POSTERN_E_INVALID) return status;
    postern_status kept = answer_set_aside_end(answer);
    if (kept >= 0 && !trail_end(&answer->trail, read_on)) kept = error_no_memory(&answer->error, NULL);
    if (kept >= 0) kept = status < 0 ? leave_to_next_try(answer, intake) : settle_tries(answer, intake);
    if (kept >= 0) kept = event_intake_finish(intake);
    answer->is_try = kept >= 0 && status < 0;
    return kept < 0 ? kept : status;
}

static postern_call call_of(const struct answer *answer, postern_arena *arena)
{
    return (postern_call){.size = sizeof(postern_call),
                          .attempt = answer->attempt,
                          .arena = arena,
                          .now_ms = answer->now_ms,
                          .random = answer->random,
                          .account = text_of(answer->account),
                          .account_options = answer->account_options};
}

static struct sheet sheet_for(struct answer *answer, struct event_intake *intake)
{
    return (struct sheet){.answer = {.size = sizeof(postern_answer),
                                     .event = take_event,
                                     .set_aside = take_set_aside,
                                     .download = take_download,
                                     .part = take_part},
                          .into = answer,
                          .intake = intake};
}

static postern_status ask_source(struct answer *answer, struct event_intake *intake, postern_arena *arena)
{
    const struct http_exchange *exchange = answer->exchange;
    const postern_download download = {.size = sizeof download,
                                       .url = text_of(answer->download.url),
                                       .key = text_of(answer->download.key),
                                       .tag = answer->download.tag};
    const postern_response response = {.size = sizeof response,
                                       .status = exchange->status,
                                       .headers = exchange->answer_headers,
                                       .header_count = exchange->answer_header_count,
                                       .body = exchange->answer_body,
                                       .download = answer->is_download ? &download : NULL};
    const postern_call call = call_of(answer, arena);
    struct sheet sheet = sheet_for(answer, intake);
    postern_error error = ERROR_INIT;
    bool no_download = answer->is_download && exchange->error.code == POSTERN_E_LIMIT; /* too large */
    postern_status status =
        no_download
            ? POSTERN_OK
            : answer->source->on_response(answer->self, &call, answer->declaration, &answer->pass,
                                          text_of(answer->record.position), &response, &sheet.answer, &error);
    /* What the intake refused is the better reason, if that is why the source gave up. */
    if (status < 0 && error.message[0] && !answer->error.message[0]) answer->error = error;
    if (status < 0 && exchange->error.code == POSTERN_E_LIMIT) answer->error = exchange->error;
    if (status >= 0 && exchange->error.code == POSTERN_E_LIMIT)
        status = answer_set_aside(answer, no_download ? text_of(answer->download.key) : TEXT("answer"),
                                  (postern_text){0}, (postern_text){0}, exchange->error.message);
    bool read_on = status >= 0 || sheet.answer.flags & POSTERN_ANSWER_READ_ON;
    status = keep_what_is_whole(answer, intake, status, read_on);
    if (status < 0) return status;
    return answer->is_download ? POSTERN_OK : take_position(answer, &sheet.answer);
}

/* What was set aside is not fetched but there. */
static postern_status ask_source_again(struct answer *answer, struct event_intake *intake,
                                       postern_arena *arena)
{
    const postern_call call = call_of(answer, arena);
    struct sheet sheet = sheet_for(answer, intake);
    postern_error error = ERROR_INIT;
    postern_status status = answer->source->on_set_aside(answer->self, &call, answer->declaration,
                                                         answer->again, &sheet.answer, &error);
    if (status < 0 && error.message[0] && !answer->error.message[0]) answer->error = error;
    return keep_what_is_whole(answer, intake, status, true);
}

static postern_status read_answer(struct answer *answer)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(answer->limits.arena_size);
    _cleanup_(event_intake_freep) struct event_intake *intake = event_intake_new(answer);
    bool has_border =
        answer->declaration->kind == POSTERN_STREAM_WINDOW && !answer->is_download && !answer->again;
    if (has_border) answer->border = border_copy(answer->border_before, answer->record.position != NULL);
    if (answer->declaration->kind == POSTERN_STREAM_SNAPSHOT && answer->journal)
        answer->list_page = list_page_new(&answer->limits.snapshot);
    bool has_list_page =
        answer->declaration->kind != POSTERN_STREAM_SNAPSHOT || !answer->journal || answer->list_page;
    if (!arena || !intake || !has_list_page || (has_border && !answer->border))
        return error_no_memory(&answer->error, NULL);
    if (answer->again) return ask_source_again(answer, intake, arena);
    struct resident resident = {0};
    postern_text body = answer->exchange->answer_body;
    if (answer->exchange->answer_is_mapped && body.size > RESIDENT_SIZE)
        resident_begin(&resident, (void *)(uintptr_t)body.data, body.size);
    postern_status status = ask_source(answer, intake, arena);
    resident_end(&resident);
    if (status >= 0 && answer->list_page) status = list_page_end(answer->list_page, answer);
    return status < 0 ? status : mark_done_downloads(answer);
}

static void run_back(struct network_task *task)
{
    struct answer *answer = CONTAINER_OF(task, struct answer, back);
    answer->done(answer);
}

void answer_return(struct answer *answer, postern_status status)
{
    answer->status = status;
    answer->back.run = run_back;
    network_post(answer->network, &answer->back);
}

static void run(struct worker_job *job, size_t worker)
{
    (void)worker;
    struct answer *answer = CONTAINER_OF(job, struct answer, job);
    answer_return(answer, read_answer(answer));
}

void answer_read(struct answer *answer)
{
    answer->error = ERROR_INIT;
    trail_begin(&answer->trail, answer->limits.places);
    if (answer->workers) {
        answer->job.run = run;
        workers_submit(answer->workers, &answer->job);
        return;
    }
    answer->status = read_answer(answer);
    answer->done(answer);
}

static void download_clear(struct answer_download *download)
{
    free(download->url);
    free(download->key);
    free((char *)(uintptr_t)download->tag.data);
}

void answer_free(struct answer *answer)
{
    if (!answer) return;
    if (answer->request) answer->request_free(answer->request);
    stream_record_clear(&answer->record);
    atomic_fetch_sub(answer->held, answer->held_bytes);
    free(answer->next_position);
    journal_page_free(answer->pages);
    set_asides_free(&answer->aside);
    border_free(answer->border);
    list_page_free(answer->list_page);
    trail_free(&answer->trail);
    buffer_free(&answer->tries_left);
    for (size_t i = 0; i < answer->download_count; i++)
        download_clear(&answer->downloads[i]);
    free(answer->downloads);
    download_clear(&answer->download);
    free(answer);
}
