/* Many events in a row happen in one minute: their times are one text but for the seconds, which stand in the
 * text of the time as well. So they are known without being read. */
#ifndef POSTERN_SCRIPT_MAP_KNOWN_MINUTE_H
#define POSTERN_SCRIPT_MAP_KNOWN_MINUTE_H

#include "base/short_copy.h"
#include <postern/module.h>

#define MINUTE_TEXT    32 /* bytes: longer texts are read each time */
#define MINUTE_SECONDS 17 /* where both have their seconds, behind "HH:MM:" */
#define MINUTE_ISO     24 /* bytes of "2026-01-02T03:04:05.678Z" */

struct known_minute {
    uint64_t text[MINUTE_TEXT / 8]; /* of the last time: its seconds are zeros, and so is what follows it */
    char iso[MINUTE_ISO];
    bool is_filled;
};

/* The text of a time without its seconds; false if it has none in that place, from 00 to 59. */
static inline bool minute_of(postern_text time, uint64_t text[MINUTE_TEXT / 8])
{
    char bytes[MINUTE_TEXT] = {0}, *seconds = bytes + MINUTE_SECONDS;
    if (time.size < MINUTE_SECONDS + 2 || time.size > MINUTE_TEXT) return false;
    copy_short(bytes, time.data, time.size);
    bool has_seconds = seconds[-1] == ':' && seconds[-4] == ':' && (unsigned char)(seconds[0] - '0') < 6 &&
                       (unsigned char)(seconds[1] - '0') < 10;
    seconds[0] = seconds[1] = 0;
    memcpy(text, bytes, sizeof bytes);
    return has_seconds;
}

/* Remembers what was made of a time of that minute. */
static inline void known_minute_keep(struct known_minute *known, const uint64_t text[MINUTE_TEXT / 8],
                                     postern_text time, postern_text iso)
{
    known->is_filled = iso.size == sizeof known->iso &&
                       memcmp(iso.data + MINUTE_SECONDS, time.data + MINUTE_SECONDS, 2) == 0;
    if (!known->is_filled) return;
    memcpy(known->text, text, sizeof known->text);
    memcpy(known->iso, iso.data, sizeof known->iso);
}

static inline bool known_minute_is(const struct known_minute *known, const uint64_t text[MINUTE_TEXT / 8])
{
    uint64_t differs = 0;
    for (size_t i = 0; i < MINUTE_TEXT / 8; i++)
        differs |= text[i] ^ known->text[i];
    return !differs && known->is_filled;
}

/* What a time of the known minute becomes. */
static inline void known_minute_write(const struct known_minute *known, postern_text time,
                                      char iso[MINUTE_ISO])
{
    memcpy(iso, known->iso, sizeof known->iso);
    memcpy(iso + MINUTE_SECONDS, time.data + MINUTE_SECONDS, 2);
}

#endif
