#include "report/clock_steps.h"

#include <stdbool.h>
#include <string.h>

void clock_steps_note(struct clock_steps *steps, int64_t expected_ms, int64_t wall_ms)
{
    int64_t by = wall_ms - expected_ms;
    if (by < CLOCK_STEP_FROM_MS && by > -CLOCK_STEP_FROM_MS) return;
    if (steps->count == CLOCK_STEPS_KEPT) {
        memmove(steps->steps, steps->steps + 1, (CLOCK_STEPS_KEPT - 1) * sizeof *steps->steps);
        steps->count--;
    }
    steps->steps[steps->count++] = (struct clock_step){expected_ms, by};
}

int64_t clock_steps_correct(const struct clock_steps *steps, int64_t now_ms, int64_t time_ms)
{
    if (!time_ms) return 0;
    int64_t latest = now_ms, moved = 0; /* the latest that was shown behind the step at hand */
    for (size_t i = steps->count; i > 0; i--) {
        const struct clock_step *step = &steps->steps[i - 1];
        /* Behind a step back the clock shows some times again: what may have been then was then. A step is
         * noticed a little late. */
        bool was_behind = time_ms > step->before_ms + step->by_ms - CLOCK_STEP_FROM_MS && time_ms <= latest;
        if (was_behind) break;
        moved += step->by_ms;
        latest = step->before_ms;
    }
    return time_ms + moved;
}
