/* Where somebody set the wall clock while the daemon ran. What was written down before looks older, or
 * younger, than it is: a stream that was read a minute ago would be two hours late. */
#ifndef POSTERN_REPORT_CLOCK_STEPS_H
#define POSTERN_REPORT_CLOCK_STEPS_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_STEPS_KEPT   8
#define CLOCK_STEP_FROM_MS 10000 /* what is less is nobody's lateness */

struct clock_step {
    int64_t before_ms; /* what the wall clock would show without it, when it was noticed */
    int64_t by_ms;     /* how much more it shows */
};

struct clock_steps {
    struct clock_step steps[CLOCK_STEPS_KEPT]; /* the newest last */
    size_t count;
};

/* The wall clock shows `wall_ms`, and should show `expected_ms`. The oldest step is forgotten for a new one.
 */
void clock_steps_note(struct clock_steps *steps, int64_t expected_ms, int64_t wall_ms);
/* What the clock, as it is set at `now_ms`, would have shown when it was `time_ms` by the clock of that
 * moment. 0 stays 0: it stands for no time. */
int64_t clock_steps_correct(const struct clock_steps *steps, int64_t now_ms, int64_t time_ms);

#endif
