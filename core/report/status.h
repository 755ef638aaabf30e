/* What `postern status` shows, as data; text and JSON are two views of it. */
#ifndef POSTERN_REPORT_STATUS_H
#define POSTERN_REPORT_STATUS_H

#include "journal/breakers.h"
#include "journal/journal.h"
#include "journal/skipped.h"
#include "journal/snapshot.h"
#include "report/heartbeat.h"
#include "report/verdict.h"
#include <limits.h>
#include <stdio.h>

struct status_report {
    int64_t now_ms;
    char directory[PATH_MAX];

    postern_error directory_error; /* it cannot be looked into: all below is empty */
    bool daemon_runs;
    int64_t daemon_pid, locked_since_ms; /* of what holds the directory */
    char process_state;                  /* as ps shows it; 0 = not known */
    bool has_heartbeat;
    struct heartbeat heartbeat; /* its tolerance is filled in any case */
    int64_t heartbeat_age_ms;
    struct state_volume { /* the file system of the directory */
        bool is_known, read_only;
        int64_t free_bytes;
    } volume;

    bool has_journal;      /* it could be read; else all below is empty */
    bool journal_is_there; /* the file */
    postern_error journal_error;
    struct account_record *accounts;
    size_t account_count;
    struct stream_record *streams;
    size_t stream_count;
    struct delivery_record *deliveries;
    size_t delivery_count;
    struct status_drops {
        const struct drop_count *reasons;
        size_t count;
    } * drops; /* why each delivery's scripts dropped events, the most frequent first; in the arena */
    const struct breaker_record *breakers; /* of sinks that are not written to as usual; in the arena */
    size_t breaker_count;
    const struct skipped_range *skipped; /* newest first; in the arena */
    size_t skipped_count;
    const struct coverage_gap *gaps; /* likewise */
    size_t gap_count;
    const struct snapshot_list *lists; /* of snapshot streams; likewise */
    size_t list_count;
    postern_arena *arena;
    struct journal_totals totals;
    struct cJSON *metrics; /* as the daemon left them (metrics_file.h), NULL = not there or not readable */

    struct status_verdict verdict;
};

/* Reads the journal of a state directory, whether a daemon runs there or not, without what the configuration
 * does not name any more; and all else that the verdict rests on. What cannot be read is said in it. */
void status_load(const char *directory, const struct clock *clock, struct status_report *report);
void status_clear(struct status_report *report);
/* The account's next stream after `stream`, its first for NULL; NULL = no more. */
const struct stream_record *status_next_stream(const struct status_report *report,
                                               const struct account_record *account,
                                               const struct stream_record *stream);

/* What is remembered of the stream's list; NULL = it has none. */
const struct snapshot_totals *status_list(const struct status_report *report,
                                          const struct stream_record *stream);

/* A daemon runs, and its heartbeat is fresh: what is in it holds now. */
static inline bool status_daemon_speaks(const struct status_report *report)
{
    return report->daemon_runs && report->has_heartbeat && !report->heartbeat.ended_ms &&
           report->heartbeat.pid == report->daemon_pid && report->heartbeat_age_ms <= HEARTBEAT_FRESH_MS;
}

/* The stream's; NULL if it was removed. */
const struct account_record *status_account(const struct status_report *report,
                                            const struct stream_record *stream);
bool account_is_in_trouble(const struct account_record *account);
/* Judged now ("not licensed" is no trouble). */
bool stream_is_good(const struct status_report *report, const struct stream_record *stream);
bool delivery_is_good(const struct status_report *report, const struct delivery_record *delivery);
/* The breaker of a sink; NULL = closed. */
const struct breaker_record *status_breaker(const struct status_report *report, const char *sink);
/* The objects of `status --json`. */
struct cJSON *status_breaker_json(const struct status_report *report, const char *sink);
struct cJSON *status_delivery_json(const struct status_report *report,
                                   const struct delivery_record *delivery);
/* Prints a document for programs, and deletes it. */
void status_print_document(FILE *to, struct cJSON *document);
void status_print_text(const struct status_report *report, FILE *to);
void status_print_json(const struct status_report *report, FILE *to);

#endif
