#include "collect/plan/window.h"
#include "base/smaller.h"

#include <stdlib.h>

static int64_t whole_second(int64_t ms)
{
    int64_t rest = ms % 1000;
    return ms - (rest < 0 ? rest + 1000 : rest);
}

int64_t window_origin(const struct window_settings *settings, int64_t added_ms)
{
    int64_t lookback = settings->lookback_ms < 0 ? WINDOW_ALL_MS : settings->lookback_ms;
    return whole_second(added_ms - lookback);
}

int64_t window_unsettled_from(const struct stream_record *record, const struct window_settings *settings,
                              int64_t added_ms)
{
    return record->settled_until_ms ? record->settled_until_ms + 1 : window_origin(settings, added_ms);
}

bool window_can_resume(const struct stream_record *record, int64_t now_ms)
{
    if (!record->position || !record->pass_until_ms) return false;
    int64_t age = now_ms - record->position_saved_ms;
    return age >= 0 && age < WINDOW_POSITION_AGE_MS;
}

void window_begin_poll(struct window_poll *poll, const struct stream_record *record,
                       const struct window_settings *settings, int64_t added_ms, int64_t until_ms,
                       int64_t settled_ms)
{
    *poll = (struct window_poll){
        .start_ms = settled_ms,
        .target_ms = whole_second(until_ms - settings->delay_ms),
        .next_from_ms = window_unsettled_from(record, settings, added_ms),
        .origin_ms = window_origin(settings, added_ms),
    };
}

void window_look(struct window_poll *poll)
{
    poll->target_ms = poll->next_from_ms + 1000;
}

void window_begin_at_floor(struct window_poll *poll, int64_t floor_ms)
{
    poll->next_from_ms = larger(poll->next_from_ms, floor_ms);
}

void window_set_target(struct window_poll *poll, const struct window_settings *settings, int64_t until_ms)
{
    poll->target_ms = whole_second(until_ms - settings->delay_ms);
}

void window_lower_origin(struct window_poll *poll, const struct window_settings *settings, int64_t added_ms)
{
    poll->origin_ms = smaller(poll->origin_ms, window_origin(settings, added_ms));
}

bool window_mend_future(struct stream_record *record, const struct window_settings *settings,
                        int64_t latest_ms)
{
    if (record->settled_until_ms <= latest_ms) return false;
    int64_t back_ms = settings->settle_ms;
    if (record->events == 0) back_ms = larger(back_ms, latest_ms - window_origin(settings, latest_ms));
    record->settled_until_ms = whole_second(latest_ms - back_ms) - 1;
    return true;
}

void window_resume_pass(struct window_poll *poll, const struct stream_record *record)
{
    poll->next_from_ms = record->pass_from_ms;
    /* Passes that follow build on this one, whose pages were read as of an earlier time. */
    poll->start_ms = smaller(poll->start_ms, record->pass_start_ms);
}

bool window_next_pass(const struct window_poll *poll, const struct window_settings *settings,
                      struct stream_record *record)
{
    if (poll->next_from_ms >= poll->target_ms) return false;
    window_drop_pass(record);
    int64_t slice = larger(whole_second(settings->slice_ms), 1000);
    record->pass_from_ms = poll->next_from_ms;
    record->pass_until_ms = smaller(poll->next_from_ms + slice, poll->target_ms);
    record->pass_start_ms = poll->start_ms;
    return true;
}

void window_lower_start(struct window_poll *poll, struct stream_record *record, int64_t settled_ms)
{
    poll->start_ms = smaller(poll->start_ms, settled_ms);
    record->pass_start_ms = smaller(record->pass_start_ms, settled_ms);
}

int64_t window_counts_at(const struct stream_record *record, int64_t origin_ms)
{
    if (record->pass_from_ms <= record->pass_start_ms) return record->pass_from_ms;
    return smaller(record->pass_from_ms, record->settled_until_ms ? record->settled_until_ms + 1 : origin_ms);
}

void window_page_read(struct stream_record *record, char *position, int64_t now_ms)
{
    free(record->position);
    record->position = position;
    record->position_saved_ms = now_ms;
    record->page_number++;
}

void window_pass_read(struct window_poll *poll, const struct window_settings *settings,
                      struct stream_record *record)
{
    int64_t unsettled_from = record->settled_until_ms ? record->settled_until_ms + 1 : poll->origin_ms;
    poll->next_from_ms = record->pass_until_ms;
    if (record->pass_from_ms <= unsettled_from) {
        int64_t before = record->settled_until_ms ? record->settled_until_ms : record->pass_from_ms - 1;
        /* The last second stays unsettled: events of it may still follow, and the next pass begins in it. */
        int64_t now =
            whole_second(smaller(record->pass_until_ms, record->pass_start_ms - settings->settle_ms)) - 1;
        record->settled_until_ms = larger(before, now);
    } else if (!record->settled_until_ms) {
        poll->next_from_ms = poll->origin_ms;
    }
    free(record->position);
    record->position = NULL;
    record->position_saved_ms = 0;
    record->page_number = 0;
}

void window_drop_pass(struct stream_record *record)
{
    free(record->position);
    record->position = NULL;
    record->position_saved_ms = 0;
    record->page_number = 0;
    record->pass_from_ms = record->pass_until_ms = record->pass_start_ms = 0;
}

int64_t window_replay_floor(const struct window_settings *settings, int64_t credentials_ms)
{
    return whole_second(credentials_ms - settings->replay_limit_ms);
}

bool window_limit_replay(struct stream_record *record, const struct window_settings *settings,
                         int64_t added_ms, int64_t credentials_ms, int64_t *from_ms, int64_t *until_ms)
{
    int64_t from = window_unsettled_from(record, settings, added_ms);
    int64_t floor = window_replay_floor(settings, credentials_ms);
    if (from >= floor) return false;
    window_drop_pass(record);
    record->settled_until_ms = floor - 1;
    *from_ms = from;
    *until_ms = floor - 1;
    return true;
}
