/* The verdict of `status`: how things stand now, judged from what the journal, the heartbeat and the file
 * system show. Pure: data in, reasons out. */
#ifndef POSTERN_REPORT_VERDICT_H
#define POSTERN_REPORT_VERDICT_H

#include "report/reason.h"

struct status_report;

void verdict_reach(const struct status_report *report, struct status_verdict *verdict);
/* ---- For the judges: each looks at one thing and adds what it finds ---- */

void judge_directory(const struct status_report *report, struct status_verdict *verdict);
void judge_daemon(const struct status_report *report, struct status_verdict *verdict);
void judge_journal(const struct status_report *report, struct status_verdict *verdict);
void judge_accounts(const struct status_report *report, struct status_verdict *verdict);
void judge_streams(const struct status_report *report, struct status_verdict *verdict);
void judge_deliveries(const struct status_report *report, struct status_verdict *verdict);

#endif
