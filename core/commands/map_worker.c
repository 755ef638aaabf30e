#include "commands/map_worker.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/show.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/envelope.h"
#include "commands/output.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WRITE_SIZE ((size_t)256 << 10)

struct map_worker {
    struct map_work *work;
    struct script_runner *runner;
    struct buffer out, scratch;
    const struct map_piece *piece;
    bool is_our_turn;
    size_t line;
    /* Of the piece; added to the work's when it is our turn. */
    size_t kept, wrong_types, mended;
    struct map_drops drops;
};

/* ---- Turns ---- */

void map_work_wait(struct map_work *work, uint64_t number)
{
    pthread_mutex_lock(&work->lock);
    while (work->turn < number)
        pthread_cond_wait(&work->turned, &work->lock);
    pthread_mutex_unlock(&work->lock);
}

bool map_work_is_done(struct map_work *work, uint64_t number)
{
    pthread_mutex_lock(&work->lock);
    bool is_done = work->turn >= number;
    pthread_mutex_unlock(&work->lock);
    return is_done;
}

static void take_turn(struct map_worker *worker)
{
    if (worker->is_our_turn) return;
    map_work_wait(worker->work, worker->piece->number);
    worker->is_our_turn = true;
}

static void pass_turn(struct map_worker *worker)
{
    struct map_work *work = worker->work;
    worker->is_our_turn = false;
    pthread_mutex_lock(&work->lock);
    work->turn++;
    pthread_cond_broadcast(&work->turned);
    pthread_mutex_unlock(&work->lock);
}

/* ---- Output ---- */

static void flush(struct map_worker *worker)
{
    take_turn(worker);
    int reason = output_data(buffer_text(&worker->out));
    buffer_clear(&worker->out);
    if (!reason) return;
    if (reason != EPIPE) show(stderr, "postern: cannot write: %s\n", strerror(reason));
    /* At once, while other workers are at work and the input may be waited for. */
    _exit(reason == EPIPE ? EXIT_OK /* the reader has seen enough */ : EXIT_INCOMPLETE);
}

static void write_line(struct map_worker *worker, postern_text json)
{
    if (worker->out.size + json.size + 1 > WRITE_SIZE) flush(worker);
    buffer_append_text(&worker->out, json);
    buffer_append_byte(&worker->out, '\n');
}

/* A line that failed: told on stderr, and kept whole with --dead. */
static void bury(struct map_worker *worker, postern_text line, const postern_error *error,
                 postern_text traceback)
{
    take_turn(worker);
    struct map_work *work = worker->work;
    work->failed++;
    show(stderr, "%s:%zu: %s\n", worker->piece->file, worker->line, error->message);
    if (work->dead < 0) return;
    _cleanup_(buffer_free) struct buffer letter = {.limit = 8 * MAP_LINE_LIMIT};
    buffer_append_string(&letter, "{\"file\":");
    json_write_string(&letter, text_of(worker->piece->file));
    buffer_printf(&letter, ",\"line\":%zu,\"reason\":", worker->line);
    json_write_string(&letter, text_of(error->message));
    if (traceback.size) {
        buffer_append_string(&letter, ",\"traceback\":");
        json_write_string(&letter, traceback);
    }
    buffer_append_string(&letter, ",\"raw\":");
    json_write_string(&letter, line);
    buffer_append_string(&letter, "}\n");
    int reason = file_write_all(work->dead, letter.data, letter.size);
    if (reason) show(stderr, "postern: cannot write the failed line: %s\n", strerror(reason));
}

static void drop(struct map_worker *worker, postern_text reason)
{
    if (worker->drops.count == DROP_REASONS_SHOWN) { /* which rows there are goes by the whole input */
        take_turn(worker);
        map_drops_move(&worker->drops, &worker->work->drops);
    }
    map_drops_add(&worker->drops, reason);
}

/* ---- Lines ---- */

static void map_line(struct map_worker *worker, postern_text line)
{
    struct map_work *work = worker->work;
    worker->line++;
    line = text_trim(line);
    if (line.size == 0) return;
    struct script_event seen = work->seen;
    struct script_result result; /* made by script_run */
    seen.json = line;
    seen.file = worker->piece->file;
    seen.line = worker->line;
    if (script_set_count(work->set) > 0) {
        seen.open = envelope_open;
        seen.opener = &worker->scratch;
    }
    script_run(worker->runner, &seen, &result);
    worker->wrong_types += result.wrong_types;
    worker->mended += result.replaced_bytes + result.renamed_members > 0;
    if (result.verdict == SCRIPT_FAILED) {
        bury(worker, line, &result.error, result.traceback);
    } else if (result.verdict == SCRIPT_DROPPED) {
        drop(worker, result.reason);
    } else {
        worker->kept++;
        for (size_t i = 0; i < result.output_count; i++)
            write_line(worker, result.outputs[i].text);
    }
    script_runner_reset(worker->runner);
    if (!wrong_values_are_crowded(script_runner_wrong_values(worker->runner))) return;
    take_turn(worker);
    script_runner_move_wrong_values(worker->runner, work->wrong_values);
}

/* Adds what the piece came to; the next one's begins at nothing. */
static void add_up(struct map_worker *worker)
{
    struct map_work *work = worker->work;
    work->kept += worker->kept;
    work->wrong_types += worker->wrong_types;
    work->mended += worker->mended;
    worker->kept = worker->wrong_types = worker->mended = 0;
    map_drops_move(&worker->drops, &work->drops);
    script_runner_move_wrong_values(worker->runner, work->wrong_values);
}

void map_worker_run(struct map_worker *worker, const struct map_piece *piece)
{
    worker->piece = piece;
    worker->line = piece->line;
    const char *at = piece->text.data, *end = at + piece->text.size;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        map_line(worker, text_slice(at, line_end ? line_end : end));
        at = line_end ? line_end + 1 : end;
    }
    flush(worker);
    add_up(worker);
    pass_turn(worker);
}

struct map_worker *map_worker_new(struct map_work *work, postern_error *error)
{
    struct map_worker *worker = calloc(1, sizeof *worker);
    if (!worker) return error_no_memory(error, NULL), NULL;
    worker->work = work;
    worker->out.limit = MAP_LINE_LIMIT + WRITE_SIZE;
    worker->scratch.limit = 1 << 20;
    worker->runner = script_runner_new(work->set, error);
    if (worker->runner) return worker;
    map_worker_free(worker);
    return NULL;
}

void map_worker_free(struct map_worker *worker)
{
    if (!worker) return;
    if (worker->runner) script_runner_free(worker->runner);
    buffer_free(&worker->out);
    buffer_free(&worker->scratch);
    free(worker);
}
