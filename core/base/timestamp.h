/* Times as text, always UTC inside: milliseconds since 1970. No locale is involved. */
#ifndef POSTERN_BASE_TIMESTAMP_H
#define POSTERN_BASE_TIMESTAMP_H

#include <postern/module.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT", the HTTP Date header. */
bool timestamp_parse_http(postern_text text, int64_t *ms);
/* "2026-01-02T03:04:05.678Z" */
#define TIMESTAMP_SIZE 40
const char *timestamp_iso(int64_t ms, char buffer[TIMESTAMP_SIZE]);
/* "Tue, 24 Nov 2015 12:50:11 UTC", as the date of a signed request. */
const char *timestamp_mc_date(int64_t ms, char buffer[TIMESTAMP_SIZE]);
/* "2026-01-02" */
const char *timestamp_day(int64_t ms, char buffer[TIMESTAMP_SIZE]);
/* Whether the calendar has that day. */
bool timestamp_day_exists(int64_t year, int month, int day);
/* Calendar → days since 1970-01-01 (proleptic Gregorian). */
int64_t timestamp_days(int64_t year, int month, int day);

#endif
