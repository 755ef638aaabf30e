/* Times as people and programs write them, without saying how. Pure, no locale. */
#ifndef POSTERN_PARSE_TIME_TEXT_H
#define POSTERN_PARSE_TIME_TEXT_H

#include <postern/module.h>

/* Reads
 *     2026-11-26T10:00:00.678+0100, with a blank for the T, "/" for "-", single-digit hours, blanks around
 * ':' Thu, 26 Nov 2026 10:00:00 GMT, with the day of the week or without it, also 26-Nov-2026 Thu Nov 26
 * 10:00:00 GMT 2026, Nov 26, 2026 10:00:00 AM each with seconds or without, AM or PM, and a zone
 * (time_zone.h) or none, which is UTC. A date alone is no time. False, with the outputs untouched, if the
 * text is anything else. `*had_zone` may be NULL. */
bool time_text_read(postern_text text, int64_t *ms, bool *had_zone);
/* "1764151200", "1764151200.25", "1764151200000": seconds or milliseconds since 1970, told by their size:
 * what as milliseconds would lie before March 1973 is seconds. */
bool time_epoch_read(postern_text text, int64_t *ms);

#endif
