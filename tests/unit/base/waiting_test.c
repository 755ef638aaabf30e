/* Waits last as long as they say, while somebody sets the wall clock: every clock_gettime of this program
 * goes through the one below, so that the wall clock that is read differs from the kernel's by a step, just
 * as it does when the clock is set between the reading and the waiting. */
#include "../unit.h"
#include "base/clock.h"
#include "base/real_time.h"
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 60
#define LATE_MS 20000 /* a busy machine's, still less than the step */
#define STEP_MS 30000

static _Atomic int64_t step_ms;

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the library's names are its own */
int clock_gettime(clockid_t id, struct timespec *now)
{
    long status = syscall(SYS_clock_gettime, id, now);
    if (id == CLOCK_REALTIME) now->tv_sec += atomic_load(&step_ms) / 1000;
    return (int)status;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

/* As the callers do it: until the time has come, however often it wakes early. Returns how often it woke. */
static int wait_really(void)
{
    int woke = 0;
    for (int64_t until = real_ms() + WAIT_MS; real_ms_left(until) > 0; woke++)
        real_wait(&never, &lock, real_ms_left(until));
    return woke;
}

static int wait_by_clock(void)
{
    const struct clock *clock = clock_process();
    int woke = 0;
    for (int64_t until = clock_monotonic_ms(clock) + WAIT_MS; clock_monotonic_ms(clock) < until; woke++)
        clock_wait(clock, &never, &lock, until);
    return woke;
}

static void check_wait(const char *what, int (*wait)(void), int64_t step)
{
    atomic_store(&step_ms, step);
    pthread_mutex_lock(&lock);
    int64_t began = real_ms();
    int woke = wait();
    int64_t lasted = real_ms() - began;
    pthread_mutex_unlock(&lock);
    atomic_store(&step_ms, 0);
    if (lasted < WAIT_MS || lasted > LATE_MS || woke > 20)
        fail_msg("%s, the wall clock %+lld ms: %lld ms and %d times awake", what, (long long)step,
                 (long long)lasted, woke);
}

static void waits_do_not_go_by_the_wall_clock(void **state)
{
    (void)state;
    static const int64_t steps[] = {0, STEP_MS, -STEP_MS};
    for (size_t i = 0; i < COUNT(steps); i++) {
        check_wait("real_wait", wait_really, steps[i]);
        check_wait("clock_wait", wait_by_clock, steps[i]);
    }
}

static void the_wall_clock_is_the_one_that_steps(void **state)
{
    (void)state;
    int64_t wall = clock_wall_ms(clock_process()), monotonic = clock_monotonic_ms(clock_process());
    atomic_store(&step_ms, -24LL * 3600 * 1000);
    assert_true(clock_wall_ms(clock_process()) < wall - 23LL * 3600 * 1000);
    assert_in_range(clock_monotonic_ms(clock_process()), monotonic, monotonic + LATE_MS);
    atomic_store(&step_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_do_not_go_by_the_wall_clock),
        cmocka_unit_test(the_wall_clock_is_the_one_that_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
