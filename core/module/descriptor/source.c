/* Checks what a module declares of a source. */
#include "base/error.h"
#include "module/descriptor/parts.h"
#include <string.h>

static postern_status check_schedule(const struct inspection *at, const char *what, const char *name,
                                     const postern_schedule *schedule)
{
    postern_status status =
        check_size(at, "schedule", schedule->size, SIZE_THROUGH(postern_schedule, remember_ms));
    if (status == POSTERN_OK) status = check_flags(at, "schedule of", name, schedule->flags, 0);
    if (status < 0) return status;
    const int64_t times[] = {schedule->interval_ms, schedule->delay_ms,        schedule->settle_ms,
                             schedule->lookback_ms, schedule->replay_limit_ms, schedule->slice_ms,
                             schedule->remember_ms};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i] < 0) return malformed(at, what, name, "has a schedule with a negative time");
    if (schedule->settle_ms && schedule->settle_ms < schedule->delay_ms)
        return malformed(at, what, name, "has a schedule whose settle_ms is shorter than its delay_ms");
    return POSTERN_OK;
}

static postern_status check_quota(const struct inspection *at, const postern_stream *stream)
{
    const postern_quota *quota = stream->quota;
    postern_status status = check_size(at, "quota", quota->size, SIZE_THROUGH(postern_quota, window_ms));
    if (status == POSTERN_OK) status = check_flags(at, "quota", quota->name, quota->flags, 0);
    if (status < 0) return status;
    if (!is_name(quota->name, "-"))
        return malformed(at, "stream", stream->name, "has a quota without a valid name");
    if (quota->calls < 1 || quota->window_ms < 1)
        return malformed(at, "stream", stream->name, "has a quota that lets nothing through");
    return POSTERN_OK;
}

/* What streams have since 1.2. */
static postern_status check_additions(const struct inspection *at, const postern_stream *stream)
{
    postern_status status = POSTERN_OK;
    if (POSTERN_HAS(stream, product) && stream->product && !is_line(stream->product))
        return malformed(at, "stream", stream->name, "has a product without words");
    if (POSTERN_HAS(stream, empty_help) && stream->empty_help && !is_line(stream->empty_help))
        return malformed(at, "stream", stream->name, "has a help for emptiness that is not one line");
    if (POSTERN_HAS(stream, schedule) && stream->schedule)
        status = check_schedule(at, "stream", stream->name, stream->schedule);
    if (stream->kind == POSTERN_STREAM_SNAPSHOT &&
        !(POSTERN_HAS(stream, left_type) && stream->left_type && *stream->left_type))
        return malformed(at, "stream", stream->name, "names no type for the items that have left");
    if (status == POSTERN_OK && POSTERN_HAS(stream, quota) && stream->quota) status = check_quota(at, stream);
    return status;
}

/* A stream is named as its source, or "<source>-<part>". */
static bool is_stream_name(const char *name, const char *source)
{
    size_t length = strlen(source);
    return is_name(name, "-") && !strncmp(name, source, length) &&
           (name[length] == '\0' || (name[length] == '-' && name[length + 1] != '\0'));
}

static postern_status check_volatile_fields(const struct inspection *at, const postern_stream *stream)
{
    for (const postern_volatile_field *const *field = stream->volatile_fields; field && *field; field++) {
        postern_status status = check_size(at, "volatile field", (*field)->size,
                                           SIZE_THROUGH(postern_volatile_field, value_prefix));
        if (status == POSTERN_OK)
            status = check_flags(at, "volatile field", (*field)->path, (*field)->flags, 0);
        if (status < 0) return status;
        if (!is_member_path((*field)->path))
            return malformed(at, "stream", stream->name, "has a volatile field without a valid path");
    }
    return POSTERN_OK;
}

static postern_status not_yet(const struct inspection *at, const postern_stream *stream)
{
    error_set(
        at->error, POSTERN_E_UNSUPPORTED,
        "its stream \"%.63s\" is fed by requests from outside, which this Postern cannot take in: not yet",
        stream->name);
    error_remedy(at->error, "install a newer Postern, or the version of the module without that stream");
    return POSTERN_E_UNSUPPORTED;
}

static postern_status check_stream(const struct inspection *at, const postern_source *source,
                                   const postern_stream *stream)
{
    postern_status status = check_size(at, "stream", stream->size, SIZE_THROUGH(postern_stream, data));
    if (status == POSTERN_OK) status = check_flags(at, "stream", stream->name, stream->flags, 0);
    if (status < 0) return status;
    if (!is_stream_name(stream->name, source->name))
        return malformed(at, "stream", stream->name, "is not named as its source or \"<source>-<part>\"");
    if (stream->kind < POSTERN_STREAM_WINDOW || stream->kind > POSTERN_STREAM_SNAPSHOT)
        return unknown(at, "stream", stream->name, "is of unknown kind");
    if (!stream->auth || !*stream->auth)
        return malformed(at, "stream", stream->name, "names no authentication");
    if (!stream->permission) return malformed(at, "stream", stream->name, "names no permission");
    if (stream->kind == POSTERN_STREAM_PUSH) return not_yet(at, stream);
    status = check_additions(at, stream);
    return status == POSTERN_OK ? check_volatile_fields(at, stream) : status;
}

static postern_status check_streams(const struct inspection *at, const postern_source *source)
{
    if (!source->streams || !source->streams[0])
        return malformed(at, "source", source->name, "has no streams");
    for (const postern_stream *const *stream = source->streams; *stream; stream++) {
        postern_status status = check_stream(at, source, *stream);
        if (status < 0) return status;
        for (const postern_stream *const *other = source->streams; other != stream; other++)
            if (!strcmp((*other)->name, (*stream)->name) && !strcmp((*other)->auth, (*stream)->auth))
                return malformed(at, "stream", (*stream)->name, "comes twice for one kind of authentication");
    }
    return POSTERN_OK;
}

/* An account that does not use the source has nothing to give. */
static postern_status check_account_options(const struct inspection *at, const postern_source *source)
{
    postern_status status = check_options(at, source->account_options);
    for (const postern_option *const *option = source->account_options;
         status == POSTERN_OK && option && *option; option++)
        if ((*option)->flags & POSTERN_OPTION_REQUIRED)
            return malformed(at, "option", (*option)->name,
                             "is one of accounts, which none is required to give");
    return status;
}

postern_status check_source(const struct inspection *at, const postern_source *source)
{
    postern_status status = check_size(at, "source", source->size, SIZE_THROUGH(postern_source, on_push));
    if (status == POSTERN_OK)
        status = check_flags(at, "source", source->name, source->flags, POSTERN_SOURCE_OFF);
    if (status < 0) return status;
    if (!is_name(source->name, "-")) return malformed(at, "source", source->name, "has no valid name");
    if (!is_line(source->title)) return malformed(at, "source", source->name, "has no title");
    status = check_streams(at, source);
    if (status == POSTERN_OK && (!source->next || !source->on_response))
        return malformed(at, "source", source->name, "lacks the function next or on_response");
    if (status == POSTERN_OK && source->schedule)
        status = check_schedule(at, "source", source->name, source->schedule);
    if (status == POSTERN_OK) status = check_options(at, source->options);
    return status == POSTERN_OK ? check_account_options(at, source) : status;
}
