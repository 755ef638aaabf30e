#include "journal/states.h"

#include <stddef.h>
#include <string.h>

static const char *const account_statuses[] = {
    [ACCOUNT_PENDING] = "connection pending",
    [ACCOUNT_CONNECTED] = "connected",
    [ACCOUNT_FAILING] = "failing",
    [ACCOUNT_FAILED] = "failed",
    [ACCOUNT_REMOVED] = "removed",
};

static const char *const stream_states[] = {
    [STREAM_PENDING] = "pending",
    [STREAM_OK] = "ok",
    [STREAM_RETRYING] = "retrying",
    [STREAM_WAITING] = "waiting",
    [STREAM_NOT_PERMITTED] = "not permitted",
    [STREAM_NOT_LICENSED] = "not licensed",
    [STREAM_FAILED] = "failed",
    [STREAM_FULL] = "full",
    [STREAM_REMOVED] = "removed",
    [STREAM_OUT_OF_CALLS] = "out of calls",
};

static const char *const delivery_states[] = {
    [DELIVERY_UNKNOWN] = "unknown",
    [DELIVERY_OK] = "ok",
    [DELIVERY_RETRYING] = "retrying",
    [DELIVERY_STOPPED] = "stopped",
};

static const char *const breaker_states[] = {
    [BREAKER_CLOSED] = "closed",
    [BREAKER_OPEN] = "open",
    [BREAKER_HALF_OPEN] = "half-open",
};

static const char *const dead_stages[] = {
    [DEAD_UNKNOWN] = "unknown", [DEAD_COLLECT] = "collect", [DEAD_SCRIPT] = "script",
    [DEAD_SINK] = "sink",       [DEAD_JOURNAL] = "journal",
};

static const char *const skip_reasons[] = {
    [SKIP_UNKNOWN] = "unknown", [SKIP_BEGAN] = "began at the end", [SKIP_AWAY] = "away",
    [SKIP_REMOVED] = "removed", [SKIP_DROPPED] = "dropped",
};

static const char *const space_kinds[] = {
    [SPACE_FINE] = "fine",           [SPACE_JOURNAL_FULL] = "journal full", [SPACE_DISK_FULL] = "disk full",
    [SPACE_READ_ONLY] = "read-only", [SPACE_CANNOT_WRITE] = "cannot write", [SPACE_LOG_STUCK] = "log stuck",
};

#define COUNT(names) (sizeof(names) / sizeof *(names))

static size_t find(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return i;
    return 0;
}

const char *account_status_name(enum account_status status)
{
    return account_statuses[status];
}

const char *stream_state_name(enum stream_state state)
{
    return stream_states[state];
}

const char *delivery_state_name(enum delivery_state state)
{
    return delivery_states[state];
}

const char *breaker_state_name(enum breaker_state state)
{
    return breaker_states[state];
}

const char *dead_stage_name(enum dead_stage stage)
{
    return dead_stages[stage];
}

const char *skip_reason_name(enum skip_reason reason)
{
    return skip_reasons[reason];
}

const char *space_kind_name(enum space_kind kind)
{
    return space_kinds[kind];
}

enum account_status account_status_of(const char *name)
{
    return (enum account_status)find(account_statuses, COUNT(account_statuses), name);
}

enum stream_state stream_state_of(const char *name)
{
    return (enum stream_state)find(stream_states, COUNT(stream_states), name);
}

enum delivery_state delivery_state_of(const char *name)
{
    return (enum delivery_state)find(delivery_states, COUNT(delivery_states), name);
}

enum breaker_state breaker_state_of(const char *name)
{
    return (enum breaker_state)find(breaker_states, COUNT(breaker_states), name);
}

enum dead_stage dead_stage_of(const char *name)
{
    return (enum dead_stage)find(dead_stages, COUNT(dead_stages), name);
}

enum skip_reason skip_reason_of(const char *name)
{
    return (enum skip_reason)find(skip_reasons, COUNT(skip_reasons), name);
}

enum space_kind space_kind_of(const char *name)
{
    return (enum space_kind)find(space_kinds, COUNT(space_kinds), name);
}
