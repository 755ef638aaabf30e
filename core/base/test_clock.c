#include "base/test_clock.h"
#include "base/real_time.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* A sequence lock: odd while the owner writes. All fields are atomics, so that readers race without harm. */
struct shared {
    _Atomic uint64_t sequence;
    _Atomic int64_t base_real_ms, base_wall_ms;
    _Atomic double rate;
    _Atomic int64_t step_ms; /* of the wall clock alone; files without it have none */
};

struct shared_clock {
    struct clock clock;
    struct shared *shared;
    pthread_mutex_t lock;
    int64_t newest_ms, gone_back_ms; /* of the monotonic clock */
};

static int64_t shared_now(struct shared *shared)
{
    for (;;) {
        uint64_t before = atomic_load(&shared->sequence);
        int64_t real = atomic_load(&shared->base_real_ms), wall = atomic_load(&shared->base_wall_ms);
        double rate = atomic_load(&shared->rate);
        if (before % 2 == 0 && before == atomic_load(&shared->sequence))
            return wall + (int64_t)((double)(real_ms() - real) * rate);
    }
}

static struct shared *map_shared(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0) return NULL;
    struct shared *shared = NULL;
    if ((flags & O_CREAT) == 0 || ftruncate(fd, (off_t)sizeof(struct shared)) == 0) {
        void *address = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (address != MAP_FAILED) shared = address;
    }
    close(fd);
    return shared;
}

static void publish(struct shared *shared, int64_t wall_ms, double rate)
{
    atomic_fetch_add(&shared->sequence, 1);
    atomic_store(&shared->base_real_ms, real_ms());
    atomic_store(&shared->base_wall_ms, wall_ms);
    atomic_store(&shared->rate, rate);
    atomic_fetch_add(&shared->sequence, 1);
}

bool test_clock_create(const char *path, int64_t wall_ms, double rate)
{
    struct shared *shared = map_shared(path, O_RDWR | O_CREAT);
    if (!shared) return false;
    publish(shared, wall_ms, rate);
    munmap(shared, sizeof *shared);
    return true;
}

bool test_clock_set(const char *path, int64_t delta_ms, double rate)
{
    struct shared *shared = map_shared(path, O_RDWR);
    if (!shared) return false;
    publish(shared, shared_now(shared) + delta_ms, rate < 0 ? atomic_load(&shared->rate) : rate);
    munmap(shared, sizeof *shared);
    return true;
}

bool test_clock_step(const char *path, int64_t step_ms)
{
    struct shared *shared = map_shared(path, O_RDWR);
    if (!shared) return false;
    atomic_store(&shared->step_ms, step_ms);
    munmap(shared, sizeof *shared);
    return true;
}

static struct shared_clock *shared_clock_of(const struct clock *clock)
{
    return (struct shared_clock *)(uintptr_t)clock;
}

static int64_t test_wall(const struct clock *clock)
{
    struct shared *shared = shared_clock_of(clock)->shared;
    return shared_now(shared) + atomic_load(&shared->step_ms);
}

static int64_t test_monotonic(const struct clock *clock)
{
    struct shared_clock *own = shared_clock_of(clock);
    pthread_mutex_lock(&own->lock);
    int64_t now = shared_now(own->shared) + own->gone_back_ms;
    if (now < own->newest_ms) {
        own->gone_back_ms += own->newest_ms - now;
        now = own->newest_ms;
    }
    own->newest_ms = now;
    pthread_mutex_unlock(&own->lock);
    return now;
}

const struct clock *test_clock_open(const char *path)
{
    struct shared *shared = map_shared(path, O_RDWR);
    struct shared_clock *clock = shared ? malloc(sizeof *clock) : NULL;
    if (!clock) return NULL;
    *clock = (struct shared_clock){{test_wall, test_monotonic, 2.0}, shared, PTHREAD_MUTEX_INITIALIZER, 0, 0};
    return &clock->clock;
}
