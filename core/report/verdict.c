#include "report/verdict.h"
#include "base/plural.h"
#include "report/status.h"
#include <stdio.h>
#include <string.h>

/* Those of one level stay in the order in which they were found. */
static void sort(struct status_verdict *verdict)
{
    struct verdict_reason sorted[VERDICT_REASONS];
    size_t count = 0;
    for (int level = VERDICT_BAD; level > VERDICT_GOOD; level--)
        for (size_t i = 0; i < verdict->reason_count; i++)
            if ((int)verdict->reasons[i].level == level) sorted[count++] = verdict->reasons[i];
    memcpy(verdict->reasons, sorted, count * sizeof *sorted);
}

/* They are kept and wait for somebody: no fault, and not to be overlooked. */
static void mention_dead_letters(const struct status_report *report, struct status_verdict *verdict)
{
    long long count = (long long)report->totals.dead_letters;
    size_t size = strlen(verdict->good);
    if (count)
        snprintf(verdict->good + size, sizeof verdict->good - size,
                 "; %lld dead letter%s, see `postern dead list --count`", count, plural(count));
}

void verdict_reach(const struct status_report *report, struct status_verdict *verdict)
{
    *verdict = (struct status_verdict){.level = VERDICT_GOOD};
    if (report->directory_error.code < 0) { /* nothing else is known */
        judge_directory(report, verdict);
        verdict->level = VERDICT_BAD;
        return;
    }
    judge_journal(report, verdict);
    judge_daemon(report, verdict);
    judge_accounts(report, verdict);
    judge_deliveries(report, verdict);
    judge_streams(report, verdict);
    sort(verdict);
    mention_dead_letters(report, verdict);
    if (verdict->reason_count) verdict->level = verdict->reasons[0].level;
}
