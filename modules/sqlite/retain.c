#include "sqlite_sink.h"

/* In one go, so that readers and the next batch do not wait long; the rest goes in the next second. */
#define MOST_AT_ONCE 10000

postern_status retain_forget(struct sqlite_sink *sink, int64_t steady_ms, postern_error *error)
{
    if (!sink->forget) return POSTERN_OK;
    sqlite3_bind_int64(sink->forget, 1, steady_ms - sink->retain_ms);
    sqlite3_bind_int(sink->forget, 2, MOST_AT_ONCE);
    int code = sqlite3_step(sink->forget);
    postern_status status =
        code == SQLITE_DONE ? POSTERN_OK : failure_take(sink, code, "cannot delete old rows", error);
    sqlite3_reset(sink->forget);
    return status == EVENT_REFUSED ? POSTERN_E_CONFIG : status;
}
