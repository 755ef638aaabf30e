/* The sink "exec": events as lines to a program of the user's, which answers what became of them
 * (protocol.md).
 *
 *   sink.c      the sink's functions, and the table of its options
 *   owner.c     whether anybody else could have put another program there
 *   process.c   starting the program and ending it
 *   lines.c     lines out of a pipe, none longer than it may be
 *   chatter.c   what the program says on stderr, into the log
 *   line_out.c  an event, and the end of a batch, as a line
 *   answer.c    one line of the program's answers
 *   tally.c     which events of the batch in hand are answered, and how
 *   exchange.c  a batch: lines go out and answers come in at the same time
 */
#ifndef EXEC_SINK_H
#define EXEC_SINK_H

#include <postern/kit.h>
#include <sys/types.h>

/* ---- lines.c ---- */

/* Takes a pipe apart into lines. */
struct lines {
    int fd; /* -1 = closed */
    char *data;
    size_t size, taken, limit; /* `taken` bytes of `size` were handed out as lines */
    bool is_cut; /* the line in hand is longer than the limit; what is behind it is skipped, or it is refused
                  */
    bool at_end;
    bool takes_rest; /* what stands at the end without a line's end is a line, too */
};

enum line_step {
    LINE_THERE,    /* *line is one, without its end */
    LINE_NOT_YET,  /* no whole one is there */
    LINE_TOO_LONG, /* *line is its beginning; said once */
};

bool lines_begin(struct lines *lines, int fd, size_t limit); /* false: no memory */
void lines_end(struct lines *lines);
/* Reads some of what is there, without waiting; false: there is nothing. `at_end` is set once there will be
 * no more. */
bool lines_read(struct lines *lines);
enum line_step lines_next(struct lines *lines, postern_text *line);

/* ---- The sink ---- */

struct program {
    pid_t pid; /* also of its process group; 0 = none */
    int input; /* what it reads; -1 = closed */
    struct lines answers, errors;
};

struct exec_sink {
    const postern_host *host;
    const postern_log *log;
    const postern_json *json;
    char *path, *directory;
    char **arguments;   /* with the program's own name; ends with NULL */
    char **environment; /* "NAME=value"; ends with NULL */
    int64_t timeout_ms, stop_timeout_ms, answer_limit, log_lines;
    struct program program;
    struct chatter {
        int64_t minute_ms; /* monotonic: since when `said` counts */
        int64_t said, dropped;
    } chatter;
    char *out; /* lines on their way to the program */
    size_t out_capacity, out_size, out_done;
};

int64_t monotonic_ms(void);

/* ---- owner.c ---- */

/* The program and every directory above it belong to root or the running user, and nobody else may write
 * there. */
postern_status owner_check(const char *path, postern_error *error);

/* ---- process.c ---- */

postern_status program_start(struct exec_sink *sink, postern_error *error);
/* True once it has ended, with how in `words`: "ended with exit code 3". */
bool program_has_ended(const struct program *program, char *words, size_t size);
/* Closes what it reads, waits `grace_ms`, less where Postern stops, then SIGTERM, then SIGKILL, for its whole
 * group. What it said last can still be read. */
void program_end(struct exec_sink *sink, int64_t grace_ms);
void program_forget(struct program *program);

/* ---- chatter.c ---- */

/* Logs the lines that are there, no more than log_lines a minute. */
void chatter_log(struct exec_sink *sink);

/* ---- line_out.c ---- */

/* Appends to `out`. False: no memory. */
bool line_out_event(struct exec_sink *sink, const postern_sink_event *event);
bool line_out_end(struct exec_sink *sink, const postern_batch *batch);

/* ---- answer.c ---- */

enum answer_kind { ANSWER_OK, ANSWER_OK_UP_TO, ANSWER_REJECT, ANSWER_RETRY, ANSWER_STOP, ANSWER_KINDS };

struct reply {
    enum answer_kind kind;
    bool is_for_all;
    postern_text id; /* empty for all, and for ANSWER_STOP */
    postern_text reason, remedy;
    int64_t after_ms; /* 0 = not said */
};

/* POSTERN_E_PROTOCOL with words that quote nothing, or POSTERN_E_MEMORY. */
postern_status answer_read(const postern_host *host, const postern_json *json, postern_arena *arena,
                           postern_text line, struct reply *answer, postern_error *error);

/* ---- tally.c ---- */

enum standing { STANDING_OPEN, STANDING_OK, STANDING_REJECTED, STANDING_RETRY };

struct tally {
    const postern_batch *batch;
    enum standing *standings;
    struct tally_place {
        postern_text id;
        size_t index;
    } * by_id; /* sorted */
    size_t open, retries;
};

postern_status tally_begin(struct tally *tally, const postern_host *host, postern_arena *arena,
                           const postern_batch *batch);
/* The first answer to an event counts. False: there is no such event among the first `sent` ones. `reject` is
 * called for each event that is rejected by it. */
bool tally_take(struct tally *tally, const struct reply *answer, size_t sent,
                void (*reject)(void *context, size_t index), void *context);
/* The first event without an answer; NULL if there is none. */
const postern_sink_event *tally_first_open(const struct tally *tally);

/* ---- exchange.c ---- */

postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error);
/* Between batches: what it says is logged; fails if it has ended, or answers what nobody asked. */
postern_status exchange_rest(struct exec_sink *sink, postern_error *error);

#endif
