#include "engine/requests.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/real_time.h"
#include "base/units.h"
#include "engine/migration.h"
#include "engine/reread.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOMENT_MS 400 /* signals and metrics wait for no more */

/* ---- Outcomes ---- */

char *drop_outcome_write(const struct dead_dropped *dropped)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "dropped", (double)dropped->count);
    cJSON_AddNumberToObject(object, "bytes", (double)dropped->bytes);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

bool drop_outcome_read(const char *outcome, struct dead_dropped *dropped)
{
    cJSON *object = cJSON_Parse(outcome);
    const cJSON *count = cJSON_GetObjectItem(object, "dropped"), *size = cJSON_GetObjectItem(object, "bytes");
    bool good = cJSON_IsNumber(count) && cJSON_IsNumber(size);
    if (good)
        *dropped =
            (struct dead_dropped){.count = (int64_t)count->valuedouble, .bytes = (int64_t)size->valuedouble};
    cJSON_Delete(object);
    return good;
}

/* ---- Carrying out ---- */

static void answer(struct engine *engine, int64_t request, const char *outcome)
{
    postern_error error = ERROR_INIT;
    struct journal_commit commit = {.request_id = request,
                                    .request_outcome = outcome ? outcome : "out of memory"};
    if (journal_commit_now(engine->journal, &commit, &error) < 0)
        log_error(POSTERN_LOG_WARNING, "requests", &error);
}

/* How far it has got is noted from time to time: who waits is shown it, and a daemon that begins again goes
 * on counting there (what the earlier one removed behind its last note is not counted). */
static postern_status drop_all(struct engine *engine, const struct journal_request *request,
                               const struct dead_filter *filter, struct dead_dropped *dropped,
                               postern_error *error)
{
    postern_status status = POSTERN_OK;
    if (request->progress) (void)drop_outcome_read(request->progress, dropped);
    for (bool more = true; status == POSTERN_OK && more;) {
        status = journal_dead_drop(engine->journal, filter, dropped, &more, error);
        _cleanup_(freep) char *progress = drop_outcome_write(dropped);
        struct journal_commit commit = {.request_id = request->id, .request_progress = progress};
        if (status == POSTERN_OK && more && progress)
            status = journal_commit_now(engine->journal, &commit, error);
    }
    return status;
}

static void drop(struct engine *engine, const struct journal_request *request)
{
    postern_error error = ERROR_INIT;
    struct dead_dropped dropped = {0};
    char size[32];
    postern_arena *arena = arena_new((size_t)64 << 20);
    const struct dead_filter *filter = arena ? dead_filter_read(request->arguments, arena) : NULL;
    postern_status status = filter ? drop_all(engine, request, filter, &dropped, &error)
                                   : error_set(&error, POSTERN_E_INVALID,
                                               "this Postern does not understand which letters are meant");
    arena_free(arena);
    if (dropped.count)
        log_write(POSTERN_LOG_WARNING, "journal", "%lld dead letters (%s) were dropped on request",
                  (long long)dropped.count, size_format(dropped.bytes, size));
    _cleanup_(freep) char *outcome = status >= 0 ? drop_outcome_write(&dropped) : NULL;
    answer(engine, request->id, status >= 0 ? outcome : error.message);
}

static void begin_retry(struct engine *engine, const struct journal_request *request)
{
    postern_error error = ERROR_INIT;
    if (bulk_retry_new(engine->journal, request->arguments, request->id, request->progress, &engine->retry,
                       &error) < 0) {
        answer(engine, request->id, error.message);
        return;
    }
    engine->retry_request = request->id;
}

static void end_retry(struct engine *engine, const postern_error *error)
{
    const struct retry_tally *tally = bulk_retry_tally(engine->retry);
    char untried[64] = "";
    if (tally->untried) snprintf(untried, sizeof untried, ", %lld not tried", (long long)tally->untried);
    log_write(POSTERN_LOG_INFO, "journal",
              "%lld dead letter%s tried again on request: %lld %s delivered, %lld failed%s",
              (long long)tally->wanted, tally->wanted == 1 ? " was" : "s were", (long long)tally->delivered,
              plural_are(tally->delivered), (long long)tally->failed, untried);
    _cleanup_(freep) char *outcome = error->code < 0 ? NULL : bulk_retry_outcome(engine->retry);
    answer(engine, engine->retry_request, error->code < 0 ? error->message : outcome);
    bulk_retry_free(engine->retry);
    engine->retry = NULL;
    engine_forget_reread(engine);
}

/* The configuration is read again for it, by whoever runs the engine. */
static void switch_account(struct engine *engine, const struct journal_request *request)
{
    postern_error error = ERROR_INIT;
    postern_status status = migration_switch(engine->journal, engine->config, request->arguments, &error);
    engine->reload_wanted |= status >= 0;
    answer(engine, request->id, status >= 0 ? REQUEST_DONE : error.message);
}

static void begin(struct engine *engine, const struct journal_request *request)
{
    postern_error error = ERROR_INIT;
    if (strcmp(request->kind, REQUEST_DEAD_RETRY) == 0) {
        begin_retry(engine, request);
    } else if (strcmp(request->kind, REQUEST_DEAD_DROP) == 0) {
        drop(engine, request);
    } else if (strcmp(request->kind, REQUEST_SWITCH) == 0) {
        switch_account(engine, request);
    } else {
        error_set(&error, POSTERN_E_UNSUPPORTED, "this Postern does not know the request \"%s\"",
                  request->kind);
        answer(engine, request->id, error.message);
    }
}

static bool is_told_to_stop(const struct engine *engine)
{
    return engine->told_to_stop && engine->told_to_stop();
}

static bool serve_for(struct engine *engine, int64_t until_ms)
{
    const struct bytes_retry bytes = engine_bytes_retry(engine);
    while (!is_told_to_stop(engine)) {
        postern_error error = ERROR_INIT;
        struct journal_request request = {0};
        if (engine->retry && !bulk_retry_step(engine->retry, engine->deliverer, &bytes, &error)) {
            if (error.code == POSTERN_E_STOPPED) return false;
            end_retry(engine, &error);
        }
        if (!engine->retry) {
            if (journal_request_next(engine->journal, &request, &error) < 0 || request.id == 0) return false;
            pulse_step(&engine->pulse, "serving a request", clock_monotonic_ms(engine->clock));
            begin(engine, &request);
            free(request.arguments);
            free(request.progress);
        }
        if (real_ms_left(until_ms) == 0) return true;
    }
    return false;
}

bool engine_serve_requests(struct engine *engine)
{
    pulse_step(&engine->pulse, "looking for requests", clock_monotonic_ms(engine->clock));
    bool more = serve_for(engine, real_ms() + MOMENT_MS);
    pulse_rest(&engine->pulse);
    return more;
}
