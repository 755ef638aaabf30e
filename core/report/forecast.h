/* When the journal will be full of what is not delivered. Pure. */
#ifndef POSTERN_REPORT_FORECAST_H
#define POSTERN_REPORT_FORECAST_H

#include <stdint.h>

struct journal_totals;

#define FORECAST_WINDOW_MS  ((int64_t)3600000)       /* a backlog that is younger says nothing yet */
#define FORECAST_HORIZON_MS ((int64_t)30 * 86400000) /* what is further away is nobody's trouble */

/* In so many ms, at the rate at which what waits has come since the oldest of it did; -1 = not in sight. A
 * delivery that is slow but moves makes it later than that, never sooner. */
int64_t forecast_full_ms(const struct journal_totals *totals, int64_t now_ms);
/* "3 days", "7 hours", "20 minutes": a forecast is no more exact than that. Returns `words`. */
const char *forecast_words(int64_t ms, char words[32]);

#endif
