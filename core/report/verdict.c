#include "report/verdict.h"
#include "report/status.h"
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

void verdict_reach(const struct status_report *report, struct status_verdict *verdict)
{
    *verdict = (struct status_verdict){.level = VERDICT_GOOD};
    judge_journal(report, verdict);
    judge_daemon(report, verdict);
    judge_accounts(report, verdict);
    judge_deliveries(report, verdict);
    judge_streams(report, verdict);
    sort(verdict);
    if (verdict->reason_count) verdict->level = verdict->reasons[0].level;
}
