#include "collect/plan/token.h"

#include <stdlib.h>

void token_page_read(struct stream_record *record, bool keep_position, char *position, int64_t now_ms)
{
    record->page_number++;
    if (keep_position) {
        free(position);
        return;
    }
    free(record->position);
    record->position = position;
    record->position_saved_ms = now_ms;
}

void token_restart(struct stream_record *record)
{
    free(record->position);
    record->position = NULL;
    record->position_saved_ms = 0;
    record->page_number = 0;
}

int64_t token_gap_from_ms(const struct stream_record *record, int64_t now_ms)
{
    bool is_long_ago = record->last_success_ms && now_ms - record->last_success_ms > TOKEN_KEPT_MS;
    return is_long_ago ? record->last_success_ms : 0;
}

int64_t token_left_out_before(int64_t lookback_ms, int64_t added_ms)
{
    return lookback_ms < 0 ? INT64_MIN : added_ms - lookback_ms;
}

int64_t token_begins_after(const struct stream_record *former, int64_t overlap_ms)
{
    return former->caught_up_ms > 0 ? former->caught_up_ms - overlap_ms : INT64_MIN;
}
