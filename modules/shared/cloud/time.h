/* Points in time as the clouds write them. No locale and no time zone is involved. */
#ifndef SHARED_CLOUD_TIME_H
#define SHARED_CLOUD_TIME_H

#include <postern/kit.h>

#define CLOUD_TIME_SIZE 40

/* "20261127T040000Z": of AWS signatures. */
void cloud_compact_time(int64_t ms, char text[CLOUD_TIME_SIZE]);
/* "Fri, 27 Nov 2026 04:00:00 GMT": of the headers Date and x-ms-date. */
void cloud_http_time(int64_t ms, char text[CLOUD_TIME_SIZE]);

/* Reads such a header. False, with *ms untouched, if it is none. */
bool cloud_read_http_time(postern_text text, int64_t *ms);
/* Reads "2026-11-27T04:00:00Z", with or without fractions, or "2026-11-27": of what expires. */
bool cloud_read_iso_time(postern_text text, int64_t *ms);

/* How far the receiver's clock is ahead of `now_ms`, by the Date of its answer; 0 if it says none. */
int64_t cloud_clock_offset(const postern_http_response *response, int64_t now_ms);

#endif
