/* How `check --live` shows what it found out about an account: in a line if all is well, else what is wrong,
 * with all streams of which the same is to be said together. */
#ifndef POSTERN_COMMANDS_PROBE_REPORT_H
#define POSTERN_COMMANDS_PROBE_REPORT_H

#include "collect/collector.h"
#include <stdio.h>

struct probe_totals {
    size_t accounts;
    size_t good, bad; /* streams; an account that no source reads counts as a bad one */
    size_t unlicensed;
    size_t requests;
};

void probe_report(const struct probed_account *account, struct probe_totals *totals, FILE *to);

#endif
