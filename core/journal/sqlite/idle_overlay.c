#include "journal/sqlite/idle_overlay.h"
#include "base/error.h"
#include "base/smaller.h"
#include "journal/sqlite/idle_log.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/stream_fields.h"
#include <stdlib.h>

postern_status idle_overlay_read(struct journal *journal, struct database *database,
                                 struct idle_poll_table *noted, postern_error *error)
{
    if (!is_reader(journal)) return POSTERN_OK;
    postern_error own = ERROR_INIT;
    postern_status status = idle_log_read(database, noted, &own);
    if (status == POSTERN_E_IO && database->is_damaged)
        return POSTERN_OK; /* the rows are as good, and older */
    if (status < 0 && error) *error = own;
    return status;
}

static const struct idle_poll *find(const struct idle_poll_table *noted, int64_t idle_group,
                                    int64_t stream_id)
{
    const struct idle_poll *poll = idle_poll_find(noted, stream_id);
    return poll && poll->group > idle_group ? poll : NULL;
}

void idle_overlay_record(const struct idle_poll_table *noted, int64_t idle_group,
                         struct stream_record *record)
{
    const struct idle_poll *poll = find(noted, idle_group, record->id);
    const int64_t saved_ms = record->position_saved_ms;
    if (!poll) return;
    for (size_t i = 0; i < STREAM_FIELD_COUNT; i++)
        memcpy((char *)record + stream_fields[i].offset,
               (const char *)&poll->record + stream_fields[i].offset, sizeof(int64_t));
    if (poll->keeps_position) {
        record->position_saved_ms = saved_ms;
    } else {
        free(record->position);
        record->position = NULL;
    }
}

void idle_overlay_range(const struct idle_poll_table *noted, int64_t idle_group, int64_t stream_id,
                        struct coverage_range *range)
{
    const struct idle_poll *poll = find(noted, idle_group, stream_id);
    if (!poll || !poll->has_coverage) return;
    range->until_ms = larger(range->until_ms, poll->coverage.until_ms);
    range->last_read_ms = larger(range->last_read_ms, poll->read_ms);
}

void idle_overlay_list(const struct idle_poll_table *noted, struct snapshot_list *list)
{
    const struct idle_poll *poll = idle_poll_find(noted, list->stream_id);
    if (poll) list->totals.state.polls = larger(list->totals.state.polls, poll->list_polls);
}
