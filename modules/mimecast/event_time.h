/* The times of Mimecast's records. */
#ifndef MIMECAST_EVENT_TIME_H
#define MIMECAST_EVENT_TIME_H

#include "text.h"

/* "2026-01-02T03:04:05+0000" and what else is seen: offsets -0400, +00:00, Z or none, a fraction, a blank for
 * the T, one digit for the hour, blanks around the colons. Milliseconds, UTC; 0 if it is no time. Without an
 * offset it is UTC if `default_utc`, else the time is not known: 0. */
int64_t time_parse(postern_text text, bool default_utc);
/* The same from a JSON value; 0 if it is no text. */
int64_t time_parse_json(postern_text value, bool default_utc);

/* From a JSON value, a number or a text, that counts since 1970: milliseconds, or by its size seconds,
 * microseconds or nanoseconds; or a time as above, UTC without an offset. 0 if it is none of these. */
int64_t time_of_epoch_json(postern_text value);

#define TIME_SIZE 32
/* "2026-01-02T03:04:05+0000": the only form that is documented for requests. Milliseconds are cut off. */
const char *time_format(int64_t ms, char buffer[TIME_SIZE]);
/* "2026-01-02T03:04:05Z", for queries. */
const char *time_format_z(int64_t ms, char buffer[TIME_SIZE]);

#endif
