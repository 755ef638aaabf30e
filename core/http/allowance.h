/* How many connections may be open to one host: so many as are needed, and as the host bears. Pure; times are
 * ms of one clock that cannot jump.
 *
 * It begins with ALLOWANCE_START. While somebody waits for longer than ALLOWANCE_PATIENCE_MS and the host
 * answers, it grows by a quarter, at most once a second. Each growth has to prove itself: if it does not
 * bring two fifths of what it should in answers, because they take longer, it is taken back, and for a minute
 * there is none. So neither a host that is slow by itself nor a machine that cannot do more is met with more
 * and more. Where more than a tenth of as many exchanges as may be under way end badly (no answer, 429, 5xx),
 * it is halved, and rests for ten seconds. What was not needed for a minute is given back. It is never less
 * than at the beginning, so that trouble of a few accounts holds up no others. */
#ifndef POSTERN_HTTP_ALLOWANCE_H
#define POSTERN_HTTP_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALLOWANCE_START       16
#define ALLOWANCE_PATIENCE_MS 250
#define ALLOWANCE_UNUSED_MS   ((int64_t)60 * 1000)

struct allowance {
    size_t now;       /* that may be open */
    size_t maximum;   /* at least 1 */
    size_t before;    /* the last growth, while that is unproven; 0 = nothing is */
    int64_t round_ms; /* since when somebody has waited for too long, or it last grew; 0 = nobody waits */
    size_t answered;  /* in this round */
    int64_t took_ms;  /* all of these together */
    bool settles;     /* it has just grown: what is answered first was asked before */
    int64_t each_us;  /* what an answer took before it */
    int64_t rests_until_ms; /* it does not grow before */
    size_t ended, refused;  /* of the turn: as many exchanges as may be under way */
    int64_t minute_ms;      /* when the minute began in which is seen what is needed; 0 = not yet */
    size_t most;            /* that were open at once in it */
};

void allowance_init(struct allowance *allowance, size_t maximum);
/* Whoever is next has waited so long because as many are open as may be. */
void allowance_wanted(struct allowance *allowance, int64_t now_ms, int64_t waited_ms);
/* Somebody was let in, after so long; so many are open now. */
void allowance_used(struct allowance *allowance, int64_t waited_ms, size_t open);
/* An exchange is over after so long: with an answer that shows that the host bears it, or badly. */
void allowance_ended(struct allowance *allowance, int64_t now_ms, int64_t took_ms, bool well);

#endif
