#include "report/forecast.h"
#include "journal/records.h"
#include <stdio.h>

int64_t forecast_full_ms(const struct journal_totals *totals, int64_t now_ms)
{
    int64_t waited_ms = now_ms - totals->undelivered_since_ms;
    if (!totals->undelivered_since_ms || totals->undelivered_bytes <= 0 || waited_ms < FORECAST_WINDOW_MS)
        return -1;
    if (totals->undelivered_bytes >= totals->usable_bytes) return 0;
    double rate = (double)totals->undelivered_bytes / (double)waited_ms;
    double left_ms = (double)(totals->usable_bytes - totals->undelivered_bytes) / rate;
    return left_ms > (double)FORECAST_HORIZON_MS ? -1 : (int64_t)left_ms;
}

const char *forecast_words(int64_t ms, char words[32])
{
    static const struct {
        int64_t ms;
        const char *one, *many;
    } units[] = {{86400000, "day", "days"}, {3600000, "hour", "hours"}, {60000, "minute", "minutes"}};
    size_t unit = 0;
    while (unit < 2 && ms < 2 * units[unit].ms)
        unit++;
    int64_t count = (ms + units[unit].ms / 2) / units[unit].ms;
    if (count < 1) count = 1;
    snprintf(words, 32, "%lld %s", (long long)count, count == 1 ? units[unit].one : units[unit].many);
    return words;
}
