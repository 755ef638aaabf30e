/* What came of dead letters that were tried again: counts, and the commonest reasons of those that failed or
 * were not tried, with the numbers between which they lie. */
#ifndef POSTERN_DELIVER_REPLAY_RETRY_TALLY_H
#define POSTERN_DELIVER_REPLAY_RETRY_TALLY_H

#include <postern/module.h>
#include <stdbool.h>

#define RETRY_REASONS     20 /* what goes beyond is counted with the last */
#define RETRY_REASON_SIZE 320

/* Some letters, and the lowest and the highest of their numbers. */
struct retry_letters {
    int64_t count, first, last; /* first 0: the numbers are not known */
};

struct retry_reason {
    char text[RETRY_REASON_SIZE];
    char remedy[RETRY_REASON_SIZE]; /* "" = none */
    struct retry_letters letters;
};

struct retry_reasons {
    struct retry_reason list[RETRY_REASONS];
    int count;
};

struct retry_tally {
    int64_t wanted;                       /* letters at the beginning */
    int64_t delivered;                    /* and gone */
    int64_t failed;                       /* again, and kept */
    int64_t untried;                      /* and kept: nobody would have taken them */
    int64_t missing;                      /* that were not there (any more) */
    struct retry_reasons failures, stops; /* of those that failed; of those that were not tried */
};

static inline struct retry_letters retry_letter(int64_t id)
{
    return (struct retry_letters){1, id, id};
}

/* One more, with a number that may be any. */
void retry_letters_add(struct retry_letters *letters, int64_t id);

void retry_tally_fail(struct retry_tally *tally, const char *reason, const struct retry_letters *letters);
/* They failed as a whole: at that delivery, for that error. */
void retry_tally_fail_at(struct retry_tally *tally, const char *delivery, const postern_error *error,
                         const struct retry_letters *letters);
void retry_tally_leave(struct retry_tally *tally, const char *delivery, const postern_error *error,
                       const struct retry_letters *letters);
/* Of how many it is known what became of them. */
int64_t retry_tally_done(const struct retry_tally *tally);
/* All of `more` is added, but for `wanted`. */
void retry_tally_add(struct retry_tally *tally, const struct retry_tally *more);
/* JSON, with the number of the last letter that is done; malloc'ed, NULL if out of memory. */
char *retry_tally_write(const struct retry_tally *tally, int64_t after);
/* False: it is none. `after` may be NULL. */
bool retry_tally_read(const char *json, struct retry_tally *tally, int64_t *after);

#endif
