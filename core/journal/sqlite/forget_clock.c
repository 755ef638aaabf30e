#include "journal/sqlite/forget_clock.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/store.h"

#define KEEP_EVERY_MS 60000

static const char steady_key[] = "steady_ms", wall_key[] = "steady_wall_ms",
                  server_key[] = "steady_server_ms";

/* A journal that never knew it: what it remembers was counted from when its pages came, by a wall clock that
 * may have been ahead then. */
static postern_status begin(struct forget_clock *forget, struct database *database, struct steady_mark *mark,
                            postern_error *error)
{
    int64_t now = clock_wall_ms(forget->clock);
    postern_status status =
        database_number(database, error, now, &mark->steady_ms,
                        "SELECT received_ms FROM page ORDER BY sequence DESC LIMIT 1", NO_VALUES);
    if (mark->steady_ms > now) mark->steady_ms = now;
    mark->wall_ms = now;
    mark->server_ms = 0;
    return status;
}

postern_status forget_clock_start(struct forget_clock *forget, const struct clock *clock,
                                  struct database *database, postern_error *error)
{
    struct steady_mark mark = {0};
    *forget = (struct forget_clock){.clock = clock, .kept_ms = INT64_MIN};
    postern_status status = meta_get(database, steady_key, &mark.steady_ms, error);
    if (status == POSTERN_OK) status = meta_get(database, wall_key, &mark.wall_ms, error);
    if (status == POSTERN_OK) status = meta_get(database, server_key, &mark.server_ms, error);
    if (status == POSTERN_OK && !mark.steady_ms) status = begin(forget, database, &mark, error);
    if (status < 0) return status;
    pthread_mutex_init(&forget->lock, NULL);
    steady_time_start(&forget->time, &mark, clock_monotonic_ms(clock));
    return status;
}

void forget_clock_stop(struct forget_clock *forget)
{
    pthread_mutex_destroy(&forget->lock);
}

int64_t forget_clock_now(struct forget_clock *forget)
{
    pthread_mutex_lock(&forget->lock);
    int64_t now = steady_time_now(&forget->time, clock_monotonic_ms(forget->clock));
    pthread_mutex_unlock(&forget->lock);
    return now;
}

postern_status forget_clock_keep(struct forget_clock *forget, struct database *database, bool always,
                                 postern_error *error)
{
    int64_t now = clock_monotonic_ms(forget->clock);
    if (!always && forget->kept_ms != INT64_MIN && now - forget->kept_ms < KEEP_EVERY_MS) return POSTERN_OK;
    pthread_mutex_lock(&forget->lock);
    struct steady_mark mark = steady_time_mark(&forget->time, now);
    pthread_mutex_unlock(&forget->lock);
    postern_status status = meta_set(database, steady_key, mark.steady_ms, error);
    if (status == POSTERN_OK) status = meta_set(database, wall_key, mark.wall_ms, error);
    if (status == POSTERN_OK) status = meta_set(database, server_key, mark.server_ms, error);
    if (status == POSTERN_OK) forget->kept_ms = now;
    return status;
}

int64_t journal_steady_ms(struct journal *journal)
{
    return forget_clock_now(&journal->forget_clock);
}

void journal_server_time(struct journal *journal, int64_t server_ms, int64_t wall_ms)
{
    struct forget_clock *forget = &journal->forget_clock;
    if (is_reader(journal) || server_ms <= 0) return;
    pthread_mutex_lock(&forget->lock);
    steady_time_hear(&forget->time, server_ms, wall_ms, clock_monotonic_ms(forget->clock));
    pthread_mutex_unlock(&forget->lock);
}
