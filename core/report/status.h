/* What `postern status` shows, and the two ways to show it. */
#ifndef POSTERN_REPORT_STATUS_H
#define POSTERN_REPORT_STATUS_H

#include "journal/journal.h"
#include <stdio.h>

struct status_report {
    const struct clock *clock;
    int64_t now_ms;
    bool daemon_runs;
    struct account_record *accounts;
    size_t account_count;
    struct stream_record *streams;
    size_t stream_count;
    struct delivery_record *deliveries;
    size_t delivery_count;
    struct journal_totals totals;
};

/* No stream and no delivery is in trouble ("not licensed" is no trouble). */
bool status_is_good(const struct status_report *report);
bool stream_is_good(const struct stream_record *stream);
bool delivery_is_good(const struct delivery_record *delivery);
void status_print_text(const struct status_report *report, FILE *to);
void status_print_json(const struct status_report *report, FILE *to);

#endif
