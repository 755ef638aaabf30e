/* The work of `postern map`: the scripts over one piece of the input after the other. Several workers share
 * it, and what they write comes out in the order of the input: a piece may write when all before it are done,
 * which is its turn. */
#ifndef POSTERN_COMMANDS_MAP_WORKER_H
#define POSTERN_COMMANDS_MAP_WORKER_H

#include "commands/map_report.h"
#include "script/script.h"
#include <pthread.h>

#define MAP_LINE_LIMIT ((size_t)64 << 20) /* a longer line is a bad line */

/* Whole lines of the input. */
struct map_piece {
    uint64_t number; /* 0, 1, 2 ... */
    const char *file;
    size_t line; /* how many lines of the file lie before it */
    postern_text text;
};

/* What all workers share. What changes belongs to the piece whose turn it is. */
struct map_work {
    struct script_set *set;
    struct script_event seen; /* what is the same for every bare line */
    int dead;                 /* -1 = failed lines are kept nowhere */
    size_t kept, failed, wrong_types, mended;
    struct map_drops drops;
    struct wrong_values *wrong_values;
    pthread_mutex_t lock;
    pthread_cond_t turned;
    uint64_t turn; /* the number of the piece whose turn it is */
};

struct map_worker;

/* NULL and *error if out of memory or a script fails to start. One thread at a time. */
struct map_worker *map_worker_new(struct map_work *work, postern_error *error);
void map_worker_free(struct map_worker *worker); /* NULL is fine */
/* Runs the scripts over the piece's lines and writes what comes out; then the turn is the next piece's. Ends
 * the program when nobody reads what it writes. */
void map_worker_run(struct map_worker *worker, const struct map_piece *piece);

/* Waits until all pieces before this number are done. */
void map_work_wait(struct map_work *work, uint64_t number);
bool map_work_is_done(struct map_work *work, uint64_t number);

#endif
