/* Whether the program runs and moves. */
#include "base/plural.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "report/status.h"
#include <stdio.h>
#include <string.h>

#define ENDS_WITHIN_MS 30000

#define HOW_IT_ENDED_ITSELF "it did not end by itself: it was killed, it crashed, or the machine went down"

static const char *ago(const struct status_report *report, int64_t ms, char words[80])
{
    char time[TIMESTAMP_SIZE], length[32];
    snprintf(words, 80, "%s (%s ago)", timestamp_iso(ms, time), duration_format(report->now_ms - ms, length));
    return words;
}

/* ---- Not to be seen ---- */

void judge_directory(const struct status_report *report, struct status_verdict *verdict)
{
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "state_unreadable");
    verdict_say(reason, "%s", report->directory_error.message);
    verdict_advise(reason, "%s", report->directory_error.remedy);
}

/* ---- Not running ---- */

static void judge_ended_once(const struct status_report *report, struct status_verdict *verdict)
{
    const struct heartbeat *beat = &report->heartbeat;
    char when[80], most[32];
    struct verdict_reason *reason;
    if (!beat->ended_ms) {
        reason = verdict_add(verdict, VERDICT_BAD, "once_not_finished");
        reason->since_ms = beat->written_ms;
        verdict_say(reason,
                    "the last `postern run --once` has not finished; its last sign of life was at %s, "
                    "and " HOW_IT_ENDED_ITSELF,
                    ago(report, beat->written_ms, when));
        verdict_advise(reason, "Run it again, and look at what it said");
    } else if (beat->exit_code) {
        reason = verdict_add(verdict, VERDICT_ATTENTION, "once_incomplete");
        reason->since_ms = beat->ended_ms;
        verdict_say(reason, "the last `postern run --once`, which ended at %s, left something (exit code %d)",
                    ago(report, beat->ended_ms, when), beat->exit_code);
        verdict_advise(reason, "What it was stands below; the next run reads and delivers it");
    } else if (report->now_ms - beat->ended_ms > beat->tolerance.once_ms) {
        reason = verdict_add(verdict, VERDICT_BAD, "once_overdue");
        reason->since_ms = beat->ended_ms;
        verdict_say(reason,
                    "the last `postern run --once` ended at %s, and status { once = \"%s\" } says that "
                    "there should have been another",
                    ago(report, beat->ended_ms, when), duration_format(beat->tolerance.once_ms, most));
        verdict_advise(reason, "See why whatever starts it (cron, a timer) does not, or raise that setting");
    } else {
        snprintf(verdict->good, sizeof verdict->good,
                 "the last `postern run --once` ended at %s: everything was read and delivered",
                 ago(report, beat->ended_ms, when));
    }
}

static void judge_not_running(const struct status_report *report, struct status_verdict *verdict)
{
    const struct heartbeat *beat = &report->heartbeat;
    char when[80];
    if (report->has_heartbeat && beat->once) {
        judge_ended_once(report, verdict);
        return;
    }
    struct verdict_reason *reason = verdict_add(
        verdict, VERDICT_BAD, report->has_heartbeat || report->has_journal ? "not_running" : "never_started");
    verdict_advise(reason, "Start it: `postern run`, or your service manager");
    if (!report->has_heartbeat) {
        verdict_say(reason, report->has_journal ? "Postern is not running"
                                                : "Postern has never run with this state directory");
        return;
    }
    reason->since_ms = beat->ended_ms ? beat->ended_ms : beat->written_ms;
    if (!beat->ended_ms) {
        verdict_say(reason, "Postern has not been running since %s; " HOW_IT_ENDED_ITSELF,
                    ago(report, beat->written_ms, when));
        verdict_advise(reason, "Start it again, and look into its log and the system's for what happened");
    } else if (beat->exit_code) {
        verdict_say(reason, "Postern has not been running since %s; it ended with exit code %d",
                    ago(report, beat->ended_ms, when), beat->exit_code);
        verdict_advise(reason, "See in its log why, and start it again");
    } else {
        verdict_say(reason, "Postern has not been running since %s; it was told to stop",
                    ago(report, beat->ended_ms, when));
    }
}

/* ---- Running ---- */

static void judge_silent(const struct status_report *report, struct status_verdict *verdict)
{
    char length[32];
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "no_heartbeat");
    long long pid = (long long)report->daemon_pid;
    reason->since_ms = report->now_ms - report->heartbeat_age_ms;
    duration_format(report->heartbeat_age_ms, length);
    switch (report->process_state) {
    case 'T':
    case 't':
        verdict_say(reason, "Postern does not move: process %lld was stopped %s ago (SIGSTOP, or a debugger)",
                    pid, length);
        verdict_advise(reason, "Let it go on: kill -CONT %lld", pid);
        break;
    case 'D':
        verdict_say(reason, "Postern does not move: process %lld has been waiting for a disk for %s", pid,
                    length);
        verdict_advise(reason, "See what is wrong with the disk of the state directory (dmesg)");
        break;
    default:
        verdict_say(reason, "Postern does not move: process %lld has given no sign of life for %s", pid,
                    length);
        verdict_advise(reason, "See what holds it (ps -o stat,wchan -p %lld), or restart it: nothing is lost",
                       pid);
    }
}

/* It has the lock, but no heartbeat of its own yet. */
static void judge_starting(const struct status_report *report, struct status_verdict *verdict)
{
    char length[32];
    int64_t for_ms = report->now_ms - report->locked_since_ms;
    bool late = for_ms > report->heartbeat.tolerance.stalled_ms;
    struct verdict_reason *reason =
        verdict_add(verdict, late ? VERDICT_BAD : VERDICT_ATTENTION, late ? "does_not_start" : "starting");
    reason->since_ms = report->locked_since_ms;
    verdict_say(reason,
                "Postern is starting: process %lld has held the state directory for %s and has given "
                "no sign of life yet",
                (long long)report->daemon_pid, duration_format(for_ms, length));
    verdict_advise(reason, late ? "See its log for what it waits for: a large journal, a slow disk"
                                : "Look again in a moment");
}

static void judge_ending(const struct status_report *report, struct status_verdict *verdict)
{
    char length[32];
    int64_t for_ms = report->now_ms - report->heartbeat.ended_ms;
    bool late = for_ms > ENDS_WITHIN_MS;
    struct verdict_reason *reason =
        verdict_add(verdict, late ? VERDICT_BAD : VERDICT_ATTENTION, late ? "does_not_end" : "ending");
    reason->since_ms = report->heartbeat.ended_ms;
    verdict_say(reason, "Postern was told to stop %s ago and is ending", duration_format(for_ms, length));
    verdict_advise(reason, late ? "End process %lld; nothing is lost" : "Start it again when it has ended",
                   (long long)report->daemon_pid);
}

/* ---- Parts that stand ---- */

/* Sinks have a rule of their own. */
static void judge_part(const struct status_report *report, const struct standing_part *part,
                       struct status_verdict *verdict)
{
    char length[32];
    int64_t for_ms = part->for_ms + report->heartbeat_age_ms;
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "part_stands");
    reason->since_ms = report->now_ms - for_ms;
    verdict_name(reason, "", part->part);
    duration_format(for_ms, length);
    if (strcmp(part->part, "journal") == 0) {
        verdict_say(reason, "the journal's writer has been %s for %s: it does not come back from the disk",
                    part->step, length);
        verdict_advise(reason, "See what is wrong with the disk of the state directory (dmesg, iostat)");
    } else {
        verdict_say(reason, "the %s thread stands: it has been %s for %s", part->part, part->step, length);
        verdict_advise(reason, "Restart Postern: nothing is lost; and report this with its log");
    }
}

/* What there is to say if nobody finds anything. */
static void say_good(const struct status_report *report, struct status_verdict *verdict)
{
    char length[32], count[48];
    size_t unread = 0;
    for (size_t i = 0; i < report->stream_count; i++)
        unread += !report->streams[i].last_success_ms && report->streams[i].state != STREAM_NOT_LICENSED;
    if (unread)
        snprintf(count, sizeof count, "%zu of %zu", report->stream_count - unread, report->stream_count);
    else
        snprintf(count, sizeof count, "%s%zu", report->stream_count == 1 ? "" : "all ", report->stream_count);
    snprintf(verdict->good, sizeof verdict->good,
             "running for %s; %s stream%s of %zu account%s %s read, and nothing waits too long",
             duration_format(report->now_ms - report->heartbeat.started_ms, length), count,
             plural((int64_t)report->stream_count), report->account_count,
             plural((int64_t)report->account_count), plural_are((int64_t)report->stream_count));
}

void judge_daemon(const struct status_report *report, struct status_verdict *verdict)
{
    const struct heartbeat *beat = &report->heartbeat;
    if (!report->daemon_runs) {
        judge_not_running(report, verdict);
        return;
    }
    if (!report->has_heartbeat || beat->pid != report->daemon_pid)
        judge_starting(report, verdict);
    else if (beat->ended_ms)
        judge_ending(report, verdict);
    else if (report->heartbeat_age_ms > HEARTBEAT_FRESH_MS)
        judge_silent(report, verdict);
    else
        for (size_t i = 0; i < beat->part_count; i++)
            if (strncmp(beat->parts[i].part, "sink ", 5) != 0 &&
                beat->parts[i].for_ms + report->heartbeat_age_ms > beat->tolerance.stalled_ms)
                judge_part(report, &beat->parts[i], verdict);
    say_good(report, verdict);
}
