/* What is noted of idle polls (idle_log.h) and not yet in the rows, put over them: what another process than
 * the daemon reads is as new as what the daemon has noted. The daemon itself has it stored instead. */
#ifndef POSTERN_JOURNAL_SQLITE_IDLE_OVERLAY_H
#define POSTERN_JOURNAL_SQLITE_IDLE_OVERLAY_H

#include "journal/sqlite/database.h"
#include "journal/sqlite/idle_poll.h"

/* Before the rows are read: whatever is stored meanwhile is newer by its group. Empty in the daemon. */
postern_status idle_overlay_read(struct journal *journal, struct database *database,
                                 struct idle_poll_table *noted, postern_error *error);
/* Over a record as its row has it, which was written with that group. */
void idle_overlay_record(const struct idle_poll_table *noted, int64_t idle_group,
                         struct stream_record *record);
/* Over the newest range of a stream. */
void idle_overlay_range(const struct idle_poll_table *noted, int64_t idle_group, int64_t stream_id,
                        struct coverage_range *range);
/* Over how often a list was read: that only rises. */
void idle_overlay_list(const struct idle_poll_table *noted, struct snapshot_list *list);

#endif
