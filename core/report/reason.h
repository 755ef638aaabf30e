/* What a verdict rests on: reasons, in words and for programs. */
#ifndef POSTERN_REPORT_REASON_H
#define POSTERN_REPORT_REASON_H

#include "base/error.h"
#include <stddef.h>
#include <stdint.h>

enum verdict_level {
    VERDICT_GOOD,
    VERDICT_ATTENTION, /* something is wrong, the rest works */
    VERDICT_BAD,       /* events are not collected or not delivered */
};

#define VERDICT_REASONS 32
#define VERDICT_NAMES   16

struct verdict_reason {
    const char *code; /* stable, for programs */
    enum verdict_level level;
    char text[ERROR_TEXT_SIZE], remedy[400];
    size_t count, of;               /* so many of all accounts, streams ...; 0 = it is about the whole */
    char names[VERDICT_NAMES][132]; /* of the first of them */
    int64_t since_ms;               /* wall; 0 = not known */
};

struct status_verdict {
    enum verdict_level level;
    struct verdict_reason reasons[VERDICT_REASONS]; /* the worst first */
    size_t reason_count;
    char good[256]; /* what there is to say if there are none */
};

/* "good", "attention", "bad". */
const char *verdict_level_name(enum verdict_level level);
/* A reason to be filled. Never NULL: beyond the limit the last one is used again. */
struct verdict_reason *verdict_add(struct status_verdict *verdict, enum verdict_level level,
                                   const char *code);
void verdict_say(struct verdict_reason *reason, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void verdict_advise(struct verdict_reason *reason, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One more that it is about. */
void verdict_name(struct verdict_reason *reason, const char *before, const char *name);

#endif
