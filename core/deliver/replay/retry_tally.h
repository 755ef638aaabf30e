/* What came of dead letters that were tried again: counts, and the commonest reasons of those that failed. */
#ifndef POSTERN_DELIVER_REPLAY_RETRY_TALLY_H
#define POSTERN_DELIVER_REPLAY_RETRY_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_REASONS     20 /* what goes beyond is counted with the last */
#define RETRY_REASON_SIZE 240

struct retry_tally {
    int64_t wanted;    /* letters at the beginning */
    int64_t delivered; /* and gone */
    int64_t failed;    /* again, and kept */
    int64_t missing;   /* that were not there (any more) */
    struct retry_reason {
        char text[RETRY_REASON_SIZE];
        int64_t count;
    } reasons[RETRY_REASONS];
    int reason_count;
};

void retry_tally_fail(struct retry_tally *tally, const char *reason, int64_t count);
/* All of `more` is added, but for `wanted`. */
void retry_tally_add(struct retry_tally *tally, const struct retry_tally *more);
/* JSON, with the number of the last letter that is done; malloc'ed, NULL if out of memory. */
char *retry_tally_write(const struct retry_tally *tally, int64_t after);
/* False: it is none. `after` may be NULL. */
bool retry_tally_read(const char *json, struct retry_tally *tally, int64_t *after);

#endif
