#include "engine/heartbeat_service.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/thread.h"
#include "base/units.h"
#include "journal/notice.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct heartbeat_service {
    struct heartbeat_parts parts;
    struct heartbeat_file file;
    struct heartbeat beat;
    int64_t started_ms; /* by the wall clock of then */
    bool failing;       /* the last one could not be written */
    struct said_part {
        char part[sizeof((struct standing_part *)NULL)->part];
        int64_t since_ms;    /* monotonic; 0 = none */
        int64_t looked;      /* at which beat it was last looked at */
    } said[HEARTBEAT_PARTS]; /* those of which the log says that they stand */
    pthread_t thread;
    bool running; /* of the thread that starts and ends it */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop;                  /* under the lock */
    struct tolerance tolerance; /* the same */
    struct late_polls late;     /* the same */
};

/* ---- Looking ---- */

static struct said_part *find_said(struct heartbeat_service *service, const char *part)
{
    for (size_t i = 0; i < HEARTBEAT_PARTS; i++)
        if (service->said[i].since_ms && strcmp(service->said[i].part, part) == 0) return &service->said[i];
    return NULL;
}

/* A part that is looked at. */
struct looked_at {
    const char *part;
    bool is_silent; /* no notice can be of it */
};

static void tell(struct heartbeat_service *service, const struct looked_at *at, enum notice_kind kind,
                 const char *message, bool is_logged)
{
    const struct notice notice = {.kind = kind, .subject = at->part, .message = message};
    if (is_logged) notice_log(&notice);
    if (!at->is_silent) notice_emit(service->parts.journal, &notice);
}

static void say_it_moves(struct heartbeat_service *service, const struct looked_at *at,
                         struct said_part *said)
{
    char length[32], message[64];
    snprintf(message, sizeof message, "moves again after %s",
             duration_format(service->beat.monotonic_ms - said->since_ms, length));
    said->since_ms = 0;
    tell(service, at, NOTICE_PART_MOVES, message, true);
}

static void say_it_stands(struct heartbeat_service *service, const struct looked_at *at, const char *step,
                          int64_t for_ms)
{
    char length[32], message[160];
    struct said_part *said = service->said;
    while (said < service->said + HEARTBEAT_PARTS && said->since_ms)
        said++;
    if (said == service->said + HEARTBEAT_PARTS) return;
    int64_t since_ms = service->beat.monotonic_ms - for_ms;
    text_to_string(text_of(at->part), said->part, sizeof said->part);
    said->since_ms = since_ms ? since_ms : 1;
    said->looked = service->beat.sequence;
    snprintf(message, sizeof message, "stands: one step (%.60s) has taken %s so far; see `postern status`",
             step, duration_format(for_ms, length));
    tell(service, at, NOTICE_PART_STALLED, message, true);
}

/* `step` NULL: it rests. Said once when it stands for long, and once when it moves again: that also at the
 * first look, since the run before may have ended while it stood. */
static void say(struct heartbeat_service *service, const struct looked_at *at, const char *step,
                int64_t for_ms)
{
    const struct heartbeat *beat = &service->beat;
    struct said_part *said = find_said(service, at->part);
    bool stands = step && for_ms > beat->tolerance.stalled_ms;
    if (said) said->looked = beat->sequence;
    if (said && (!step || beat->monotonic_ms - for_ms > said->since_ms)) {
        say_it_moves(service, at, said);
        said = NULL;
    } else if (beat->sequence == 1 && !stands) {
        tell(service, at, NOTICE_PART_MOVES, "moves", false);
    }
    if (stands && !said) say_it_stands(service, at, step, for_ms);
}

static void look_at(struct heartbeat_service *service, const struct looked_at *at, struct pulse *pulse)
{
    struct heartbeat *beat = &service->beat;
    int64_t for_ms;
    const char *step = pulse_look(pulse, beat->monotonic_ms, &for_ms);
    say(service, at, step, for_ms);
    if (!step || for_ms < STANDING_AFTER_MS) return;
    beat->part_total++;
    if (beat->part_count == HEARTBEAT_PARTS) return;
    struct standing_part *standing = &beat->parts[beat->part_count++];
    standing->for_ms = for_ms;
    text_to_string(text_of(at->part), standing->part, sizeof standing->part);
    text_to_string(text_of(step), standing->step, sizeof standing->step);
}

static void look_at_sink(void *context, const char *sink, bool only_notices, struct pulse *pulse)
{
    char part[sizeof((struct standing_part *)NULL)->part];
    snprintf(part, sizeof part, "sink %s", sink);
    look_at(context, &(struct looked_at){part, only_notices}, pulse);
}

/* A reload has taken them away. */
static void forget_gone(struct heartbeat_service *service)
{
    for (size_t i = 0; i < HEARTBEAT_PARTS; i++) {
        struct said_part *said = &service->said[i];
        if (said->since_ms && said->looked != service->beat.sequence)
            say_it_moves(service, &(struct looked_at){.part = said->part}, said);
    }
}

static void look(struct heartbeat_service *service)
{
    const struct heartbeat_parts *parts = &service->parts;
    struct heartbeat *beat = &service->beat;
    beat->part_count = beat->part_total = 0;
    /* That its writer stands is stored when it moves again. */
    look_at(service, &(struct looked_at){.part = "journal"}, journal_pulse(parts->journal));
    if (parts->network)
        look_at(service, &(struct looked_at){.part = "network"}, network_pulse(parts->network));
    look_at(service, &(struct looked_at){.part = "main"}, parts->main);
    if (parts->deliverer) deliverer_each_pulse(parts->deliverer, look_at_sink, service);
    forget_gone(service);
    journal_space(parts->journal, &beat->space);
    beat->space.since_ms = beat->written_ms - (beat->monotonic_ms - beat->space.since_ms);
}

/* ---- Writing ---- */

static void write_beat(struct heartbeat_service *service)
{
    postern_error error = ERROR_INIT;
    bool failed = service->file.fd < 0 || heartbeat_write(&service->file, &service->beat, &error) < 0;
    if (failed && !service->failing) log_error(POSTERN_LOG_WARNING, "heartbeat", &error);
    service->failing = failed;
}

static void look_at_clocks(struct heartbeat_service *service)
{
    struct heartbeat *beat = &service->beat;
    int64_t wall = clock_wall_ms(service->parts.clock), now = clock_monotonic_ms(service->parts.clock);
    int64_t expected = beat->written_ms + (now - beat->monotonic_ms);
    if (beat->sequence) {
        clock_steps_note(&beat->clock_steps, expected, wall);
        beat->started_ms = clock_steps_correct(&beat->clock_steps, wall, service->started_ms);
    }
    beat->sequence++;
    beat->written_ms = wall;
    beat->monotonic_ms = now;
}

static void beat_once(struct heartbeat_service *service)
{
    struct heartbeat *beat = &service->beat;
    look_at_clocks(service);
    pthread_mutex_lock(&service->lock);
    beat->tolerance = service->tolerance;
    beat->late = service->late;
    pthread_mutex_unlock(&service->lock);
    look(service);
    write_beat(service);
}

static bool wait_for_next(struct heartbeat_service *service)
{
    const struct clock *clock = service->parts.clock;
    int64_t next = service->beat.monotonic_ms + HEARTBEAT_EVERY_MS;
    pthread_mutex_lock(&service->lock);
    while (!service->stop && clock_monotonic_ms(clock) < next)
        clock_wait(clock, &service->changed, &service->lock, next);
    bool stop = service->stop;
    pthread_mutex_unlock(&service->lock);
    return !stop;
}

static void *beat_on(void *argument)
{
    struct heartbeat_service *service = argument;
    do
        beat_once(service);
    while (wait_for_next(service));
    return NULL;
}

/* ---- Start and end ---- */

postern_status heartbeat_service_start(const struct heartbeat_parts *parts, const struct tolerance *tolerance,
                                       struct heartbeat_service **service, postern_error *error)
{
    struct heartbeat_service *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    made->parts = *parts;
    made->tolerance = *tolerance;
    made->started_ms = clock_wall_ms(parts->clock);
    made->beat = (struct heartbeat){.pid = getpid(), .once = parts->once, .started_ms = made->started_ms};
    heartbeat_boot(made->beat.boot);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    postern_error opening = ERROR_INIT;
    if (heartbeat_open(&made->file, journal_directory(parts->journal), &opening) < 0) {
        log_error(POSTERN_LOG_WARNING, "heartbeat", &opening);
        made->failing = true;
    }
    postern_status status = thread_start(&made->thread, "heartbeat", beat_on, made, error);
    made->running = status >= 0;
    if (status < 0)
        heartbeat_service_free(made);
    else
        *service = made;
    return status;
}

void heartbeat_service_tolerate(struct heartbeat_service *service, const struct tolerance *tolerance)
{
    pthread_mutex_lock(&service->lock);
    service->tolerance = *tolerance;
    pthread_mutex_unlock(&service->lock);
}

void heartbeat_service_late(struct heartbeat_service *service, const struct late_polls *late)
{
    if (!service) return;
    pthread_mutex_lock(&service->lock);
    service->late = *late;
    pthread_mutex_unlock(&service->lock);
}

static void join(struct heartbeat_service *service)
{
    pthread_mutex_lock(&service->lock);
    service->stop = true;
    pthread_cond_signal(&service->changed);
    pthread_mutex_unlock(&service->lock);
    if (service->running) pthread_join(service->thread, NULL);
    service->running = false;
}

void heartbeat_service_end(struct heartbeat_service *service, int exit_code)
{
    if (!service || !service->running) return;
    join(service);
    service->beat.exit_code = exit_code;
    look_at_clocks(service);
    service->beat.ended_ms = service->beat.written_ms;
    look(service);
    write_beat(service);
}

void heartbeat_service_free(struct heartbeat_service *service)
{
    if (!service) return;
    join(service);
    heartbeat_close(&service->file);
    pthread_cond_destroy(&service->changed);
    pthread_mutex_destroy(&service->lock);
    free(service);
}
