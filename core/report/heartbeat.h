/* The daemon's heartbeat: a small file in the state directory that it writes again and again, and by which
 * `status` judges how things stand now. All of its bytes are there from the start and are written in place,
 * so that a full disk does not stop it. */
#ifndef POSTERN_REPORT_HEARTBEAT_H
#define POSTERN_REPORT_HEARTBEAT_H

#include "base/clock.h"
#include "base/late_polls.h"
#include "journal/records.h"
#include "report/clock_steps.h"
#include "report/tolerance.h"

#define HEARTBEAT_EVERY_MS 2000
#define HEARTBEAT_FRESH_MS 60000 /* what is older does not move */
#define HEARTBEAT_PARTS    16    /* so many that stand are named; the rest is counted */
#define STANDING_AFTER_MS  5000  /* what has been in one step for less is not spoken of */

/* A part of the program that is in one step for long. */
struct standing_part {
    char part[80]; /* "network", "journal", "main", "sink files" */
    char step[32];
    int64_t for_ms; /* when the heartbeat was written */
};

struct heartbeat {
    int64_t sequence; /* grows by one each time */
    int64_t pid;
    char boot[40];                  /* the machine's: monotonic times of another one mean nothing */
    bool once;                      /* `run --once` */
    int64_t started_ms, written_ms; /* wall */
    int64_t monotonic_ms;           /* when it was written */
    struct standing_part parts[HEARTBEAT_PARTS];
    size_t part_count, part_total;
    struct journal_space space; /* since_ms: wall */
    int64_t ended_ms;           /* wall; 0 = runs, or did not end by itself */
    int exit_code;              /* when it ended */
    struct tolerance tolerance; /* as configured */
    struct clock_steps clock_steps;
    struct late_polls late;
};

struct heartbeat_file {
    int fd; /* -1 = could not be opened */
    char *path;
};

/* Opens it, and makes room for it where there is none yet. */
postern_status heartbeat_open(struct heartbeat_file *file, const char *state_directory, postern_error *error);
postern_status heartbeat_write(struct heartbeat_file *file, const struct heartbeat *beat,
                               postern_error *error);
void heartbeat_close(struct heartbeat_file *file);

/* False: there is none, or it cannot be read. */
bool heartbeat_read(const char *state_directory, struct heartbeat *beat);
/* How long ago it was written, by the clock that cannot jump where that is possible. */
int64_t heartbeat_age_ms(const struct heartbeat *beat, const struct clock *clock);
/* "" if the system does not say. */
void heartbeat_boot(char boot[40]);

#endif
