/* A clock in a file that several processes map: `time = base_wall + (real monotonic - base_real) * rate`. Its
 * owner (a test, the simulator) may jump it or change its rate; readers see either the old or the new, never
 * a mixture. Only tests and builds with POSTERN_TESTING use it.
 *
 * The monotonic clock shows the time, and the wall clock the time and a step: what somebody has set it wrong
 * by. A jump forward is time that passes; one back is a step, too, for the monotonic clock never goes back.
 */
#ifndef POSTERN_BASE_TEST_CLOCK_H
#define POSTERN_BASE_TEST_CLOCK_H

#include "base/clock.h"
#include <stdbool.h>

/* Creates (or resets) the file: the clock shows wall_ms now and runs `rate` times as fast as real time. */
bool test_clock_create(const char *path, int64_t wall_ms, double rate);
/* Moves the clock forward by `delta_ms` and/or gives it another rate (rate < 0: keep it). */
bool test_clock_set(const char *path, int64_t delta_ms, double rate);
/* Sets the wall clock alone: from now on it shows so much more than the time. */
bool test_clock_step(const char *path, int64_t step_ms);
/* Opens the file for reading; NULL on failure. Never closed. */
const struct clock *test_clock_open(const char *path);

#endif
