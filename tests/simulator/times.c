#include "times.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static struct tm broken_down(int64_t ms)
{
    time_t seconds = (time_t)(ms / SECOND);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    return tm;
}

void time_iso(struct text *out, int64_t ms, int offset_minutes, bool short_hour)
{
    struct tm tm = broken_down(ms + (int64_t)offset_minutes * MINUTE);
    int offset = abs(offset_minutes);
    text_printf(
        out, short_hour ? "%04d-%02d-%02dT%d:%02d:%02d%c%02d%02d" : "%04d-%02d-%02dT%02d:%02d:%02d%c%02d%02d",
        tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
        offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
}

void time_iso_ms(struct text *out, int64_t ms)
{
    struct text whole = {0};
    time_iso(&whole, ms, 0, false);
    text_printf(out, "%.19s.%03dZ", whole.data, (int)(ms % SECOND));
    text_free(&whole);
}

void time_rfc(struct text *out, int64_t ms, const char *zone)
{
    struct tm tm = broken_down(ms);
    text_printf(out, "%s, %02d %s %04d %02d:%02d:%02d %s", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
                tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec, zone);
}

void time_compact(struct text *out, int64_t ms)
{
    struct tm tm = broken_down(ms);
    text_printf(out, "%04d%02d%02d%02d%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                tm.tm_min);
}

/* Reads by shape ('0' = digit, everything else literal) and then compares what the parts would print as: so a
 * 31st of February or a wrong weekday is refused without rules of its own. */
/* Whether it begins so. */
static bool has_shape_before(const char *string, const char *shape)
{
    size_t i = 0;
    for (; shape[i]; i++) {
        bool fits = shape[i] == '0'   ? string[i] >= '0' && string[i] <= '9'
                    : shape[i] == 'a' ? (string[i] | 32) >= 'a' && (string[i] | 32) <= 'z'
                                      : string[i] == shape[i];
        if (!fits) return false;
    }
    return true;
}

static bool has_shape(const char *string, const char *shape)
{
    return has_shape_before(string, shape) && string[strlen(shape)] == '\0';
}

bool time_parse_iso(const char *string, int64_t *ms)
{
    if (!has_shape(string, "0000-00-00T00:00:00+0000") || strcmp(string + 20, "0000") != 0) return false;
    struct tm tm = {.tm_year = atoi(string) - 1900,
                    .tm_mon = atoi(string + 5) - 1,
                    .tm_mday = atoi(string + 8),
                    .tm_hour = atoi(string + 11),
                    .tm_min = atoi(string + 14),
                    .tm_sec = atoi(string + 17)};
    int64_t parsed = (int64_t)timegm(&tm) * SECOND;
    struct text again = {0};
    time_iso(&again, parsed, 0, false);
    bool same = strcmp(again.data, string) == 0;
    text_free(&again);
    if (same) *ms = parsed;
    return same;
}

bool time_parse_instant(const char *string, int64_t *ms)
{
    enum { SECONDS = 19 }; /* where they end */
    char plain[32];
    size_t size = strlen(string);
    if (size < SECONDS || size > sizeof plain - 1) return false;
    const char *zone = string + SECONDS;
    int64_t fraction_ms = 0;
    if (has_shape_before(zone, ".000")) {
        fraction_ms = atoi(zone + 1);
        zone += 4;
    }
    if (strcmp(zone, "Z") != 0 && strcmp(zone, "+0000") != 0 && strcmp(zone, "+00:00") != 0) return false;
    snprintf(plain, sizeof plain, "%.19s+0000", string);
    if (!time_parse_iso(plain, ms)) return false;
    *ms += fraction_ms;
    return true;
}

bool time_parse_rfc_utc(const char *string, int64_t *ms)
{
    if (!has_shape(string, "aaa, 00 aaa 0000 00:00:00 UTC")) return false;
    int month = 0;
    while (month < 12 && strncmp(string + 8, months[month], 3) != 0)
        month++;
    struct tm tm = {.tm_year = atoi(string + 12) - 1900,
                    .tm_mon = month,
                    .tm_mday = atoi(string + 5),
                    .tm_hour = atoi(string + 17),
                    .tm_min = atoi(string + 20),
                    .tm_sec = atoi(string + 23)};
    int64_t parsed = (int64_t)timegm(&tm) * SECOND;
    struct text again = {0};
    time_rfc(&again, parsed, "UTC");
    bool same = strcmp(again.data, string) == 0;
    text_free(&again);
    if (same) *ms = parsed;
    return same;
}

bool duration_read(const char *string, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", SECOND}, {"m", MINUTE}, {"h", HOUR}, {"d", DAY}};
    char *unit;
    long long number = strtoll(string, &unit, 10);
    if (unit == string || number < 0 || number > 100000000) return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].unit) == 0) {
            *ms = number * units[i].ms;
            return true;
        }
    return false;
}
