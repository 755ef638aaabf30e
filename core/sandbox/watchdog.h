/* Ends calls that use more processor time than they may, without a cost to those that do not.
 *
 * One thread per process looks at all threads that are in a call, every few milliseconds while there are any,
 * and sleeps else. When a call has had its time, the thread that runs it gets a signal (SIGURG, which is
 * ignored by default and which nobody else here uses) whose handler tells the sandbox. A call begins and ends
 * without a system call or a look at the clock. */
#ifndef POSTERN_SANDBOX_WATCHDOG_H
#define POSTERN_SANDBOX_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

struct sandbox;
struct watchdog_thread; /* one for each thread that ever made a call */

/* Told, in a signal handler on the thread that runs the sandbox, that the call has had its time. */
typedef void watchdog_interrupt(struct sandbox *sandbox);

/* This thread's record; NULL if it or the watchdog could not be set up. `interrupt` is the same in every
 * call. */
struct watchdog_thread *watchdog_this_thread(watchdog_interrupt *interrupt);

/* From here on the calling thread runs `sandbox`, at most `time_ms` of processor time. Returns the sandbox
 * that it was running before (NULL = none); calls nest, and the time is that of the outermost. */
struct sandbox *watchdog_enter(struct watchdog_thread *thread, struct sandbox *sandbox, int64_t time_ms);
/* The call has ended; `outer` is what watchdog_enter returned. After this no interruption of the inner one
 * arrives. */
void watchdog_leave(struct watchdog_thread *thread, struct sandbox *outer);

/* True if the time of the call that this thread is in is up (for builds that poll instead of signals). */
bool watchdog_is_time_up(void);

/* ThreadSanitizer holds signals back until the next intercepted call, which a Lua loop never makes: there the
 * sandbox polls from a hook instead. */
#if defined(__SANITIZE_THREAD__)
#define WATCHDOG_POLLS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WATCHDOG_POLLS 1
#endif
#endif
#ifndef WATCHDOG_POLLS
#define WATCHDOG_POLLS 0
#endif

#endif
