/* Whether what comes can be stored: the file system of the state directory, the journal's own limit, its dead
 * letters; and the clock by which all is stored. */
#include "base/units.h"
#include "report/forecast.h"
#include "report/status.h"
#include <stdlib.h>

#define LEAST_FREE        ((int64_t)1 << 20)
#define DEAD_NEARLY_FULL  80 /* percent */
#define CLOCK_OFF_MS      60000
#define FREE_SPACE_ADVICE "Free space there, or move `state` to a larger disk; collecting goes on by itself"

static void add_read_only(const struct status_report *report, struct status_verdict *verdict)
{
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "read_only");
    verdict_say(reason, "the state directory %s is on a read-only file system: nothing can be stored",
                report->directory);
    verdict_advise(reason, "See in the system's log why (often a failing disk), then remount it read-write");
}

static void add_disk_full(const struct status_report *report, int64_t since_ms,
                          struct status_verdict *verdict)
{
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "disk_full");
    char length[32];
    reason->since_ms = since_ms;
    if (since_ms)
        verdict_say(reason,
                    "the disk of the state directory %s has been full for %s: nothing is stored, so "
                    "nothing is collected",
                    report->directory, duration_format(report->now_ms - since_ms, length));
    else
        verdict_say(reason, "the disk of the state directory %s is full: nothing can be stored",
                    report->directory);
    verdict_advise(reason, FREE_SPACE_ADVICE);
}

static void add_journal_full(const struct status_report *report, int64_t since_ms,
                             struct status_verdict *verdict)
{
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "journal_full");
    char length[32], size[32];
    reason->since_ms = since_ms;
    size_format(report->totals.max_size, size);
    if (since_ms)
        verdict_say(
            reason,
            "the journal has been full for %s (journal { max_size = %s }) of events that no sink takes: "
            "collecting waits",
            duration_format(report->now_ms - since_ms, length), size);
    else
        verdict_say(reason, "the journal is full (journal { max_size = %s }) of events that no sink takes",
                    size);
    verdict_advise(reason, "Mend the delivery that stands still (below), or raise max_size; the vendor keeps "
                           "the events meanwhile");
}

static void add_cannot_write(const struct status_report *report, struct status_verdict *verdict)
{
    const struct journal_space *space = &report->heartbeat.space;
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "cannot_write");
    char length[32];
    reason->since_ms = space->since_ms;
    verdict_say(reason, "the journal could not be written for %s: %s",
                duration_format(report->now_ms - space->since_ms, length), space->words);
    verdict_advise(reason, "See in the system's log what is wrong with the disk; Postern tries every second");
}

/* What the running daemon says of it; what it could not store stands nowhere else. */
static void judge_space(const struct status_report *report, struct status_verdict *verdict)
{
    const struct journal_space *space = &report->heartbeat.space;
    struct verdict_reason *reason;
    switch (space->kind) {
    case SPACE_FINE: /* the heartbeat may be two seconds older than what stands in the journal */
        if (report->totals.full) add_journal_full(report, 0, verdict);
        break;
    case SPACE_JOURNAL_FULL:
        add_journal_full(report, space->since_ms, verdict);
        break;
    case SPACE_DISK_FULL:
        add_disk_full(report, space->since_ms, verdict);
        break;
    case SPACE_READ_ONLY:
        if (!report->volume.read_only) add_read_only(report, verdict);
        break;
    case SPACE_CANNOT_WRITE:
        add_cannot_write(report, verdict);
        break;
    case SPACE_LOG_STUCK:
        reason = verdict_add(verdict, VERDICT_BAD, "journal_pinned");
        reason->since_ms = space->since_ms;
        verdict_say(reason, "another process reads the journal without an end and keeps it growing: "
                            "collecting waits");
        verdict_advise(reason, "End that process (a Postern command that is stopped, a database tool)");
        break;
    }
}

static void judge_dead_letters(const struct status_report *report, struct status_verdict *verdict)
{
    const struct journal_totals *totals = &report->totals;
    char used[32], most[32];
    if (totals->dead_limit <= 0 || totals->dead_bytes < totals->dead_limit / 100 * DEAD_NEARLY_FULL) return;
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_ATTENTION, "dead_letters_nearly_full");
    verdict_say(reason, "the dead letters are nearly full: %s of %s", size_format(totals->dead_bytes, used),
                size_format(totals->dead_limit, most));
    verdict_advise(reason, "See what they are with `postern dead list`, then mend the cause, or raise "
                           "journal.dead_limit");
}

/* As the latest answers showed it. */
static void judge_clock(const struct status_report *report, struct status_verdict *verdict)
{
    int64_t off = 0;
    char length[32];
    for (size_t i = 0; i < report->account_count; i++)
        if (llabs(report->accounts[i].clock_off_ms) > llabs(off)) off = report->accounts[i].clock_off_ms;
    if (llabs(off) <= CLOCK_OFF_MS) return;
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_ATTENTION, "clock_off");
    verdict_say(reason, "this machine's clock is %s %s the vendor's", duration_format(llabs(off), length),
                off > 0 ? "behind" : "ahead of");
    verdict_advise(reason, "Set it right, for example with NTP");
}

/* Said while there is time to do something. */
static void judge_forecast(const struct status_report *report, struct status_verdict *verdict)
{
    const struct journal_totals *totals = &report->totals;
    int64_t left_ms = forecast_full_ms(totals, report->now_ms);
    char left[32], size[32], most[32];
    if (left_ms < 0 || totals->full) return;
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_ATTENTION, "journal_fills");
    verdict_say(reason,
                "the journal will be full in about %s if the backlog grows on as it does: %s of %s are taken "
                "by events that are not delivered",
                forecast_words(left_ms, left), size_format(totals->undelivered_bytes, size),
                size_format(totals->usable_bytes, most));
    verdict_advise(reason,
                   "Mend the delivery that stands still, raise journal.max_size, or set its when_full "
                   "to \"drop_oldest\"");
}

void judge_journal(const struct status_report *report, struct status_verdict *verdict)
{
    if (report->volume.read_only) add_read_only(report, verdict);
    if (status_daemon_speaks(report))
        judge_space(report, verdict);
    else if (!report->daemon_runs && report->totals.full)
        add_journal_full(report, 0, verdict);
    bool full_is_said = status_daemon_speaks(report) && report->heartbeat.space.kind == SPACE_DISK_FULL;
    if (report->volume.is_known && report->volume.free_bytes < LEAST_FREE && !full_is_said)
        add_disk_full(report, 0, verdict);
    if (report->journal_error.code < 0 && report->journal_is_there) {
        struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "journal_unreadable");
        verdict_say(reason, "%s", report->journal_error.message);
        verdict_advise(reason, "%s", report->journal_error.remedy);
    }
    judge_forecast(report, verdict);
    judge_dead_letters(report, verdict);
    judge_clock(report, verdict);
}
