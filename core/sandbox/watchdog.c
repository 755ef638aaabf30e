#include "sandbox/watchdog.h"
#include "base/thread.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define TICK_MS     5
#define QUIET_TICKS 100 /* so long without any call, then the watchdog sleeps until the next one */

struct watchdog_thread {
    watchdog_interrupt *interrupt;
    /* Written by the thread itself. */
    _Atomic uint64_t sequence; /* odd while in a call; another number for each */
    _Atomic int64_t time_ms;
    struct sandbox *volatile running; /* read by the signal handler on the same thread */
    /* Written by the watchdog. */
    _Atomic uint64_t time_is_up; /* the sequence of the call whose time is up */
    /* The watchdog's alone, under the mutex. */
    pthread_t id;
    uint64_t seen;
    int64_t seen_at_ns;
    struct watchdog_thread *next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake_up = PTHREAD_COND_INITIALIZER;
static struct watchdog_thread *threads;
static _Atomic bool asleep;
static bool started;
static pthread_key_t thread_end;
static __thread struct watchdog_thread *this_thread;

static int64_t processor_time_ns(pthread_t id)
{
    clockid_t clock;
    struct timespec time;
    if (pthread_getcpuclockid(id, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Runs on the thread whose call took too long, which makes the asynchronous use of lua_sethook sound. */
static void on_signal(int signal_number)
{
    (void)signal_number;
    struct watchdog_thread *thread = this_thread;
    if (!thread || !thread->running || !watchdog_is_time_up()) return;
    thread->interrupt(thread->running);
}

bool watchdog_is_time_up(void)
{
    struct watchdog_thread *thread = this_thread;
    return thread && atomic_load_explicit(&thread->time_is_up, memory_order_relaxed) ==
                         atomic_load_explicit(&thread->sequence, memory_order_relaxed);
}

/* Looks at one thread; true if it is in a call or was since the last look. */
static bool look_at(struct watchdog_thread *thread)
{
    uint64_t sequence = atomic_load(&thread->sequence);
    if (sequence != thread->seen) {
        thread->seen = sequence;
        thread->seen_at_ns = sequence % 2 ? processor_time_ns(thread->id) : 0;
        return true;
    }
    if (sequence % 2 == 0) return false;
    int64_t used_ns = processor_time_ns(thread->id) - thread->seen_at_ns;
    if (used_ns >= atomic_load_explicit(&thread->time_ms, memory_order_relaxed) * 1000000) {
        atomic_store(&thread->time_is_up, sequence);
        if (!WATCHDOG_POLLS) pthread_kill(thread->id, SIGURG);
    }
    return true;
}

static bool look_at_all(void)
{
    bool busy = false;
    for (struct watchdog_thread *thread = threads; thread; thread = thread->next)
        busy |= look_at(thread);
    return busy;
}

static void *watch(void *unused)
{
    (void)unused;
    int quiet = 0;
    pthread_mutex_lock(&mutex);
    for (;;) {
        quiet = look_at_all() ? 0 : quiet + 1;
        if (quiet > QUIET_TICKS) {
            /* A call that begins sets its sequence and then reads `asleep`; here it is the other way round.
             * So either it sees that it must wake us, or the last look sees it. */
            atomic_store(&asleep, true);
            if (!look_at_all()) pthread_cond_wait(&wake_up, &mutex);
            atomic_store(&asleep, false);
            quiet = 0;
            continue;
        }
        pthread_mutex_unlock(&mutex);
        nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
        pthread_mutex_lock(&mutex);
    }
    return NULL;
}

static void forget_thread(void *argument)
{
    struct watchdog_thread *thread = argument;
    pthread_mutex_lock(&mutex);
    for (struct watchdog_thread **link = &threads; *link; link = &(*link)->next) {
        if (*link != thread) continue;
        *link = thread->next;
        break;
    }
    pthread_mutex_unlock(&mutex);
    this_thread = NULL;
    free(thread);
}

/* Under the mutex. */
static bool start(void)
{
    if (started) return true;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGURG, &action, NULL) != 0) return false;
    if (pthread_key_create(&thread_end, forget_thread) != 0) return false;
    pthread_t id;
    started = thread_start(&id, "watchdog", watch, NULL, NULL) == POSTERN_OK;
    if (started)
        pthread_detach(id);
    else
        pthread_key_delete(thread_end);
    return started;
}

static struct watchdog_thread *register_thread(watchdog_interrupt *interrupt)
{
    struct watchdog_thread *thread = calloc(1, sizeof(*thread));
    if (!thread) return NULL;
    thread->interrupt = interrupt;
    thread->id = pthread_self();
    pthread_mutex_lock(&mutex);
    bool ready = start() && pthread_setspecific(thread_end, thread) == 0;
    if (ready) {
        thread->next = threads;
        threads = thread;
    }
    pthread_mutex_unlock(&mutex);
    if (!ready) {
        free(thread);
        return NULL;
    }
    sigset_t urgent;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &urgent, NULL);
    this_thread = thread;
    return thread;
}

struct watchdog_thread *watchdog_this_thread(watchdog_interrupt *interrupt)
{
    return this_thread ? this_thread : register_thread(interrupt);
}

struct sandbox *watchdog_enter(struct watchdog_thread *thread, struct sandbox *sandbox, int64_t time_ms)
{
    struct sandbox *outer = thread->running;
    thread->running = sandbox;
    if (outer) return outer;
    atomic_store_explicit(&thread->time_ms, time_ms, memory_order_relaxed);
    atomic_store(&thread->sequence, atomic_load_explicit(&thread->sequence, memory_order_relaxed) + 1);
    if (__builtin_expect(atomic_load(&asleep), 0)) {
        pthread_mutex_lock(&mutex);
        pthread_cond_signal(&wake_up);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

void watchdog_leave(struct watchdog_thread *thread, struct sandbox *outer)
{
    thread->running = outer;
    atomic_signal_fence(memory_order_seq_cst);
    if (outer) return;
    uint64_t sequence = atomic_load_explicit(&thread->sequence, memory_order_relaxed);
    atomic_store_explicit(&thread->sequence, sequence + 1, memory_order_release);
}
