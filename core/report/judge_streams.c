/* Whether every stream is read, as often as it should be. */
#include "base/plural.h"
#include "base/units.h"
#include "report/late_words.h"
#include "report/status.h"
#include <stdio.h>
#include <string.h>

#define DEFAULT_INTERVAL_MS ((int64_t)15 * 60000) /* where the daemon has said none */
/* A round of requests may take so long before its success is written. */
#define ROUND_MS ((int64_t)5 * 60000)

/* What may be wrong with one, the most telling first. */
enum stream_fault {
    FAULT_NONE,
    FAULT_FAILED,
    FAULT_NOT_PERMITTED,
    FAULT_RETRYING,
    FAULT_NO_SPACE,
    FAULT_LATE,
    FAULT_OVERDUE,
    FAULT_PENDING,
    FAULT_COUNT,
};

static const struct {
    const char *code, *one, *many;
} faults[FAULT_COUNT] = {
    [FAULT_FAILED] = {"stream_failed", "cannot be read", "cannot be read"},
    [FAULT_NOT_PERMITTED] = {"stream_not_permitted", "may not be read", "may not be read"},
    [FAULT_RETRYING] = {"stream_retrying", "could not be read and is tried again",
                        "could not be read and are tried again"},
    [FAULT_NO_SPACE] = {"stream_no_space", "waits because nothing can be stored",
                        "wait because nothing can be stored"},
    [FAULT_LATE] = {"stream_late", "is not being read", "are not being read"},
    [FAULT_OVERDUE] = {"stream_overdue", "is overdue", "are overdue"},
    [FAULT_PENDING] = {"stream_pending", "was never read yet", "were never read yet"},
};

static enum stream_fault fault_of_state(enum stream_state state)
{
    switch (state) {
    case STREAM_FAILED:
        return FAULT_FAILED;
    case STREAM_NOT_PERMITTED:
        return FAULT_NOT_PERMITTED;
    case STREAM_RETRYING:
        return FAULT_RETRYING;
    case STREAM_FULL:
        return FAULT_NO_SPACE;
    case STREAM_PENDING:
    case STREAM_OK:
    case STREAM_WAITING:
    case STREAM_NOT_LICENSED:
    case STREAM_OUT_OF_CALLS:
    case STREAM_REMOVED:
        break;
    }
    return FAULT_NONE;
}

static int64_t late_after_ms(const struct status_report *report, const struct stream_record *stream)
{
    const struct tolerance *tolerance = &report->heartbeat.tolerance;
    int64_t interval = DEFAULT_INTERVAL_MS;
    char name[sizeof tolerance->intervals->stream];
    snprintf(name, sizeof name, "%s %s", stream->name, stream->auth ? stream->auth : "");
    for (size_t i = 0; i < tolerance->interval_count; i++)
        if (strcmp(tolerance->intervals[i].stream, name) == 0) interval = tolerance->intervals[i].interval_ms;
    return interval * tolerance->missed_polls + ROUND_MS + tolerance->idle_flush_ms;
}

/* Of a daemon: what stands in a record that was good when it was written. */
static enum stream_fault fault_of_time(const struct status_report *report, const struct stream_record *stream)
{
    const struct account_record *account = status_account(report, stream);
    const struct tolerance *tolerance = &report->heartbeat.tolerance;
    int64_t now = report->now_ms;
    if (!status_daemon_speaks(report) || report->heartbeat.once || stream->state == STREAM_NOT_LICENSED)
        return FAULT_NONE;
    int64_t overdue_ms = 3 * tolerance->stalled_ms + tolerance->idle_flush_ms;
    bool overdue = stream->next_attempt_ms && now - stream->next_attempt_ms > overdue_ms;
    if (stream->state == STREAM_OUT_OF_CALLS) return overdue ? FAULT_OVERDUE : FAULT_NONE;
    if (!stream->last_success_ms)
        return account && now - account->added_ms > tolerance->pending_ms ? FAULT_PENDING : FAULT_NONE;
    if (now - stream->last_success_ms > late_after_ms(report, stream)) return FAULT_LATE;
    return overdue ? FAULT_OVERDUE : FAULT_NONE;
}

static enum stream_fault fault_of(const struct status_report *report, const struct stream_record *stream)
{
    enum stream_fault fault = fault_of_state(stream->state);
    /* What a run that is over left waiting was not read, and nothing goes on by itself. */
    bool waits = stream->state == STREAM_WAITING || stream->state == STREAM_OUT_OF_CALLS;
    if (waits && !report->daemon_runs) return FAULT_RETRYING;
    return fault ? fault : fault_of_time(report, stream);
}

bool stream_is_good(const struct status_report *report, const struct stream_record *stream)
{
    return fault_of(report, stream) == FAULT_NONE;
}

/* ---- Reasons ---- */

static void say_words(const struct status_report *report, const struct stream_record *stream,
                      struct verdict_reason *reason, enum stream_fault fault)
{
    char last[64] = "never read", length[32], words[ERROR_TEXT_SIZE / 2];
    if (stream->last_success_ms)
        snprintf(last, sizeof last, "last read %s ago",
                 duration_format(report->now_ms - stream->last_success_ms, length));
    snprintf(words, sizeof words, "%s", trouble_error(stream->trouble));
    verdict_say(reason, "%zu of %zu stream%s %s: %s (%s)%s%s", reason->count, reason->of,
                plural((int64_t)reason->of), reason->count == 1 ? faults[fault].one : faults[fault].many,
                reason->names[0], last, words[0] ? ": " : "", words);
    verdict_advise(
        reason, "%s",
        trouble_remedy(stream->trouble)[0] ? trouble_remedy(stream->trouble)
        : fault >= FAULT_LATE
            ? "See what the log says of it; a restart reads it at once, and nothing is "
              "lost while the vendor keeps the events"
            : "It is tried again by itself, and nothing is lost while the vendor keeps the events");
}

/* What its account as a whole suffers from is said there. */
static bool is_said(const struct status_report *report, const struct stream_record *stream,
                    enum stream_fault fault)
{
    if (fault == FAULT_NO_SPACE && status_daemon_speaks(report) && report->heartbeat.space.kind) return true;
    const struct account_record *account = status_account(report, stream);
    return account && account_is_in_trouble(account);
}

/* One reason for each cause. */
static void judge_intervals(const struct status_report *report, struct status_verdict *verdict)
{
    const struct late_polls *late = &report->heartbeat.late;
    struct late_words words;
    if (!status_daemon_speaks(report)) return;
    for (int cause = 0; cause < LATE_CAUSES; cause++) {
        const struct late_group *group = &late->groups[cause];
        if (group->streams <= 0) continue;
        struct verdict_reason *reason = verdict_add(verdict, VERDICT_ATTENTION, "polls_late");
        late_words(late, (enum late_cause)cause, &words);
        verdict_say(reason, "%s", words.text);
        verdict_advise(reason, "%s", words.remedy);
        if (group->example[0]) verdict_name(reason, "", group->example);
        reason->count = (size_t)group->streams;
        reason->of = report->stream_count;
    }
}

void judge_streams(const struct status_report *report, struct status_verdict *verdict)
{
    judge_intervals(report, verdict);
    const struct stream_record *first[FAULT_COUNT] = {0};
    struct verdict_reason gathered[FAULT_COUNT] = {0};
    for (size_t i = 0; i < report->stream_count; i++) {
        const struct stream_record *stream = &report->streams[i];
        enum stream_fault fault = fault_of(report, stream);
        if (!fault || is_said(report, stream, fault)) continue;
        char before[RECORD_NAME_SIZE + 2];
        snprintf(before, sizeof before, "%s/", stream->account);
        verdict_name(&gathered[fault], before, stream->name);
        if (!first[fault]) first[fault] = stream;
    }
    for (int fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++) {
        struct verdict_reason *reason = &gathered[fault];
        if (!first[fault]) continue;
        reason->of = report->stream_count;
        reason->code = faults[fault].code;
        reason->level = reason->count == reason->of ? VERDICT_BAD : VERDICT_ATTENTION;
        reason->since_ms = trouble_since(first[fault]->trouble);
        if (!reason->since_ms) reason->since_ms = first[fault]->last_success_ms;
        say_words(report, first[fault], reason, (enum stream_fault)fault);
        *verdict_add(verdict, reason->level, reason->code) = *reason;
    }
}
