/* The spellings of time that Mimecast's API uses. All times are ms since 1970, UTC. */
#ifndef SIMULATOR_TIMES_H
#define SIMULATOR_TIMES_H

#include "text.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
#define DAY ((int64_t)24 * HOUR)

/* 2026-01-05T03:04:09+0000, with another offset in minutes if wanted; `short_hour` leaves out the hour's
 * zero. */
void time_iso(struct text *out, int64_t ms, int offset_minutes, bool short_hour);
/* 2026-01-05T03:04:09.123Z */
void time_iso_ms(struct text *out, int64_t ms);
/* Mon, 05 Jan 2026 03:04:09 `zone` */
void time_rfc(struct text *out, int64_t ms, const char *zone);
/* 202601050304 */
void time_compact(struct text *out, int64_t ms);

/* Exactly 2026-01-05T03:04:09+0000. */
bool time_parse_iso(const char *string, int64_t *ms);
/* The same, or with a fraction of three digits, or with +00:00 or Z as its zone. */
bool time_parse_instant(const char *string, int64_t *ms);
/* Exactly Mon, 05 Jan 2026 03:04:09 UTC, weekday right. */
bool time_parse_rfc_utc(const char *string, int64_t *ms);
/* "500ms", "10s", "15m", "12h", "7d" */
bool duration_read(const char *string, int64_t *ms);

#endif
