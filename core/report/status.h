/* What `postern status` shows, as data; text and JSON are two views of it. */
#ifndef POSTERN_REPORT_STATUS_H
#define POSTERN_REPORT_STATUS_H

#include "journal/journal.h"
#include "journal/skipped.h"
#include <stdio.h>

struct status_report {
    int64_t now_ms;
    bool daemon_runs;
    struct account_record *accounts;
    size_t account_count;
    struct stream_record *streams;
    size_t stream_count;
    struct delivery_record *deliveries;
    size_t delivery_count;
    const struct skipped_range *skipped; /* newest first; in the arena */
    size_t skipped_count;
    postern_arena *arena;
    struct journal_totals totals;
    struct cJSON *metrics; /* as the daemon left them (metrics_file.h), NULL = not there or not readable */
};

/* Reads the journal of a state directory, whether a daemon runs there or not, without what the configuration
 * does not name any more. */
postern_status status_load(const char *directory, const struct clock *clock, struct status_report *report,
                           postern_error *error);
void status_clear(struct status_report *report);
/* The account's next stream after `stream`, its first for NULL; NULL = no more. */
const struct stream_record *status_next_stream(const struct status_report *report,
                                               const struct account_record *account,
                                               const struct stream_record *stream);

/* No stream and no delivery is in trouble ("not licensed" is no trouble). */
bool status_is_good(const struct status_report *report);
bool stream_is_good(const struct stream_record *stream);
bool delivery_is_good(const struct delivery_record *delivery);
void status_print_text(const struct status_report *report, FILE *to);
void status_print_json(const struct status_report *report, FILE *to);

#endif
