/* Times by a pattern of strftime's letters, English names, no locale. Pure functions.
 *
 * Letters: %Y %y %m %d %e %j (writing only) %H %I %p %M %S %f (fraction of a second) %b %B %a %A %z (+0100,
 * +01:00, Z) %Z (a zone's name, as in time_zone.h; writing says UTC) %s (seconds since 1970) %% .
 * Reading, a blank in the pattern stands for any number of blanks, and names are compared without regard to
 * case. */
#ifndef POSTERN_PARSE_TIME_PATTERN_H
#define POSTERN_PARSE_TIME_PATTERN_H

#include "base/buffer.h"

#define TIME_PATTERN_LIMIT 128u /* bytes: no one's pattern is longer */

/* NULL if the pattern is sound, else the place of the letter that is not known. */
const char *time_pattern_fault(postern_text pattern);
/* NULL if texts can be read by a sound pattern, else why none can. */
const char *time_pattern_reading_fault(postern_text pattern);
/* Reads the whole text by a sound pattern. False if it does not match, holds no year (a year is never
 * guessed) or is no time. Without %z or %Z it is UTC. */
bool time_pattern_read(postern_text text, postern_text pattern, int64_t *ms);
/* Appends the time in UTC; false for years outside 0 to 9999. */
bool time_pattern_write(int64_t ms, postern_text pattern, struct buffer *out);

#endif
